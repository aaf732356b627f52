//! Finds out whether two sessions reach one mailbox. Copying a mailbox into itself would double it and write to the source.

use std::time::Duration;

use tegu_net::{Credentials, Endpoint};

use super::Session;
use super::status::MailboxStatus;
use crate::mailbox::MailboxName;
use crate::prove::digest;
use crate::wire::{Command, Condition};
use crate::{Error, Result};

/// Where a session is connected, and as whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Host and port.
    server: String,
    /// Whose mailboxes it shows.
    owner: String,
    /// The fields of ID (RFC 2971).
    pub(super) software: Vec<(String, String)>,
}

impl Place {
    pub(super) fn new(endpoint: &Endpoint, credentials: &Credentials) -> Self {
        let owner = credentials.authorization_id().unwrap_or(credentials.user());
        Self {
            server: endpoint.authority(),
            owner: owner.to_lowercase(),
            software: Vec::new(),
        }
    }

    /// Returns whether the servers are different software by their own word.
    fn differs(&self, other: &Self) -> bool {
        let field = |place: &Self, name: &str| {
            let mut fields = place.software.iter();
            let found = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_lowercase())
        };
        ["name", "vendor"].iter().any(|name| {
            let (mine, theirs) = (field(self, name), field(other, name));
            mine.is_some() && theirs.is_some() && mine != theirs
        })
    }
}

/// A source mailbox and the mailbox of the target that its messages go to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SharedMailbox<'a> {
    /// The mailbox on the source.
    pub source: (&'a MailboxName, &'a MailboxStatus),
    /// The mailbox on the target, which exists.
    pub target: (&'a MailboxName, &'a MailboxStatus),
}

impl<'a> SharedMailbox<'a> {
    /// A mailbox of the source and one of the target, by name and counts.
    pub fn new(
        source: (&'a MailboxName, &'a MailboxStatus),
        target: (&'a MailboxName, &'a MailboxStatus),
    ) -> Self {
        Self { source, target }
    }
}

/// Whether the check may change the target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Probe {
    /// Nothing may change. Servers that are reached by different names are taken to be different.
    No,
    /// A mailbox `tegu-probe-…` is created on the target, looked for on the source, and deleted again.
    Create,
}

/// Refuses to copy mailboxes into themselves. Call it before a mailbox of the target is opened for writing.
///
/// Two mailboxes of the same name and UIDVALIDITY are one mailbox if both sessions reached the same host and port for the same user.
/// By other host names they are different if the servers name different software in their ID fields. Otherwise the [`Probe`] tells:
/// what is created on the target shows on the source if the two are one. If the target does not let it be created, mailboxes of the
/// same number of messages, UIDNEXT and modification sequence count as one. Where UIDVALIDITY differs, nothing is sent at all.
///
/// # Errors
///
/// Kind [`Config`](crate::ErrorKind::Config) if a mailbox is on both sides; else if a connection fails.
pub async fn refuse_same_mailbox(
    source: &mut Session,
    target: &mut Session,
    mailboxes: &[SharedMailbox<'_>],
    probe: Probe,
) -> Result<()> {
    let suspect = mailboxes.iter().find(|shared| {
        let ((name, status), (other, standing)) = (shared.source, shared.target);
        let same = status.uid_validity == standing.uid_validity && status.uid_validity.is_some();
        same && name.is_same(other)
    });
    let Some(suspect) = suspect else {
        return Ok(());
    };
    let place = (&source.place.server, &source.place.owner);
    let same = if place == (&target.place.server, &target.place.owner) {
        true
    } else if source.place.differs(&target.place) || probe == Probe::No {
        false
    } else {
        match shows(source, target).await? {
            Some(shows) => shows,
            None => suspect.source.1.messages > 0 && suspect.source.1 == suspect.target.1,
        }
    };
    if !same {
        return Ok(());
    }
    let message = format!(
        "the target is the source: {} at {} for {}; name another server, user or folder",
        suspect.source.0, target.place.server, target.place.owner
    );
    Err(Error::config(message).doing("compare source and target", suspect.source.0))
}

/// How long a mailbox of the probe's name is taken for that of a run that is at it right now.
const PROBING: Duration = Duration::from_secs(2);

/// Whether what is created on the target shows on the source; `None` if nothing can be created, or if it was gone before it was deleted.
async fn shows(source: &mut Session, target: &mut Session) -> Result<Option<bool>> {
    let name = probe_name(source, target)?;
    if !create_probe(target, &name).await? {
        // A run that was killed has left it, or another one is at it.
        if !target.exists(&name).await? {
            return Ok(None);
        }
        tokio::time::sleep(PROBING).await;
        delete_probe(target, &name).await?;
        if !create_probe(target, &name).await? {
            return Ok(None);
        }
    }
    let shows = source.exists(&name).await;
    let was_there = delete_probe(target, &name).await?;
    Ok(Some(shows?).filter(|_| was_there))
}

/// The same in every run between these mailboxes, so that the next one deletes what a killed one left.
fn probe_name(source: &Session, target: &Session) -> Result<MailboxName> {
    let places = [&source.place, &target.place].map(|place| format!("{}\n{}", place.server, place.owner));
    let digest = digest(places.join("\n").as_bytes()).to_string();
    let short = digest.get(..16).unwrap_or_default();
    MailboxName::new(&format!("{}tegu-probe-{short}", target.namespace_prefix()))
}

async fn create_probe(target: &mut Session, name: &MailboxName) -> Result<bool> {
    let create = Command::new("CREATE").string(name.wire(target.utf8_names()))?;
    let status = target.connection.run(create, |_| Ok(())).await?;
    Ok(status.condition == Condition::Ok)
}

/// Whether it was there and could be deleted.
async fn delete_probe(target: &mut Session, name: &MailboxName) -> Result<bool> {
    let delete = Command::new("DELETE").string(name.wire(target.utf8_names()))?;
    let status = target.connection.run(delete, |_| Ok(())).await?;
    if status.condition != Condition::Ok {
        tracing::warn!(mailbox = %name, text = status.text, "the probe could not be deleted");
    }
    Ok(status.condition == Condition::Ok)
}

impl Session {
    /// Returns whether the server lists a mailbox of this name.
    async fn exists(&mut self, name: &MailboxName) -> Result<bool> {
        let pattern = name.wire(self.utf8_names()).to_vec();
        let command = Command::new("LIST").string(b"")?.string(&pattern)?;
        let (listed, _) = self.listing(("look for mailbox", name.as_str()), command).await?;
        Ok(listed.iter().any(|mailbox| mailbox.name.is_same(name)))
    }
}
