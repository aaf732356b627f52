use super::place::{Place, places};
use crate::{
    Error, ErrorKind, Flags, InternalDate, Result, Uid, UidSet,
    access::Quota,
    mailbox::MailboxName,
    prove::{LineEnds, canonical_line_ends},
    quirks::Alteration,
    session::{AppendMessage, AppendOutcome, Part, Session},
    wire::{Body, ResponseCode},
};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use tegu_message::{
    Keywords, Message,
    digest::{self, Digester},
};
use tegu_outcome::Finding;
use tegu_store::{
    BoxFuture,
    sources::MailFolder,
    targets::{Appended, FlagChange, MailWriter, Mark, Room, Stored, TargetCapabilities, TargetFolder},
};

/// Larger messages are digested while they come.
const HELD: u64 = 128 << 10;

/// The mailboxes of one user, as a [`MailWriter`].
#[derive(Debug)]
pub struct ImapWriter {
    session: Session,
    /// Where each source folder goes.
    places: HashMap<Vec<String>, Place>,
    /// Mailboxes by their labels, by which the caller knows them.
    names: HashMap<String, MailboxName>,
}

impl ImapWriter {
    /// Writes into the mailboxes of the user who signed in.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            places: HashMap::new(),
            names: HashMap::new(),
        }
    }

    async fn arrange(&mut self, folders: &[MailFolder]) -> Result<()> {
        let layout = self.session.layout().await?;
        self.places.extend(places(folders, &layout));
        Ok(())
    }

    /// SELECT rather than EXAMINE: only SELECT tells which keywords the mailbox takes. All it changes is `\\Recent`.
    async fn look(&mut self, folder: &MailFolder) -> Result<TargetFolder> {
        let place = self.places.get(&folder.path).ok_or_else(|| unplanned(folder))?;
        if !place.create {
            return self.open(folder).await;
        }
        let mut capabilities = capabilities();
        capabilities.max_size = self.session.capabilities().append_limit();
        let mut missing = TargetFolder::missing(place.name.label(), capabilities);
        missing.findings.clone_from(&place.findings);
        Ok(missing)
    }

    /// A server without quotas says NO or BAD; that is an answer as well.
    async fn room(&mut self) -> Result<Option<Room>> {
        if !self.session.capabilities().has("QUOTA") {
            return Ok(None);
        }
        let inbox = MailboxName::new("INBOX")?;
        let quotas = self.session.quotas(&inbox).await.unwrap_or_default();
        Ok(quotas
            .iter()
            .filter_map(room)
            .min_by_key(|room| room.limit.saturating_sub(room.used)))
    }

    async fn prepare(&mut self, folder: &MailFolder) -> Result<TargetFolder> {
        let place = self
            .places
            .get_mut(&folder.path)
            .ok_or_else(|| unplanned(folder))?;
        if place.create {
            self.session.create(&place.name).await?;
            self.session.subscribe(&place.name).await?;
            place.create = false;
        }
        self.open(folder).await
    }

    async fn open(&mut self, folder: &MailFolder) -> Result<TargetFolder> {
        let place = self.places.get(&folder.path).ok_or_else(|| unplanned(folder))?;
        let selected = self.session.select(&place.name).await?;
        let mut capabilities = capabilities();
        if !selected.accepts_new_keywords {
            let known = selected.permanent_flags.keywords().map(str::to_owned);
            capabilities.keywords = Keywords::Only(known.collect());
        }
        capabilities.max_size = self.session.capabilities().append_limit();
        let label = place.name.label();
        self.names.insert(label.clone(), place.name.clone());
        let mut prepared = TargetFolder::new(label, u64::from(selected.exists), capabilities);
        prepared.findings.clone_from(&place.findings);
        Ok(prepared)
    }

    fn name(&self, folder: &TargetFolder) -> Result<MailboxName> {
        let unknown = || {
            Error::new(
                ErrorKind::Refused,
                format!("the mailbox {} was not prepared", folder.name),
            )
            .at_target()
        };
        self.names.get(&folder.name).cloned().ok_or_else(unknown)
    }

    async fn stored(&mut self, folder: &TargetFolder, since: Option<&Mark>) -> Result<Vec<Stored>> {
        let selected = self.session.select(&self.name(folder)?).await?;
        let (generation, first) = match since {
            Some(mark) => parse_mark(mark)?,
            None => (selected.uid_validity.get(), Uid::MIN),
        };
        if generation != selected.uid_validity.get() {
            let message = format!(
                "UIDVALIDITY of {} changed during the job; compare the folder by hand",
                folder.name
            );
            return Err(Error::new(ErrorKind::NotFound, message).at_target());
        }
        let snapshot = self.session.snapshot(first).await?;
        let uids: UidSet = snapshot
            .entries
            .iter()
            .map(|entry| entry.uid)
            .filter(|uid| *uid >= first)
            .collect();
        let place = |uid: Uid| format!("{generation}:{}", uid.get());
        let mut stored = Vec::with_capacity(snapshot.entries.len());
        let mut parts = self.session.fetch_parts(&uids, HELD).await?;
        let mut large = None;
        while let Some(part) = parts.next().await? {
            match part {
                Part::Whole(fetched) => {
                    if let Body::Whole(body) = fetched.body {
                        let date = fetched.internal_date.map(Into::into);
                        let digest = digest::of_message(&body);
                        let one = Stored::new(digest, (&fetched.flags).into(), date);
                        stored.push(one.at(place(fetched.uid)));
                    }
                }
                Part::Begin(head) => large = Some((head, Digester::default())),
                Part::Octets(octets) => {
                    if let Some((_, digest)) = &mut large {
                        digest.update(&octets);
                    }
                }
                Part::End(uid) => {
                    if let Some((head, digest)) = large.take() {
                        let listed = snapshot.get(uid);
                        let flags = head.flags.or_else(|| listed.map(|entry| entry.flags.clone()));
                        let date = head
                            .internal_date
                            .or_else(|| listed.and_then(|entry| entry.internal_date));
                        let flags = flags.as_ref().map(Into::into).unwrap_or_default();
                        let one = Stored::new(digest.finish(), flags, date.map(Into::into));
                        stored.push(one.at(place(uid)));
                    }
                }
            }
        }
        Ok(stored)
    }

    async fn mark(&mut self, folder: &TargetFolder) -> Result<Mark> {
        let name = self.name(folder)?;
        // STATUS of the mailbox that is open may tell what was true before, so it is opened anew.
        let selected = self.session.select(&name).await?;
        let next = match selected.uid_next {
            Some(next) => Some(next),
            None => self.session.status(&name).await?.uid_next,
        };
        let untold = || {
            Error::new(
                ErrorKind::Refused,
                format!("the server does not tell UIDNEXT of {}", folder.name),
            )
            .at_target()
        };
        let next = next.ok_or_else(untold)?;
        Ok(Mark::new(format!(
            "{}:{}",
            selected.uid_validity.get(),
            next.get()
        )))
    }

    /// Only with UIDPLUS (RFC 4315): a plain EXPUNGE would also take what others marked as deleted.
    async fn remove(&mut self, folder: &TargetFolder, places: &[String]) -> Result<bool> {
        let selected = self.session.select(&self.name(folder)?).await?;
        let mut uids = UidSet::new();
        for place in places {
            let (generation, uid) = parse_place(place)?;
            if generation != selected.uid_validity.get() {
                return Ok(false);
            }
            uids.insert(uid);
        }
        match self.session.remove(&uids).await {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Refused) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Equal changes go by one command.
    async fn change_flags(&mut self, folder: &TargetFolder, changes: &[FlagChange]) -> Result<bool> {
        let selected = self.session.select(&self.name(folder)?).await?;
        let mut groups: BTreeMap<(String, String), (Flags, Flags, UidSet)> = BTreeMap::new();
        for change in changes {
            let (generation, uid) = parse_place(&change.place)?;
            if generation != selected.uid_validity.get() {
                return Ok(false);
            }
            let (add, remove): (Flags, Flags) = ((&change.add).into(), (&change.remove).into());
            let group = groups.entry((add.to_string(), remove.to_string()));
            let (_, _, uids) = group.or_insert_with(|| (add, remove, UidSet::new()));
            uids.insert(uid);
        }
        for (add, remove, uids) in groups.into_values() {
            self.session.change_flags(&uids, &add, &remove).await?;
        }
        Ok(true)
    }

    /// Appends in order: messages that are in memory many on their way, others alone.
    async fn append(&mut self, folder: &TargetFolder, messages: &[Message]) -> Result<Vec<Appended>> {
        let name = self.name(folder)?;
        let mut answers = Vec::with_capacity(messages.len());
        let mut held = Vec::new();
        for message in messages {
            match message.body.held() {
                Some(body) => {
                    let (flags, date) = marks(message);
                    held.push(AppendMessage::new(flags, date, canonical_line_ends(body.clone())));
                }
                None => {
                    let outcomes = self.session.append(&name, &std::mem::take(&mut held)).await?;
                    answers.extend(outcomes.into_iter().map(appended));
                    answers.push(self.stream(&name, message).await?);
                }
            }
        }
        let outcomes = self.session.append(&name, &held).await?;
        answers.extend(outcomes.into_iter().map(appended));
        Ok(answers)
    }

    /// Appends a message that lies in a file, piece by piece.
    async fn stream(&mut self, name: &MailboxName, message: &Message) -> Result<Appended> {
        let refused = |text: String| {
            Ok(Appended::Refused {
                permanent: true,
                text,
            })
        };
        let content = message.body.content()?;
        if content.nul {
            return refused("the message holds NUL octets".into());
        }
        let limit = self.session.capabilities().append_limit();
        if let Some(limit) = limit.filter(|limit| content.canonical_octets > *limit) {
            return refused(format!("the server takes no message of more than {limit} octets"));
        }
        let (flags, date) = marks(message);
        let mut appender = self.session.appender(name).await?.one_by_one();
        appender.begin(&flags, date, content.canonical_octets).await?;
        let (mut body, mut ends) = (message.body.reader(), LineEnds::new());
        while let Some(piece) = body.piece()? {
            appender.write(ends.next(piece)).await?;
        }
        appender.end();
        let answer = appender.answer().await?;
        let unanswered = || {
            Error::new(ErrorKind::Refused, "the server did not answer to APPEND")
                .at_target()
                .retryable(true)
        };
        Ok(appended(answer.ok_or_else(unanswered)?.outcome))
    }
}

