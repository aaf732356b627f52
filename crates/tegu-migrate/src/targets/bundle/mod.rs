//! A bundle: an organisation as files that any mail, calendar and contact program reads.
//!
//! ```text
//! mail/ACCOUNT/FOLDER/…/NAME.mbox         one mboxrd file a folder, octets unchanged
//! mail/ACCOUNT/FOLDER/…/NAME.mbox.jsonl   flags and arrival dates, a line a message
//! calendars/ACCOUNT/NAME/UID.ics          one resource a file
//! contacts/ACCOUNT/NAME/UID.vcf           one card a file
//! ```
//!
//! [`tegu_mbox::tree::FileNames`] gives each folder and resource a file of its own: no name from outside can leave the bundle, be
//! refused by a file system, or meet another name where a file system ignores letter case.

mod items;
mod mail;

use super::{Access, ItemCapabilities, ItemTarget, ItemWriter, MailTarget, MailWriter, TargetCapabilities};
use crate::{Account, BoxFuture, Error, Result, shared::absolute};
use std::path::PathBuf;

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
        self.root
            .join(self.part)
            .join(tegu_mbox::tree::encode_component(&account.mail))
    }
}

impl MailTarget for Bundle {
    fn describe(&self) -> String {
        format!("bundle {}", self.root.display())
    }

    fn capabilities(&self) -> TargetCapabilities {
        mail::capabilities()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.home(account).display().to_string())
    }

    fn open<'a>(
        &'a self,
        account: &'a Account,
        access: Access,
    ) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        let writer: Box<dyn MailWriter> = Box::new(mail::BundleMail::new(self.home(account), access));
        Box::pin(async move { Ok(writer) })
    }
}

impl ItemTarget for Bundle {
    fn describe(&self) -> String {
        format!("bundle {}", self.root.display())
    }

    fn capabilities(&self) -> ItemCapabilities {
        ItemCapabilities::everything()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.home(account).display().to_string())
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>> {
        let writer: Box<dyn ItemWriter> = Box::new(items::BundleItems::new(self.home(account)));
        Box::pin(async move { Ok(writer) })
    }
}

fn unlisted(error: Error) -> Error {
    Error::new(crate::ErrorKind::Io, error.to_string()).with_source(error)
}
