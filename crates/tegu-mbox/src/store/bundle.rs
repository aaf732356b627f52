//! A bundle: an organisation as files that any mail, calendar and contact program reads.
//!
//! ```text
//! mail/ACCOUNT/FOLDER/…/NAME.mbox         one mboxrd file a folder, octets unchanged
//! mail/ACCOUNT/FOLDER/…/NAME.mbox.jsonl   flags and arrival dates, a line a message
//! calendars/ACCOUNT/NAME/UID.ics          one resource a file
//! contacts/ACCOUNT/NAME/UID.vcf           one card a file
//! ```
//!
//! [`FileNames`](crate::tree::FileNames) gives each folder and resource a file of its own: no name from outside can leave the bundle, be
//! refused by a file system, or meet another name where a file system ignores letter case.

use super::{ItemFilesWriter, MailFilesWriter, mail_capabilities, template::absolute};
use crate::{Result, tree::encode_component};
use std::path::PathBuf;
use tegu_store::{
    Account, BoxFuture,
    targets::{Access, ItemCapabilities, ItemTarget, ItemWriter, MailTarget, MailWriter, TargetCapabilities},
};

/// Writes into a bundle. Its directory is the job's own.
#[derive(Clone, Debug)]
pub struct Bundle {
    root: PathBuf,
    part: &'static str,
}

impl Bundle {
    /// Takes messages.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: absolute(root.into()),
            part: "mail",
        }
    }

    /// Takes calendars.
    pub fn calendars(root: impl Into<PathBuf>) -> Self {
        Self {
            root: absolute(root.into()),
            part: "calendars",
        }
    }

    /// Takes contacts.
    pub fn contacts(root: impl Into<PathBuf>) -> Self {
        Self {
            root: absolute(root.into()),
            part: "contacts",
        }
    }

    fn home(&self, account: &Account) -> PathBuf {
        self.root.join(self.part).join(encode_component(&account.mail))
    }
}

impl MailTarget for Bundle {
    fn describe(&self) -> String {
        format!("bundle {}", self.root.display())
    }

    fn capabilities(&self) -> TargetCapabilities {
        mail_capabilities()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.home(account).display().to_string())
    }

    fn open<'a>(
        &'a self,
        account: &'a Account,
        access: Access,
    ) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        let writer: Box<dyn MailWriter> = Box::new(MailFilesWriter::new(self.home(account), access));
        Box::pin(async move { Ok(writer) })
    }
}

impl ItemTarget for Bundle {
    fn describe(&self) -> String {
        format!("bundle {}", self.root.display())
    }

    fn capabilities(&self) -> ItemCapabilities {
        let mut capabilities = ItemCapabilities::everything();
        capabilities.exclusive = true;
        capabilities
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.home(account).display().to_string())
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>> {
        let writer: Box<dyn ItemWriter> = Box::new(ItemFilesWriter::new(self.home(account)));
        Box::pin(async move { Ok(writer) })
    }
}