/// A server that has nothing to say for so long is not at work on what a lost connection sent.
const LATENESS: Duration = Duration::from_secs(1);

/// What every IMAP server can hold; a mailbox may hold less.
#[must_use]
pub fn capabilities() -> TargetCapabilities {
    let mut capabilities = TargetCapabilities::everything();
    capabilities.nul = false;
    capabilities.mixed_line_ends = false;
    capabilities.keywords = Keywords::Atoms;
    capabilities.lateness = LATENESS;
    capabilities
}

fn marks(message: &Message) -> (Flags, Option<InternalDate>) {
    let date = message
        .date
        .and_then(|date| InternalDate::new(date.unix_seconds, date.offset_minutes));
    ((&message.flags).into(), date)
}

/// RFC 9208 counts storage in units of 1,024 octets.
fn room(quota: &Quota) -> Option<Room> {
    let storage = quota.resource("STORAGE")?;
    let octets = |units: u64| units.saturating_mul(1024);
    Some(Room::new(octets(storage.usage), octets(storage.limit)))
}

fn unplanned(folder: &MailFolder) -> Error {
    let message = format!("the folder {} has no place on the target", folder.display());
    Error::new(ErrorKind::Refused, message).at_target()
}

fn appended(outcome: AppendOutcome) -> Appended {
    match outcome {
        AppendOutcome::Refused {
            code: Some(ResponseCode::OverQuota),
            text,
            ..
        } => Appended::Full { text },
        AppendOutcome::Refused { text, transient, .. } => Appended::Refused {
            permanent: !transient,
            text,
        },
        _ => Appended::Stored,
    }
}

