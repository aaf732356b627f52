//! Settings from what Exchange's shell exports.

use super::{ItemKind, MailboxSettings, SettingsSource};
use crate::forward::{Mailbox, Organisation};
use crate::read::{self, AutoReply, Encoding, ForwardingExport, Limits, MailboxRules};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tegu_outcome::{Error, ErrorKind, Finding, Result, bare_address, file};
use tegu_store::{Account, BoxFuture};

/// Exports of `Get-InboxRule`, `Get-MailboxAutoReplyConfiguration` and `Get-Mailbox`, by path. Each is read once, when the first account asks.
///
/// A mailbox is found by its primary address or by any name that `Get-Mailbox` gives it: Exchange's shell prints another one in each
/// export. A name that two mailboxes have finds neither.
#[derive(Debug, Default)]
pub struct Exports {
    rules: Option<PathBuf>,
    replies: Option<PathBuf>,
    mailboxes: Option<PathBuf>,
    encoding: Encoding,
    limits: Limits,
    read: OnceLock<Data>,
}

#[derive(Debug, Default)]
struct Data {
    /// From each name of a mailbox, in lower case, to its address; a name that two have names nobody.
    names: HashMap<String, Option<String>>,
    /// By address, in lower case. What the exports name otherwise than `Get-Mailbox` is found by that name.
    rules: HashMap<String, Vec<MailboxRules>>,
    replies: HashMap<String, Vec<AutoReply>>,
    mailboxes: HashMap<String, Mailbox>,
}

impl Exports {
    /// No export yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What `Get-InboxRule` returned.
    #[must_use]
    pub fn rules(mut self, path: impl Into<Option<PathBuf>>) -> Self {
        self.rules = path.into();
        self
    }

    /// What `Get-MailboxAutoReplyConfiguration` returned.
    #[must_use]
    pub fn replies(mut self, path: impl Into<Option<PathBuf>>) -> Self {
        self.replies = path.into();
        self
    }

    /// What `Get-Mailbox` returned: forwarding, and the names of mailboxes.
    #[must_use]
    pub fn mailboxes(mut self, path: impl Into<Option<PathBuf>>) -> Self {
        self.mailboxes = path.into();
        self
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

    fn data(&self) -> Result<&Data> {
        if let Some(data) = self.read.get() {
            return Ok(data);
        }
        let mailboxes = self.one(self.mailboxes.as_deref(), read::forwarding)?;
        let mut data = Data::of(&mailboxes);
        for one in self.one(self.rules.as_deref(), read::rules)? {
            data.rules.entry(data.key(&one.mailbox)).or_default().push(one);
        }
        for one in self.one(self.replies.as_deref(), read::replies)? {
            data.replies.entry(data.key(&one.mailbox)).or_default().push(one);
        }
        Ok(self.read.get_or_init(|| data))
    }

    fn one<T>(
        &self,
        path: Option<&Path>,
        read: fn(&[u8], Encoding, &Limits) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        let Some(path) = path else { return Ok(Vec::new()) };
        let octets = file::read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
        let rows = read(&octets, self.encoding, &self.limits);
        rows.map_err(|error| error.context(path.display()).at_source())
    }

    fn settings(&self, account: &Account) -> Result<MailboxSettings> {
        let data = self.data()?;
        let key = account.mail.to_lowercase();
        let twice = |what: &str| {
            let why = format!("the export of {what} has this mailbox under two names");
            Error::new(ErrorKind::Malformed, why).at_source()
        };
        let rules = only(data.rules.get(&key)).ok_or_else(|| twice("rules"))?;
        let reply = only(data.replies.get(&key)).ok_or_else(|| twice("automatic replies"))?;
        let mailbox = data.mailboxes.get(&key);
        let unknown = mailbox.and_then(|one| one.unknown.as_ref()).map(|object| {
            let why = format!("it forwards to {object}, which is no mailbox that is known");
            Finding::lossy("SIEVE-FORWARD-UNKNOWN", why)
        });
        Ok(MailboxSettings {
            rules: rules.map(|one| one.rules.clone()).unwrap_or_default(),
            reply: reply.cloned(),
            forwards: mailbox.map(|one| one.forwards.clone()).unwrap_or_default(),
            untold: unknown
                .map(|why| (ItemKind::Forwarding, why))
                .into_iter()
                .collect(),
        })
    }
}

/// The one value, or none; `None` if there are several.
fn only<T>(all: Option<&Vec<T>>) -> Option<Option<&T>> {
    match all.map(Vec::as_slice) {
        None | Some([]) => Some(None),
        Some([one]) => Some(Some(one)),
        Some(_) => None,
    }
}

impl Data {
    fn of(mailboxes: &[ForwardingExport]) -> Self {
        let mut data = Self::default();
        for one in mailboxes {
            let address = one.address.to_lowercase();
            for name in one.names.iter().chain(&one.aliases).chain([&one.address]) {
                let known = data.names.entry(bare_address(name).to_lowercase());
                known
                    .and_modify(|known| *known = known.take().filter(|known| *known == address))
                    .or_insert_with(|| Some(address.clone()));
            }
        }
        let organisation = Organisation::from_export(mailboxes).into_mailboxes();
        data.mailboxes = organisation
            .into_iter()
            .map(|mailbox| (mailbox.address.to_lowercase(), mailbox))
            .collect();
        data
    }

    fn key(&self, name: &str) -> String {
        let name = bare_address(name).to_lowercase();
        self.names.get(&name).cloned().flatten().unwrap_or(name)
    }
}

impl SettingsSource for Exports {
    fn describe(&self) -> String {
        let named = [
            ("rules", &self.rules),
            ("replies", &self.replies),
            ("mailboxes", &self.mailboxes),
        ];
        let named = named
            .into_iter()
            .filter_map(|(what, path)| Some(format!("{what} {}", path.as_ref()?.display())));
        format!("exports {}", named.collect::<Vec<_>>().join(" "))
    }

    fn read<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<MailboxSettings>> {
        Box::pin(async move { self.settings(account) })
    }
}
