//! Messages from one connection to the other, while they come.

use std::collections::VecDeque;

use super::books::Books;
use super::line::{Line, Mode};
use crate::content;
use crate::finding::Finding;
use crate::prove::{fields, header};
use crate::quirks::{self, AlterationWatch, Placeholder, Quirks, Server};
use crate::session::{Fetched, Part, PartHead, PartStream, Session};
use crate::snapshot::Snapshot;
use crate::wire::{Body, Flags, InternalDate, Uid, UidSet};
use crate::{Error, ErrorKind, Result};

/// Larger messages are passed on while they come.
const HELD: u64 = 128 << 10;
/// How many messages an intent names at once.
pub(super) const INTENT: u32 = 200;

/// Messages to try again: what the target refused together with others, and what the source did.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) store: UidSet,
    pub(super) fetch: UidSet,
}

/// Copies messages of the mailboxes that are open, and records the end of each but those to try again.
pub(super) async fn pump(
    books: &mut Books<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    wanted: &UidSet,
    mode: Mode,
) -> Result<Again> {
    if wanted.is_empty() {
        return Ok(Again::default());
    }
    let mut pump = Pump {
        from_exchange: source.quirks().server == Server::Exchange,
        limit: target.capabilities().append_limit().unwrap_or(u64::MAX),
        quirks: target.quirks().clone(),
        snapshot,
        intents: wanted.chunks(INTENT, usize::MAX).into(),
        line: Line::new(books, target, mode).await?,
        large: None,
        bodiless: UidSet::new(),
    };
    let mut parts = source.fetch_parts(wanted, HELD).await?;
    if let Err(error) = pump.flow(books, &mut parts).await {
        if error.kind() == ErrorKind::Stopped {
            pump.line.finish(books).await?;
        }
        pump.line.salvage(books).await?;
        return Err(error);
    }
    let mut again = Again {
        store: std::mem::take(&mut pump.line.again),
        fetch: UidSet::new(),
    };
    let missing = parts.missing();
    if pump.line.is_full() {
        // Some of these came and wait for no answer any more; the rest was never asked for.
        for uid in missing.iter() {
            books.stay(uid, &Finding::OverQuota { uid }, 0).await?;
        }
        return Ok(again);
    }
    let refused = parts.refused().to_vec();
    for refusal in &refused {
        let untold = refusal.uids.intersection(&missing);
        if mode != Mode::Alone {
            again.fetch = again.fetch.union(&untold);
            continue;
        }
        for uid in untold.iter() {
            let text = refusal.text.clone();
            books.stay(uid, &Finding::SourceRefused { uid, text }, 0).await?;
        }
    }
    let silent = refused
        .iter()
        .fold(missing, |silent, refusal| silent.difference(&refusal.uids))
        .union(&pump.bodiless);
    not_given(books, source, &silent, mode, &mut again).await?;
    Ok(again)
}

/// Messages that were asked for and did not come, though the server said OK.
async fn not_given(
    books: &mut Books<'_>,
    source: &mut Session,
    silent: &UidSet,
    mode: Mode,
    again: &mut Again,
) -> Result<()> {
    if silent.is_empty() {
        return Ok(());
    }
    // A mailbox that was opened earlier may still show messages that are gone.
    source.examine(&books.job.source).await?;
    let mut there = UidSet::new();
    let each = |item: crate::wire::FetchItem| {
        if let Some(uid) = item.uid {
            there.insert(uid);
        }
    };
    source.fetch_each(silent, "(UID FLAGS)", each).await?;
    books.vanished = books.vanished.union(&silent.difference(&there));
    let there = there.intersection(silent);
    if mode != Mode::Alone {
        // A server that stumbles over one message of many may give the others when asked for each.
        again.fetch = again.fetch.union(&there);
        return Ok(());
    }
    for uid in there.iter() {
        let told = told_by_header(source, uid).await?;
        let finding = Finding::NoBody {
            uid,
            subject: told.subject,
            from: told.from,
            sent: told.sent,
        };
        books.stay(uid, &finding, 0).await?;
    }
    Ok(())
}

