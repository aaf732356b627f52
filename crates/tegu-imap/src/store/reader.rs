use crate::{
    Error, ErrorKind, Result, Uid, UidSet,
    mailbox::{Mailbox, MailboxName, encode_mutf7},
    quirks::{self, Placeholder},
    session::{Fetched, Part, PartHead, Session},
    wire,
};
use std::collections::HashMap;
use tegu_message::{Body, BodyWriter, Flags, InternalDate, Listed, Message, Spool};
use tegu_outcome::Finding;
use tegu_store::{
    BoxFuture,
    sources::{MailFolder, MailReader, Read},
};

/// The mailboxes of one user, as a [`MailReader`]. Nothing on the server changes: mailboxes are opened with EXAMINE and read with
/// BODY.PEEK.
#[derive(Debug)]
pub struct ImapReader {
    session: Session,
    /// Mailboxes by their paths, of which no two are equal.
    names: HashMap<Vec<String>, MailboxName>,
    /// The mailbox that is open.
    open: Option<Vec<String>>,
}

/// A mailbox's path without the prefix of personal mailboxes. Its levels are labels, so that mailboxes whose names decode to the
/// same text have different paths.
pub(super) fn path(mailbox: &Mailbox, prefix: &str) -> Vec<String> {
    let raw = mailbox.name.raw();
    let own = raw.strip_prefix(prefix.as_bytes()).filter(|own| !own.is_empty());
    let levels = MailboxName::from_wire(own.unwrap_or(raw)).levels(mailbox.delimiter);
    levels.iter().map(MailboxName::label).collect()
}

impl ImapReader {
    /// Reads what the user who signed in has.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            names: HashMap::new(),
            open: None,
        }
    }

    async fn folders(&mut self) -> Result<Vec<MailFolder>> {
        let prefix = encode_mutf7(self.session.namespace_prefix());
        let mut folders = Vec::new();
        self.names.clear();
        for mailbox in self.session.list().await? {
            if !mailbox.selectable {
                continue;
            }
            let path = path(&mailbox, &prefix);
            let mut folder = MailFolder::named(path.clone());
            if let Some(role) = mailbox.role() {
                folder.role = Some(role);
            }
            if let Some(other) = self.names.insert(path, mailbox.name) {
                let message = format!(
                    "the server lists the mailbox {} twice, with and without its prefix",
                    other.label()
                );
                return Err(Error::new(ErrorKind::Protocol, message).at_source());
            }
            folders.push(folder);
        }
        folders.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(folders)
    }

    async fn examine(&mut self, folder: &MailFolder) -> Result<u32> {
        let unknown = || {
            Error::new(
                ErrorKind::Malformed,
                format!("the mailbox {} was not listed", folder.display()),
            )
            .at_source()
        };
        let name = self.names.get(&folder.path).ok_or_else(unknown)?;
        self.open = None;
        let selected = self.session.examine(name).await?;
        self.open = Some(folder.path.clone());
        Ok(selected.uid_validity.get())
    }

    async fn list(&mut self, folder: &MailFolder) -> Result<Vec<Listed>> {
        let generation = self.examine(folder).await?;
        let snapshot = self.session.snapshot(Uid::MIN).await?;
        let listed = snapshot.entries.iter().map(|entry| {
            let flags = Flags::from(&entry.flags);
            Listed::new(
                format!("{generation}:{}", entry.uid.get()),
                entry.size,
                u64::from(entry.uid.get()),
            )
            .dated(entry.internal_date.map(Into::into))
            .version(flags.names().collect::<Vec<_>>().join(" "))
        });
        Ok(listed.collect())
    }

    async fn read(&mut self, folder: &MailFolder, messages: &[Listed], spool: &Spool) -> Result<Vec<Read>> {
        if self.open.as_ref() != Some(&folder.path) {
            self.examine(folder).await?;
        }
        let uid = |message: &Listed| u32::try_from(message.locator).ok().and_then(Uid::new);
        let uids: UidSet = messages.iter().filter_map(uid).collect();
        let mut parts = self.session.fetch_parts(&uids, Spool::LARGEST_HELD).await?;
        let mut found: HashMap<Uid, Read> = HashMap::with_capacity(messages.len());
        let mut unflagged: Vec<Uid> = Vec::new();
        let mut large: Option<(PartHead, BodyWriter<'_>)> = None;
        while let Some(part) = parts.next().await? {
            match part {
                Part::Whole(fetched) => {
                    found.insert(fetched.uid, whole(fetched, spool)?);
                }
                Part::Begin(head) => large = Some((head, spool.begin())),
                Part::Octets(octets) => {
                    if let Some((_, body)) = &mut large {
                        body.push(&octets)?;
                    }
                }
                Part::End(uid) => {
                    if let Some((head, body)) = large.take() {
                        if head.flags.is_none() {
                            unflagged.push(uid);
                        }
                        let flags = head.flags.as_ref().map(Into::into).unwrap_or_default();
                        found.insert(
                            uid,
                            given(flags, head.internal_date.map(Into::into), body.finish()?),
                        );
                    }
                }
            }
        }
        let refused = parts.refused().to_vec();
        // Some servers tell of a message's flags only behind its octets.
        for uid in unflagged {
            let told = self.session.snapshot(uid).await?;
            if let (Some(Read::Message(message, _)), Some(told)) = (found.get_mut(&uid), told.get(uid)) {
                message.flags = (&told.flags).into();
                message.date = told.internal_date.map(Into::into);
            }
        }
        let answers = messages.iter().map(|message| {
            let uid = uid(message);
            let refusal = refused
                .iter()
                .find(|refused| uid.is_some_and(|uid| refused.uids.contains(uid)));
            match (uid.and_then(|uid| found.remove(&uid)), refusal) {
                (Some(read), _) => read,
                (None, Some(refused)) => {
                    let message = format!("the server refuses to give the message out: {}", refused.text);
                    Read::Failed(Finding::lossy("MAIL-FETCH-REFUSED", message))
                }
                (None, None) => not_given(),
            }
        });
        Ok(answers.collect())
    }
}

/// Exchange answers OK without data, or with a placeholder, for what it cannot convert.
fn not_given() -> Read {
    Read::Manual(Finding::lossy(
        "MAIL-NOT-GIVEN",
        "the server answers OK, but does not give the message out",
    ))
}

/// What came of a message that came in one piece.
fn whole(fetched: Fetched, spool: &Spool) -> Result<Read> {
    let wire::Body::Whole(octets) = fetched.body else {
        return Ok(not_given());
    };
    let date = fetched.internal_date.map(Into::into);
    Ok(given((&fetched.flags).into(), date, spool.take(octets)?))
}

fn given(flags: Flags, date: Option<InternalDate>, body: Body) -> Read {
    // The note is short, so that all of it is at hand.
    let all = Some(body.head()).filter(|head| head.len() as u64 == body.len());
    let note = all.and_then(quirks::placeholder);
    if let Some(Placeholder {
        subject, from, sent, ..
    }) = note
    {
        let item = [from, sent, subject]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ");
        let message = format!("the server cannot convert the item and gives a placeholder for it: {item}");
        return Read::Manual(Finding::lossy("MAIL-PLACEHOLDER", message));
    }
    Read::Message(Message::new(flags, date, body), Vec::new())
}

impl MailReader for ImapReader {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        Box::pin(self.folders())
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(self.list(folder))
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(self.read(folder, messages, spool))
    }
}
