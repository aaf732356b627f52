//! Where grants come from, and where they go.

#[cfg(feature = "exports")]
mod exports;

#[cfg(feature = "exports")]
pub use exports::Exports;

use crate::{AccessSet, Grant, People, Rights};
use std::{fmt::Debug, sync::Arc};
use tegu_net::Throttle;
use tegu_outcome::Result;
use tegu_store::{Account, BoxFuture};

/// Grants of several mailboxes, each with the address of the one that it is on.
pub type OwnedGrants = Vec<(String, Grant)>;

/// One end of the way that rights take.
pub trait RightsEnd: Debug + Send + Sync {
    /// What it is, without secrets; two jobs are the same only if their ends say the same.
    fn describe(&self) -> String;

    /// The limits of the server behind, where it has any.
    fn throttle(&self) -> Option<Arc<Throttle>> {
        None
    }
}

/// Who says what is granted on mailboxes.
pub trait RightsSource: RightsEnd {
    /// Reads what is granted on the account's mailbox. `people` knows by what names the source may call it. Nothing on the source may
    /// change by it.
    ///
    /// # Errors
    ///
    /// Whatever keeps the grants from being read as a whole: nothing of them is used then, since one bounds another.
    fn read<'a>(&'a self, account: &'a Account, people: &'a People) -> BoxFuture<'a, Result<Vec<Grant>>>;

    /// Reads who may send as whom, of all mailboxes at once: the grants of [`Access::SendAs`](crate::Access::SendAs). `None` where the source does
    /// not know, which is the default.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    fn senders<'a>(&'a self, _people: &'a People) -> BoxFuture<'a, Result<Option<OwnedGrants>>> {
        Box::pin(async { Ok(None) })
    }
}

impl<T: RightsSource + 'static> From<T> for Box<dyn RightsSource> {
    fn from(source: T) -> Self {
        Box::new(source)
    }
}

/// Folders whose access control lists can be changed: mail folders, or collections with [`Privileges`](crate::Privileges) in place of [`Rights`].
pub trait RightsTarget<R: AccessSet = Rights>: RightsEnd {
    /// What the account is called in access control lists.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](tegu_outcome::ErrorKind::Config) if nothing says what it is called.
    fn identifier(&self, account: &Account) -> Result<String>;

    /// Opens the folders of an account's mailbox.
    ///
    /// # Errors
    ///
    /// Whatever keeps the mailbox from being opened.
    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn AccessLists<R>>>>;
}

impl<R: AccessSet, T: RightsTarget<R> + 'static> From<T> for Box<dyn RightsTarget<R>> {
    fn from(target: T) -> Self {
        Box::new(target)
    }
}

/// A folder on the target.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TargetFolder {
    /// What it is called there.
    pub name: String,
    /// The levels of that name, without the prefix of personal mailboxes.
    pub path: Vec<String>,
}

impl TargetFolder {
    /// A folder by its name and its levels.
    #[must_use]
    pub fn new(name: impl Into<String>, path: Vec<String>) -> Self {
        Self {
            name: name.into(),
            path,
        }
    }
}

/// The access control lists of one mailbox: of its mail folders (RFC 4314), its calendars or its address books (RFC 3744).
pub trait AccessLists<R: AccessSet = Rights>: Debug + Send {
    /// The folders of the mailbox.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<TargetFolder>>>;

    /// The sets that the server can give apart from each other, if it says so: an entry gives a union of some of them. None are offered by a server
    /// that has no lists for collections, and by one whose rights need no telling, which is the default.
    ///
    /// # Errors
    ///
    /// Those of the server.
    fn offered(&mut self) -> BoxFuture<'_, Result<Vec<R>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The list of a folder: identifiers and what they have.
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](tegu_outcome::ErrorKind::Unsupported) if the server has no lists, [`Refused`](tegu_outcome::ErrorKind::Refused) if it
    /// does not show this one.
    fn read<'a>(&'a mut self, folder: &'a str) -> BoxFuture<'a, Result<Vec<(String, R)>>>;

    /// What [`read`](Self::read) calls the one whom an identifier means: a server may know several names for one person. The same, by default.
    fn called(&self, identifier: &str) -> String {
        identifier.to_owned()
    }

    /// Gives an identifier these rights on a folder, in place of those that it had. No rights take the entry out of the list. Other entries stay as
    /// they are.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](tegu_outcome::ErrorKind::Refused) with the server's words.
    fn set<'a>(&'a mut self, folder: &'a str, identifier: &'a str, rights: R) -> BoxFuture<'a, Result<()>>;
}
