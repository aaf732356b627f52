//! Where things come from.
//!
//! [`MailSource`] and [`ItemSource`] are object-safe. [`conformance`] checks an implementation.

mod capabilities;
pub mod conformance;

pub use capabilities::{ItemSourceCapabilities, SourceCapabilities};

use crate::{Account, BoxFuture, Finding, Result};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    sync::Arc,
};
use tegu_message::{FolderRole, Listed, Message, Spool};
use tegu_net::Throttle;

/// Who knows the SMTP address behind an X.500 name of Exchange: the job's directory.
pub type AddressLookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where messages come from.
pub trait MailSource: Debug + Send + Sync {
    /// What it is, without secrets; two jobs are the same only if their sources say the same.
    fn describe(&self) -> String;

    /// What else decides about messages and may change from pass to pass. Default: nothing.
    fn settings(&self) -> String {
        String::new()
    }

    /// What it tells of its messages.
    fn capabilities(&self) -> SourceCapabilities;

    /// Opens one account's mailbox for reading. Nothing on the source may change by it.
    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>>;

    /// As [`open`](Self::open), for a source that [names people](Self::names_people) by X.500 names. Default: `open`.
    fn open_knowing<'a>(
        &'a self,
        account: &'a Account,
        _addresses: &AddressLookup,
    ) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        self.open(account)
    }

    /// Whether it asks who is behind an X.500 name. Default: no.
    fn names_people(&self) -> bool {
        false
    }

    /// Where an account's things are, as a text to compare. Two accounts of one place are refused before anything moves. `None`, the
    /// default: only opening it tells.
    fn place(&self, _account: &Account) -> Option<String> {
        None
    }

    /// The limits of the server behind, where it has any.
    fn throttle(&self) -> Option<Arc<Throttle>> {
        None
    }
}

impl<T: MailSource + 'static> From<T> for Box<dyn MailSource> {
    fn from(made: T) -> Self {
        Box::new(made)
    }
}

/// One account's mailbox on the source.
pub trait MailReader: Send {
    /// All folders.
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>>;

    /// The messages of a folder, oldest first.
    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>>;

    /// As [`list`](Self::list), or what has changed since the state that an earlier answer gave. Default: the whole list, and no state.
    ///
    /// A source that gives states finds messages by their identities alone.
    fn list_since<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        _state: Option<&'a str>,
    ) -> BoxFuture<'a, Result<MailListing>> {
        Box::pin(async move { Ok(MailListing::whole(self.list(folder).await?)) })
    }

    /// Reads messages that [`list`](Self::list) named; one answer for each, in the same order. The spool takes those that are
    /// too large to be held.
    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>>;
}

/// A mail folder on the source.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MailFolder {
    /// Identity that stays when the folder gets another name or another place, where the source has one: the folder then goes where it went.
    pub id: Option<String>,
    /// Its name, level by level, decoded.
    pub path: Vec<String>,
    /// Whether it holds mail. Exchange shows calendars and contacts as folders of placeholders.
    pub holds_mail: bool,
    /// Its RFC 6154 use, where the source or the folder's name tells.
    pub role: Option<FolderRole>,
}

impl MailFolder {
    /// A folder whose use is told by its name, in English or Russian.
    pub fn named(path: Vec<String>) -> Self {
        let top = path.first().map_or("", String::as_str);
        let of_top = FolderRole::of_name(top);
        let role = of_top.filter(|_| path.len() == 1);
        let holds_mail = !of_top.is_some_and(FolderRole::is_non_mail);
        Self {
            id: None,
            path,
            holds_mail,
            role,
        }
    }

    /// The levels joined by `/`, for people.
    pub fn display(&self) -> String {
        self.path.join("/")
    }
}

/// What a source lists of a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MailListing {
    /// Messages, oldest first: all that are there, or those that are new or have changed since the state that was given.
    pub messages: Vec<Listed>,
    /// Whether these are all that are there. A source that does not know the state any more lists everything.
    pub is_whole: bool,
    /// Identities of messages that are there no more, if it is not whole.
    pub gone: Vec<String>,
    /// The state behind it, if the source can tell what changes from here on. It has no meaning elsewhere.
    pub state: Option<String>,
}

impl MailListing {
    /// All that a folder holds.
    pub fn whole(messages: Vec<Listed>) -> Self {
        Self {
            messages,
            is_whole: true,
            gone: Vec::new(),
            state: None,
        }
    }

    /// What is new or has changed, and what is there no more.
    pub fn changes(messages: Vec<Listed>, gone: Vec<String>) -> Self {
        Self {
            is_whole: false,
            gone,
            ..Self::whole(messages)
        }
    }

    /// Sets the state behind it.
    #[must_use]
    pub fn state(mut self, state: Option<String>) -> Self {
        self.state = state;
        self
    }
}

/// What came of reading one message.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum Read {
    /// The message, and what the source noticed about it.
    Message(Message, Vec<Finding>),
    /// The source cannot give the message out; the finding says why.
    Manual(Finding),
    /// A system object that nobody would move.
    Excluded(Finding),
    /// It did not work this time.
    Failed(Finding),
}

/// Where calendars or contacts come from.
pub trait ItemSource: Debug + Send + Sync {
    /// What it is, without secrets.
    fn describe(&self) -> String;

    /// What it tells of its items.
    fn capabilities(&self) -> ItemSourceCapabilities;

    /// Opens one account's calendars or address books for reading. Nothing on the source may change by it.
    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>>;

