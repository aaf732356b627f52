//! Grants from what Exchange's shell exports.

use super::{OwnedGrants, RightsEnd, RightsSource};
use crate::read::{self, Encoding, Limits, MailboxGrant};
use crate::{Access, Grant, People};
use std::path::PathBuf;
use std::sync::OnceLock;
use tegu_outcome::{Error, Result, file};
use tegu_store::{Account, BoxFuture};

/// Exports of the cmdlets that [`read`] knows, by path. Each is read once, when the first account asks.
///
/// An export calls a mailbox by an address, or by the path or name of its owner; whoever has that name alone in the directory is meant.
#[derive(Debug, Default)]
pub struct Exports {
    paths: Vec<PathBuf>,
    encoding: Encoding,
    limits: Limits,
    read: OnceLock<Vec<MailboxGrant>>,
}

impl Exports {
    /// These files.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            paths: paths.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The encoding of exports that are not in Unicode.
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// What an export may hold.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    fn data(&self) -> Result<&[MailboxGrant]> {
        if let Some(data) = self.read.get() {
            return Ok(data);
        }
        let mut all = Vec::new();
        for path in &self.paths {
            let octets = file::read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
            let read = read::grants(&octets, self.encoding, &self.limits);
            all.extend(read.map_err(|error| error.context(path.display()).at_source())?);
        }
        Ok(self.read.get_or_init(|| all))
    }
}

impl RightsEnd for Exports {
    fn describe(&self) -> String {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        format!("exports {}", paths.collect::<Vec<_>>().join(" "))
    }
}

impl RightsSource for Exports {
    fn read<'a>(&'a self, account: &'a Account, people: &'a People) -> BoxFuture<'a, Result<Vec<Grant>>> {
        Box::pin(async move {
            let all = self.data()?.iter();
            let own = all.filter(|one| owner(one, people).eq_ignore_ascii_case(&account.mail));
            Ok(own.map(|one| one.grant.clone()).collect())
        })
    }

    fn senders<'a>(&'a self, people: &'a People) -> BoxFuture<'a, Result<Option<OwnedGrants>>> {
        Box::pin(async move {
            let all = self.data()?.iter();
            let senders = all.filter(|one| one.grant.access == Access::SendAs);
            let senders = senders.map(|one| (owner(one, people).to_owned(), one.grant.clone()));
            Ok(Some(senders.collect()))
        })
    }
}

/// The address of whoever alone has the name that an export calls a mailbox by, or else that name.
fn owner<'a>(one: &'a MailboxGrant, people: &'a People) -> &'a str {
    people.address(&one.mailbox).unwrap_or(&one.mailbox)
}
