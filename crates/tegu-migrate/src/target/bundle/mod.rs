//! A bundle: an organisation as files that any mail, calendar and contact program reads.
//!
//! ```text
//! mail/ACCOUNT/FOLDER/…/NAME.mbox         one mboxrd file a folder, octets unchanged
//! mail/ACCOUNT/FOLDER/…/NAME.mbox.jsonl   flags and arrival dates, a line a message
//! calendars/ACCOUNT/NAME/UID.ics          one resource a file
//! contacts/ACCOUNT/NAME/UID.vcf           one card a file
//! ```
//!
//! Each part of a path is encoded by [`tegu_mbox::tree::encode_component`], so that no name from outside can leave the
//! bundle or be refused by a file system.

mod items;
mod mail;

use super::{ItemCapabilities, ItemTarget, ItemWriter, MailTarget, MailWriter, TargetCapabilities};
use crate::{Account, BoxFuture, Result};
use std::path::{Path, PathBuf};

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
            root: root.into(),
            part: "mail",
        }
    }

    /// Takes calendars.
    pub fn calendars(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            part: "calendars",
        }
    }

    /// Takes contacts.
    pub fn contacts(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
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
        "bundle".into()
    }

    fn capabilities(&self) -> TargetCapabilities {
        mail::capabilities()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        let writer: Box<dyn MailWriter> = Box::new(mail::BundleMail::new(self.home(account)));
        Box::pin(async move { Ok(writer) })
    }
}

impl ItemTarget for Bundle {
    fn describe(&self) -> String {
        "bundle".into()
    }

    fn capabilities(&self) -> ItemCapabilities {
        ItemCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>> {
        let writer: Box<dyn ItemWriter> = Box::new(items::BundleItems::new(self.home(account)));
        Box::pin(async move { Ok(writer) })
    }
}

/// A path below `root`, with every part encoded.
fn below<'a>(root: &Path, parts: impl IntoIterator<Item = &'a str>) -> PathBuf {
    parts.into_iter().fold(root.to_owned(), |path, part| {
        path.join(tegu_mbox::tree::encode_component(part))
    })
}