    /// As [`open`](Self::open), for a source that names people by X.500 names. Default: `open`.
    fn open_knowing<'a>(
        &'a self,
        account: &'a Account,
        _addresses: &AddressLookup,
    ) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        self.open(account)
    }

    /// Where an account's things are, as a text to compare. Two accounts of one place are refused before anything moves. `None`, the
    /// default: only opening it tells.
    fn place(&self, _account: &Account) -> Option<String> {
        None
    }

    /// Looks for two accounts whose things are in one place, where only opening it tells: their addresses, and the place. They are
    /// refused before anything moves. Default: none.
    fn one_place<'a>(
        &'a self,
        _accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        Box::pin(async { Ok(None) })
    }

    /// The limits of the server behind, where it has any.
    fn throttle(&self) -> Option<Arc<Throttle>> {
        None
    }
}

impl<T: ItemSource + 'static> From<T> for Box<dyn ItemSource> {
    fn from(made: T) -> Self {
        Box::new(made)
    }
}

/// One account's calendars or address books on the source.
pub trait ItemReader: Send + Sync {
    /// All calendars or address books.
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>>;

    /// Finds out whether the account can be read, by as little as tells. Default: [`collections`](Self::collections).
    fn check(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.collections().await.map(drop) })
    }

    /// As [`collections`](Self::collections), by asking for what has changed since earlier lists where the source can tell. The answer names
    /// everything all the same. Default: `collections`.
    fn collections_since<'a>(
        &'a mut self,
        _earlier: &'a EarlierLists,
    ) -> BoxFuture<'a, Result<Vec<Collection>>> {
        self.collections()
    }

    /// Reads one document of a collection. Documents are read in the order in which they were listed, so that a reader may look ahead, and
    /// those that are [unchanged](Document::unchanged) mostly are not read at all.
    ///
    /// # Errors
    ///
    /// An error that is about this document alone (such as kind [`NotFound`](tegu_outcome::ErrorKind::NotFound) or
    /// [`Malformed`](tegu_outcome::ErrorKind::Malformed), and not retryable) makes one failed item of it. Every other error ends the job.
    fn read<'a>(
        &'a mut self,
        collection: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>>;
}

/// What a source listed before, by the [identities](Collection::id) of collections.
pub type EarlierLists = HashMap<String, EarlierList>;

/// What a source listed of one collection before, and gave a state with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a list and where it ends")]
pub struct EarlierList {
    /// The [state](Collection::state) behind it.
    pub state: String,
    /// The [versions](Document::version) of all documents, by identity.
    pub versions: BTreeMap<String, String>,
}

/// What came of reading one document.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum ReadDocument {
    /// Its octets, and what the source noticed about it. A lossy finding leaves its items to a person, unless the operator accepts
    /// that loss.
    Document(Bytes, Vec<Finding>),
    /// The source cannot give it out; the finding says why. It is one item for a person.
    Manual(Finding),
}

impl ReadDocument {
    /// A document about which nothing was noticed.
    pub fn new(octets: impl Into<Bytes>) -> Self {
        Self::Document(octets.into(), Vec::new())
    }
}

/// A calendar or an address book on the source.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Collection {
    /// Identity that stays when the collection gets another name, where the source has one: the collection then goes where it went.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for. Default: items of any kind.
    pub kind: CollectionKind,
    /// What it is made of: files, or resources of a DAV server. Each may hold many items.
    pub documents: Vec<Document>,
    /// The state behind the list, if the source can tell [what changes](ItemReader::collections_since) from here on. It has no meaning
    /// elsewhere. A source that gives one gives an identity, and each document a version.
    pub state: Option<String>,
    /// Whether the source listed all of it. `false`: it went on from [an earlier list](EarlierList), and knows its state.
    pub is_whole: bool,
}

/// What a collection is for, where its source tells. Reports sum up tasks and notes on their own.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[allow(clippy::exhaustive_enums)] // an engine has a row for each
pub enum CollectionKind {
    /// Events, contacts, or items of several kinds.
    #[default]
    Items,
    /// Tasks: VTODO (RFC 5545, section 3.6.2).
    Tasks,
    /// Notes and entries of a journal: VJOURNAL (RFC 5545, section 3.6.3).
    Notes,
}

impl Collection {
    /// A collection of documents.
    pub fn new(name: impl Into<String>, documents: Vec<Document>) -> Self {
        Self {
            id: None,
            name: name.into(),
            kind: CollectionKind::default(),
            documents,
            state: None,
            is_whole: true,
        }
    }

    /// Sets what it is for.
    #[must_use]
    pub fn kind(mut self, kind: CollectionKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the identity.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the state behind the list, and whether the source listed all of it to get there.
    #[must_use]
    pub fn state(mut self, state: Option<String>, is_whole: bool) -> Self {
        (self.state, self.is_whole) = (state, is_whole);
        self
    }
}

/// A file or a resource that holds calendar items or contacts.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Document {
    /// Identity within the collection, the same in every run: a file name, or a resource's path.
    pub id: String,
    /// How its content is written.
    pub format: Format,
    /// What the source says of its version: another one whenever the document says something else. It has no meaning elsewhere, and may hold
    /// what the source has to know to read the document. `None`, the default: the source does not tell.
    pub version: Option<String>,
    /// How many items it held when an earlier run read this version. An engine that knows sets it, and reads the document only if what
    /// became of these items is not enough.
    pub unchanged: Option<u64>,
}

impl Document {
    /// A document.
    pub fn new(id: impl Into<String>, format: Format) -> Self {
        Self {
            id: id.into(),
            format,
            version: None,
            unchanged: None,
        }
    }

    /// Sets what the source says of its version.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}

/// How calendar items and contacts are written.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum Format {
    /// iCalendar (RFC 5545).
    Calendar,
    /// vCard 2.1, 3.0 or 4.0.
    Card,
    /// Outlook's table of contacts.
    ContactTable,
    /// None of these: accounted for as one item for a person.
    Unknown,
    /// A link, a pipe or a device: accounted for as one item for a person, and not opened.
    Special,
}