/// What a message's header says, where the server gives that at least.
async fn told_by_header(source: &mut Session, uid: Uid) -> Result<Placeholder> {
    let mut told = Placeholder::default();
    let each = |item: crate::wire::FetchItem| {
        let section = item
            .sections
            .first()
            .and_then(|section| section.body.bytes().cloned());
        for (name, value) in fields(&section.unwrap_or_default()) {
            let value = Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
            match name.to_ascii_lowercase().as_slice() {
                b"subject" => told.subject = value,
                b"from" => told.from = value,
                b"date" => told.sent = value,
                _ => {}
            }
        }
    };
    let items = "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT FROM DATE)])";
    match source.fetch_each(&[uid].into_iter().collect(), items, each).await {
        Err(error) if error.kind() != ErrorKind::Refused => Err(error),
        _ => Ok(told),
    }
}

struct Pump<'p> {
    from_exchange: bool,
    limit: u64,
    quirks: Quirks,
    snapshot: &'p Snapshot,
    /// Messages that no intent names yet.
    intents: VecDeque<UidSet>,
    line: Line<'p>,
    large: Option<Large>,
    /// Messages of which the source said that they have no body.
    bodiless: UidSet,
}

/// A message that is passed on while it comes.
struct Large {
    head: PartHead,
    watch: AlterationWatch,
    stage: Stage,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Stage {
    /// Its first octets have not come.
    Announced,
    Sending,
    /// It is not to be copied: its octets are passed over.
    Ignored,
}

impl Large {
    fn new(head: PartHead, quirks: &Quirks) -> Self {
        Self {
            head,
            watch: quirks.watch(),
            stage: Stage::Announced,
        }
    }
}

impl Pump<'_> {
    async fn flow(&mut self, books: &mut Books<'_>, parts: &mut PartStream<'_>) -> Result<()> {
        while let Some(part) = parts.next().await? {
            match part {
                Part::Whole(message) => self.whole(books, message).await?,
                Part::Begin(head) => self.large = Some(Large::new(head, &self.quirks)),
                Part::Octets(octets) => self.octets(books, octets).await?,
                Part::End(_) => self.end(books).await?,
            }
            if self.line.is_full() {
                break;
            }
        }
        self.line.finish(books).await
    }

    async fn whole(&mut self, books: &mut Books<'_>, message: Fetched) -> Result<()> {
        let uid = message.uid;
        let body = match message.body {
            Body::Whole(body) => body,
            Body::TooLarge(octets) => {
                let finding = Finding::TooLarge { uid, octets };
                return books.stay(uid, &finding, octets).await;
            }
            // Said also of a message that is gone, by a view of the mailbox that still shows it.
            Body::Nil | Body::Streamed(_) => {
                self.bodiless.insert(uid);
                return Ok(());
            }
        };
        let octets = body.len() as u64;
        if let Some(finding) = self.objection(uid, &body) {
            // Such a note is no mail, whatever the operator accepts.
            let never = matches!(finding, Finding::Placeholder { .. } | Finding::NulOctets { .. });
            if never || books.prevents(&finding) {
                return books.stay(uid, &finding, octets).await;
            }
        }
        if self.from_exchange {
            for content in content::examine(&body) {
                let finding = Finding::Content { uid, content };
                if books.prevents(&finding) {
                    return books.stay(uid, &finding, octets).await;
                }
            }
        }
        let date = message.internal_date;
        let Some((flags, date)) = self
            .admit(books, uid, Some(message.flags), date, &body, octets)
            .await?
        else {
            return Ok(());
        };
        self.intend(books, uid).await?;
        self.line.begin(books, uid, flags, date, octets).await?;
        self.line.write(books, body).await?;
        self.line.end(books).await
    }

    /// What keeps a message from arriving as it left.
    fn objection(&self, uid: Uid, body: &[u8]) -> Option<Finding> {
        if let Some(note) = quirks::placeholder(body) {
            return Some(Finding::Placeholder {
                uid,
                subject: note.subject,
                from: note.from,
                sent: note.sent,
            });
        }
        if memchr::memchr(0, body).is_some() {
            return Some(Finding::NulOctets { uid });
        }
        let alteration = self.quirks.alteration(body)?;
        Some(Finding::Altered { uid, alteration })
    }

