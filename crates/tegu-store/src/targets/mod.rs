//! Where things go.
//!
//! [`MailTarget`] and [`ItemTarget`] are object-safe. [`NumberedMailbox`] is the shortest way to a mail target. [`conformance`] checks an
//! implementation.

mod capabilities;
pub mod conformance;
mod numbered;
mod room;

pub use capabilities::{ItemCapabilities, TargetCapabilities};
pub use numbered::{Numbered, NumberedMailbox};
pub use room::Room;

use crate::{Account, BoxFuture, Finding, Result, sources::MailFolder};
use std::{fmt::Debug, sync::Arc};
use tegu_message::{Digest, Flags, InternalDate, Message};
use tegu_net::Throttle;

/// Where messages go.
pub trait MailTarget: Debug + Send + Sync {
    /// What it is, without secrets; two jobs are the same only if their targets say the same.
    fn describe(&self) -> String;

    /// What it can hold, as far as is known before anything is opened.
    fn capabilities(&self) -> TargetCapabilities;

    /// Opens one account's mailbox.
    fn open<'a>(&'a self, account: &'a Account, access: Access)
    -> BoxFuture<'a, Result<Box<dyn MailWriter>>>;

    /// Where an account's things go, as a text to compare. Two accounts of one place are refused before anything moves. `None`, the
    /// default: only opening it tells.
    fn place(&self, _account: &Account) -> Option<String> {
        None
    }

    /// The limits of the server behind, where it has any.
    fn throttle(&self) -> Option<Arc<Throttle>> {
        None
    }
}

impl<T: MailTarget + 'static> From<T> for Box<dyn MailTarget> {
    fn from(made: T) -> Self {
        Box::new(made)
    }
}

/// What an opened target is used for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Access {
    /// To plan and to prove. Nothing on the target may change, not even a file may be made or repaired.
    Read,
    /// To move.
    Write,
}

/// One account's mailbox on the target.
pub trait MailWriter: Send {
    /// Learns of all folders before the first is prepared, so that no two of them go to one place. Default: nothing, for targets where
    /// each path has a place of its own, whatever other folders there are.
    fn arrange<'a>(&'a mut self, _folders: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Finds the folder that a source folder would go to, and changes nothing. If there is none, the answer says what
    /// [`prepare`](Self::prepare) would make.
    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>>;

    /// How much the account may hold, if the target tells.
    fn room(&mut self) -> BoxFuture<'_, Result<Option<Room>>> {
        Box::pin(async { Ok(None) })
    }

    /// Finds the folder that a source folder goes to, or makes it.
    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>>;

    /// Finds a folder by the name that [`prepare`](Self::prepare) gave it in an earlier run; `None` where it is gone. Nothing
    /// is made: this is for proving again what stands there.
    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>>;

    /// Everything that stands behind a mark, or in the whole folder.
    ///
    /// A writer that was killed in the middle of a message repairs the folder here first.
    ///
    /// # Errors
    ///
    /// Kind [`NotFound`](tegu_outcome::ErrorKind::NotFound) if the folder of the mark is gone and another stands in its place.
    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>>;

    /// What this target is known to change in such a message, if anything.
    fn alters(&self, _message: &Message) -> Result<Option<Finding>> {
        Ok(None)
    }

    /// Where the folder ends now.
    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>>;

    /// Appends messages in this order; one answer for each.
    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>>;

    /// Removes the messages at these [places](Stored::place), and no other message. Returns whether they are gone: `false`, the default,
    /// where the target cannot do that safely; then nothing was removed. Only copies that the job itself made are removed: those that are too
    /// many, older versions, and where that is asked for what the source no longer has.
    fn remove<'a>(
        &'a mut self,
        _folder: &'a TargetFolder,
        _places: &'a [String],
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    /// Changes flags of messages, and leaves alone the flags that are not named. Returns whether they are changed: `false`, the default, where
    /// the target keeps flags as they were stored. A place where nothing stands any more is passed over.
    fn change_flags<'a>(
        &'a mut self,
        _folder: &'a TargetFolder,
        _changes: &'a [FlagChange],
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }
}

/// A change of the flags of one message on the target.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FlagChange {
    /// The [place](Stored::place) of the message.
    pub place: String,
    /// Flags and keywords to set.
    pub add: Flags,
    /// Flags and keywords to take away.
    pub remove: Flags,
}

impl FlagChange {
    /// What has to change at this place so that flags that were `from` become `to`. `None` if nothing has.
    pub fn between(place: impl Into<String>, from: &Flags, to: &Flags) -> Option<Self> {
        let (add, remove) = (to.without(from), from.without(to));
        let changes = add != Flags::default() || remove != Flags::default();
        changes.then(|| Self {
            place: place.into(),
            add,
            remove,
        })
    }
}

/// A folder on the target, and what it can hold.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TargetFolder {
    /// Its name in the target's own terms.
    pub name: String,
    /// Messages that it holds now.
    pub messages: u64,
    /// Whether it is there; only [`look`](MailWriter::look) names folders that are not.
    pub exists: bool,
    /// What it can hold; narrower, perhaps, than what its target can.
    pub capabilities: TargetCapabilities,
    /// What was noticed about the folder itself; a lossy finding keeps all its messages from moving.
    pub findings: Vec<Finding>,
}

impl TargetFolder {
    /// A folder.
    pub fn new(name: impl Into<String>, messages: u64, capabilities: TargetCapabilities) -> Self {
        Self {
            name: name.into(),
            messages,
            exists: true,
            capabilities,
            findings: Vec::new(),
        }
    }

