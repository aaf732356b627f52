//! PST and OST files as sources: a file or several for each account.

use super::{
    AddressLookup, ItemReader, ItemSource, ItemSourceCapabilities, MailReader, MailSource, SourceCapabilities,
};
use crate::{Account, BoxFuture, Error, Result};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tegu_mbox::store::PathPattern;
use tegu_pst::{
    Options, Pst, codepage,
    store::{self, PstItemReader, PstMailReader},
};

/// Mail in PST and OST files, one or several for each account.
///
/// Folders of one name in several files are one folder, and a message that several of them hold is one message. Items that are no
/// mail are excluded: [`PstItems`] moves them. A table that cannot be read, and each message that no folder lists,
/// is one item for a person.
#[derive(Debug)]
pub struct PstMail {
    files: Files,
}

impl PstMail {
    /// `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`. Its last part may hold one `*`.
    pub fn new(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            files: Files::new(&template.into(), &base.into()),
        }
    }

    /// Also what its owner deleted for good, where an export of Exchange holds it (Recoverable Items).
    #[must_use]
    pub fn recoverable(mut self, wanted: bool) -> Self {
        self.files.recoverable = wanted;
        self
    }

    /// The code page of strings whose message does not tell it, as in ANSI files.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if no such code page is known.
    pub fn code_page(mut self, number: impl Into<Option<u32>>) -> Result<Self> {
        self.files = self.files.code_page(number.into())?;
        Ok(self)
    }

    fn reader(&self, account: &Account, addresses: AddressLookup) -> Result<Box<dyn MailReader>> {
        let reader = PstMailReader::new(self.files.open(account, addresses)?)?;
        Ok(Box::new(reader.recoverable(self.files.recoverable)))
    }
}

impl MailSource for PstMail {
    fn describe(&self) -> String {
        self.files.describe()
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.files.place(account)
    }

    fn capabilities(&self) -> SourceCapabilities {
        let mut capabilities = SourceCapabilities::everything();
        capabilities.complete = false;
        capabilities
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        self.open_knowing(account, &nobody())
    }

    fn open_knowing<'a>(
        &'a self,
        account: &'a Account,
        addresses: &AddressLookup,
    ) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        let addresses = addresses.clone();
        Box::pin(async move { self.reader(account, addresses) })
    }

    fn names_people(&self) -> bool {
        true
    }
}

/// Calendars with tasks, notes and journal entries, or contacts, in PST and OST files.
///
/// Each folder with such items is a collection, each item a document.
#[derive(Debug)]
pub struct PstItems {
    files: Files,
    open: fn(Vec<Pst>) -> PstItemReader,
}

impl PstItems {
    /// Appointments, tasks, notes and journal entries. `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`; its last part may hold
    /// one `*`.
    pub fn calendars(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            files: Files::new(&template.into(), &base.into()),
            open: PstItemReader::calendars,
        }
    }

    /// Contacts and private lists.
    pub fn contacts(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            open: PstItemReader::contacts,
            ..Self::calendars(template, base)
        }
    }

    /// Also what its owner deleted for good, where an export of Exchange holds it (Recoverable Items).
    #[must_use]
    pub fn recoverable(mut self, wanted: bool) -> Self {
        self.files.recoverable = wanted;
        self
    }

    /// The code page of strings whose item does not tell it, as in ANSI files.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if no such code page is known.
    pub fn code_page(mut self, number: impl Into<Option<u32>>) -> Result<Self> {
        self.files = self.files.code_page(number.into())?;
        Ok(self)
    }

    fn reader(&self, account: &Account, addresses: AddressLookup) -> Result<Box<dyn ItemReader>> {
        let reader = (self.open)(self.files.open(account, addresses)?);
        Ok(Box::new(reader.recoverable(self.files.recoverable)))
    }
}

impl ItemSource for PstItems {
    fn describe(&self) -> String {
        self.files.describe()
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.files.place(account)
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        self.open_knowing(account, &nobody())
    }

    fn open_knowing<'a>(
        &'a self,
        account: &'a Account,
        addresses: &AddressLookup,
    ) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        let addresses = addresses.clone();
        Box::pin(async move { self.reader(account, addresses) })
    }
}

/// Nobody knows who is behind an address.
fn nobody() -> AddressLookup {
    Arc::new(|_| None)
}

/// Which files an account has, and how they are read.
#[derive(Clone, Debug)]
struct Files {
    paths: PathPattern,
    options: Options,
    recoverable: bool,
}

impl Files {
    fn new(template: &str, base: &Path) -> Self {
        Self {
            paths: PathPattern::new(template, base),
            options: Options::default(),
            recoverable: false,
        }
    }

    fn describe(&self) -> String {
        format!("pst {}", self.paths.path().display())
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.paths.place(account).display().to_string())
    }

    /// The code page of strings whose item does not tell it.
    fn code_page(mut self, number: Option<u32>) -> Result<Self> {
        if let Some(number) = number {
            let unknown = || Error::config(format!("code_page: code page {number} is unknown"));
            let page = codepage::encoding(number).ok_or_else(unknown)?;
            self.options = self.options.code_page(page);
        }
        Ok(self)
    }

    fn open(&self, account: &Account, addresses: AddressLookup) -> Result<Vec<Pst>> {
        let options = self.options.clone().lookup(move |name| addresses(name));
        let files = self.paths.open(account)?.into_iter();
        files
            .map(|(path, file)| store::open(file, &path, options.clone()))
            .collect()
    }
}