    /// The flags and the date that the target is given; `None` for a message that is not copied.
    async fn admit(
        &self,
        books: &mut Books<'_>,
        uid: Uid,
        flags: Option<Flags>,
        date: Option<InternalDate>,
        start: &[u8],
        octets: u64,
    ) -> Result<Option<(Flags, Option<InternalDate>)>> {
        if octets > self.limit {
            let text = format!("it takes {} octets, this has {octets}", self.limit);
            books
                .stay(uid, &Finding::TargetTooBig { uid, text }, octets)
                .await?;
            return Ok(None);
        }
        let listed = self.snapshot.get(uid);
        let flags = flags.or_else(|| Some(listed?.flags.clone())).unwrap_or_default();
        let (flags, lost) = books.rules.keywords.translate(&flags);
        for keyword in lost {
            let finding = Finding::KeywordLost { uid, keyword };
            if books.prevents(&finding) {
                books.stay(uid, &finding, octets).await?;
                return Ok(None);
            }
        }
        let date = date.or_else(|| listed?.internal_date);
        if date.is_none() {
            books.notice(Finding::NoInternalDate { uid });
        }
        Ok(Some((
            flags,
            date.or_else(|| InternalDate::from_header(header(start))),
        )))
    }

    async fn octets(&mut self, books: &mut Books<'_>, octets: bytes::Bytes) -> Result<()> {
        let Some(mut large) = self.large.take() else {
            return Ok(());
        };
        if large.stage == Stage::Announced {
            self.start(books, &mut large, &octets).await?;
        }
        if large.stage == Stage::Sending {
            let uid = large.head.uid;
            let nul = memchr::memchr(0, &octets).map(|_| Finding::NulOctets { uid });
            let altered = large.watch.see(&octets);
            if let Some(finding) = nul.or(altered.map(|alteration| Finding::Altered { uid, alteration })) {
                self.object(books, &large, finding).await?;
            }
            self.line.write(books, octets).await?;
        }
        self.large = Some(large);
        Ok(())
    }

    async fn start(&mut self, books: &mut Books<'_>, large: &mut Large, octets: &[u8]) -> Result<()> {
        let PartHead {
            uid,
            flags,
            internal_date,
            octets: length,
        } = large.head.clone();
        match self
            .admit(books, uid, flags, internal_date, octets, length)
            .await?
        {
            Some((flags, date)) => {
                self.intend(books, uid).await?;
                self.line.begin(books, uid, flags, date, length).await?;
                large.stage = Stage::Sending;
            }
            None => large.stage = Stage::Ignored,
        }
        Ok(())
    }

    /// Something speaks against a message of which half is sent: the only way to take that back is to hang up.
    async fn object(&self, books: &mut Books<'_>, large: &Large, finding: Finding) -> Result<()> {
        let nul = matches!(finding, Finding::NulOctets { .. });
        if !nul && !books.prevents(&finding) {
            return Ok(());
        }
        books.stay(large.head.uid, &finding, large.head.octets).await?;
        Err(Error::new(
            ErrorKind::Disconnected,
            format!(
                "store {} of {}: taken back: {finding}",
                large.head.uid, books.job.source
            ),
        ))
    }

    async fn end(&mut self, books: &mut Books<'_>) -> Result<()> {
        let Some(large) = self.large.take().filter(|large| large.stage == Stage::Sending) else {
            return Ok(());
        };
        if let Some(alteration) = large.watch.end() {
            let uid = large.head.uid;
            self.object(books, &large, Finding::Altered { uid, alteration })
                .await?;
        }
        self.line.end(books).await
    }

    /// Records that a message is about to be sent, together with those after it.
    async fn intend(&mut self, books: &mut Books<'_>, uid: Uid) -> Result<()> {
        if books.intended.contains(uid) {
            return Ok(());
        }
        let at = self.intents.iter().position(|messages| messages.contains(uid));
        let messages = match at.and_then(|at| self.intents.remove(at)) {
            Some(messages) => messages,
            None => [uid].into_iter().collect(),
        };
        books.intend(messages).await
    }
}