    /// A folder that is not there yet.
    pub fn missing(name: impl Into<String>, capabilities: TargetCapabilities) -> Self {
        Self {
            exists: false,
            ..Self::new(name, 0, capabilities)
        }
    }
}

/// A place in a target folder behind which new messages land, in the target's own terms (RFC 9051's UIDNEXT with
/// UIDVALIDITY, a file's length).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mark(String);

impl Mark {
    /// A mark that the same target will understand later.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The mark as text, to be remembered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message that stands on the target, as read back from there.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stored {
    /// [`digest::of_message`](tegu_message::digest::of_message) of what the target gives back.
    pub digest: Digest,
    /// Flags that the target gives back.
    pub flags: Flags,
    /// Date that the target gives back.
    pub date: Option<InternalDate>,
    /// What names this message in its folder, now and in later runs, and never another (IMAP: UIDVALIDITY and UID). Targets to which
    /// messages may [come late](TargetCapabilities::lateness) give it.
    pub place: Option<String>,
}

impl Stored {
    /// What was read back.
    pub fn new(digest: Digest, flags: Flags, date: Option<InternalDate>) -> Self {
        Self {
            digest,
            flags,
            date,
            place: None,
        }
    }

    /// Sets what names this message in its folder.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }
}

/// What came of appending one message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum Appended {
    /// The target says that it is stored; the proof is still to come.
    Stored,
    /// The target has no room for this message now. What follows it in its folder waits, so that messages keep their order.
    Full {
        /// What the target said.
        text: String,
    },
    /// The target refused this message and goes on with the next.
    Refused {
        /// Whether it would refuse again: too large, not well-formed.
        permanent: bool,
        /// What the target said.
        text: String,
    },
}

/// Where calendars or contacts go.
pub trait ItemTarget: Debug + Send + Sync {
    /// What it is, without secrets.
    fn describe(&self) -> String;

    /// What it can do.
    fn capabilities(&self) -> ItemCapabilities;

    /// Opens one account's calendars or address books for writing.
    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>>;

    /// Where an account's things go, as a text to compare. Two accounts of one place are refused before anything moves. `None`, the
    /// default: only opening it tells.
    fn place(&self, _account: &Account) -> Option<String> {
        None
    }

    /// The limits of the server behind, where it has any.
    fn throttle(&self) -> Option<Arc<Throttle>> {
        None
    }
}

impl<T: ItemTarget + 'static> From<T> for Box<dyn ItemTarget> {
    fn from(made: T) -> Self {
        Box::new(made)
    }
}

/// One account's calendars or address books on the target.
pub trait ItemWriter: Send {
    /// Finds a collection by its name, or makes it.
    fn prepare<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Prepared>>;

    /// Finds a collection by the [name](Prepared::name) that it had in an earlier run, and says whether it is there.
    /// Nothing is made.
    fn reopen<'a>(&'a mut self, collection: &'a str) -> BoxFuture<'a, Result<bool>>;

    /// Stores resources, each unless one of its name or UID stands there; one answer for each, in the same order.
    fn put<'a>(
        &'a mut self,
        collection: &'a str,
        resources: &'a [Resource<'a>],
    ) -> BoxFuture<'a, Result<Vec<Put>>>;

    /// Stores a resource in place of the one of this name, if that is still what [`get`](Self::get) gave back when it had
    /// the digest `was`. What anybody else has written there meanwhile is never replaced.
    fn replace<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        was: Digest,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Replaced>>;

    /// Removes a resource, if that is still what [`get`](Self::get) gave back when it had the digest `was`.
    fn remove<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        was: Digest,
    ) -> BoxFuture<'a, Result<Removed>>;

    /// Reads resources back; one answer for each name, in the same order.
    fn get<'a>(
        &'a mut self,
        collection: &'a str,
        names: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>>;
}

/// A collection on the target.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Prepared {
    /// Its name in the target's own terms.
    pub name: String,
    /// It was made just now, and can be filled by one request: the first [`put`](ItemWriter::put) may then hold more than others.
    pub fresh: bool,
}

impl Prepared {
    /// A collection.
    pub fn new(name: impl Into<String>, fresh: bool) -> Self {
        Self {
            name: name.into(),
            fresh,
        }
    }
}

/// A calendar resource or a card that is to be stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Resource<'a> {
    /// A file name that follows from the UID.
    pub name: &'a str,
    /// Its UID.
    pub uid: &'a str,
    /// Its octets.
    pub body: &'a [u8],
}

impl<'a> Resource<'a> {
    /// A resource.
    pub fn new(name: &'a str, uid: &'a str, body: &'a [u8]) -> Self {
        Self { name, uid, body }
    }
}

/// What came of removing one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum Removed {
    /// It is gone.
    Removed,
    /// What stands there is not what it was; it was left alone.
    Changed,
    /// Nothing stood there.
    Gone,
    /// The target will not remove it.
    Refused {
        /// What the target said.
        text: String,
    },
}

/// What came of storing one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum Put {
    /// The target says that it is stored under this name; the proof is still to come.
    Created(String),
    /// A resource of this name or UID stands there already, under this name.
    Exists(String),
    /// The target will not take it.
    Refused {
        /// What the target said.
        text: String,
    },
}

/// What came of replacing one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums)] // an engine handles every answer
pub enum Replaced {
    /// The target says that it is stored; the proof is still to come.
    Stored,
    /// What stands there is not what it was, or nothing does; nothing was written.
    Changed,
    /// The target will not take it.
    Refused {
        /// What the target said.
        text: String,
    },
}