fn parse_mark(mark: &Mark) -> Result<(u32, Uid)> {
    parse_place(mark.as_str())
}

/// UIDVALIDITY and UID.
fn parse_place(place: &str) -> Result<(u32, Uid)> {
    let parsed = place
        .split_once(':')
        .and_then(|(generation, uid)| Some((generation.parse().ok()?, Uid::new(uid.parse().ok()?)?)));
    parsed.ok_or_else(|| {
        Error::new(
            ErrorKind::Journal,
            format!("the journal holds a mark of no IMAP folder: {place:?}"),
        )
    })
}

impl MailWriter for ImapWriter {
    fn arrange<'a>(&'a mut self, folders: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.arrange(folders))
    }

    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(self.look(folder))
    }

    fn room(&mut self) -> BoxFuture<'_, Result<Option<Room>>> {
        Box::pin(self.room())
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(self.prepare(folder))
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(self.stored(folder, since))
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        Box::pin(async move {
            let mailbox = MailboxName::from_label(name)?;
            let selected = match self.session.select(&mailbox).await {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                selected => selected?,
            };
            self.names.insert(name.to_owned(), mailbox);
            let folder = TargetFolder::new(name, u64::from(selected.exists), capabilities());
            Ok(Some(folder))
        })
    }

    fn alters(&self, message: &Message) -> Result<Option<Finding>> {
        let (mut body, mut ends) = (message.body.reader(), LineEnds::new());
        let mut watch = self.session.quirks().watch();
        let mut found = None;
        while let Some(piece) = body.piece()?
            && found.is_none()
        {
            found = watch.see(&ends.next(piece));
        }
        let what = match found.or_else(|| watch.end()) {
            None => return Ok(None),
            Some(Alteration::EightBitHeader) => "octets above 127 in the header",
            Some(Alteration::StrayCarriageReturn) => "a CR that ends no line",
        };
        let message = format!("this server is known to change {what}");
        Ok(Some(Finding::lossy("MAIL-ALTERED", message)))
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        Box::pin(self.mark(folder))
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(self.append(folder, messages))
    }

    fn remove<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        places: &'a [String],
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.remove(folder, places))
    }

    fn change_flags<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        changes: &'a [FlagChange],
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.change_flags(folder, changes))
    }
}
