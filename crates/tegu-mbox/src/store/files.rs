//! A folder of files for each account.

use super::{ItemFilesReader, MailFilesReader, Nature, PathTemplate};
use crate::{Result, Variant};
use std::path::PathBuf;
use tegu_outcome::file::SourceDir;
use tegu_store::{
    Account, BoxFuture,
    sources::{ItemReader, ItemSource, ItemSourceCapabilities, MailReader, MailSource, SourceCapabilities},
};

/// Mail that lies in files, in a folder for each account.
///
/// Each mbox file is a folder; the .eml files of a directory are the messages of a folder of that name. A file that is neither
/// is accounted for as one item for a person.
///
/// Which variant a file is, its content tells; where that leaves something open, the messages concerned have findings,
/// unless [`variant`](Self::variant) says it. Mail that a converter made out of a PST has the finding
/// `MAIL-CONVERTED`, and one for each loss that shows: such mail is never exact, so it moves only if the operator
/// accepts that.
#[derive(Debug)]
pub struct MailFiles {
    template: PathTemplate,
    nature: Nature,
}

impl MailFiles {
    /// `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    pub fn new(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: PathTemplate::new(&template.into(), &base.into()),
            nature: Nature::default(),
        }
    }

    /// The mbox files are of this variant.
    #[must_use]
    pub fn variant(mut self, variant: Variant) -> Self {
        self.nature = self.nature.variant(variant);
        self
    }

    /// A converter made all of this mail, even where it left no marks.
    #[must_use]
    pub fn converted(mut self) -> Self {
        self.nature = self.nature.converted();
        self
    }
}

impl MailSource for MailFiles {
    fn describe(&self) -> String {
        format!("files {}", self.template.path().display())
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.template.place(account).display().to_string())
    }

    fn settings(&self) -> String {
        format!("{:?}", self.nature)
    }

    fn capabilities(&self) -> SourceCapabilities {
        let mut capabilities = SourceCapabilities::everything();
        capabilities.complete = false;
        capabilities
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async move {
            let (directory, below) = self.template.fill(account);
            let reader: Box<dyn MailReader> = Box::new(MailFilesReader::new(directory, &below, self.nature)?);
            Ok(reader)
        })
    }
}

/// Files of calendars or contacts, in a folder for each account.
///
/// A file that lies in the account's folder is a collection of its own, named after the file. A folder in it is one
/// collection, to which all files below it belong. Files of other kinds are accounted for, each as one item for a person; so are links,
/// pipes and devices, which are not opened.
#[derive(Debug)]
pub struct ItemFiles {
    template: PathTemplate,
    open: fn(SourceDir, PathBuf) -> ItemFilesReader,
}

impl ItemFiles {
    /// `.ics` files. `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    pub fn calendars(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: PathTemplate::new(&template.into(), &base.into()),
            open: ItemFilesReader::calendars,
        }
    }

    /// `.vcf` files and Outlook's `.csv` tables.
    pub fn contacts(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            open: ItemFilesReader::contacts,
            ..Self::calendars(template, base)
        }
    }
}

impl ItemSource for ItemFiles {
    fn describe(&self) -> String {
        format!("files {}", self.template.path().display())
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.template.place(account).display().to_string())
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        let (directory, home) = self.template.fill(account);
        let reader: Box<dyn ItemReader> = Box::new((self.open)(directory.clone(), home));
        Box::pin(async move { Ok(reader) })
    }
}
