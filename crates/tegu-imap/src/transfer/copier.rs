//! Messages from one connection to the other, while they come.

use super::context::FolderContext;
use super::quota;
use super::uploader::{Mode, Uploader};
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

/// Messages to try again: what the target refused together with others, and what the source did.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) store: UidSet,
    pub(super) fetch: UidSet,
    /// What was not sent, because the target left out UIDs that others may have taken, from this one on.
    pub(super) gap: Option<(Uid, UidSet)>,
}

/// Copies messages of the mailboxes that are open, and records the end of each but those to try again.
pub(super) async fn copy_messages(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    wanted: &UidSet,
    mode: Mode,
) -> Result<Again> {
    if wanted.is_empty() {
        return Ok(Again::default());
    }
    let mut copier = Copier {
        from_exchange: source.quirks().server == Server::Exchange,
        limit: largest(target),
        quirks: target.quirks().clone(),
        snapshot,
        uploader: match folder.dry {
            true => None,
            false => Some(Uploader::new(folder, target, mode).await?),
        },
        large: None,
        bodiless: UidSet::new(),
    };
    let mut parts = source.fetch_parts(wanted, HELD).await?;
    if let Err(error) = copier.flow(folder, &mut parts).await {
        if let Some(uploader) = &mut copier.uploader {
            if error.kind() == ErrorKind::Cancelled {
                uploader.finish(folder).await?;
            }
            uploader.salvage(folder).await?;
        }
        return Err(error);
    }
    let (full, gap) = match &copier.uploader {
        Some(uploader) => (uploader.full(), uploader.gap()),
        None => (None, None),
    };
    let mut again = Again {
        store: copier
            .uploader
            .as_mut()
            .map(|uploader| std::mem::take(&mut uploader.again))
            .unwrap_or_default(),
        ..Again::default()
    };
    let missing = parts.missing();
    let bodiless = std::mem::take(&mut copier.bodiless);
    if full.is_some() || gap.is_some() {
        drop((parts, copier));
        let left: UidSet = wanted
            .iter()
            .filter(|uid| !folder.record.knows(*uid) && !again.store.contains(*uid))
            .collect();
        let left = left.difference(&folder.unplaced);
        if let Some(first) = full {
            quota::keep_order(folder, target, wanted, first, &left).await?;
        } else {
            again.gap = gap.map(|from| (from, left));
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
            folder
                .leave(uid, &Finding::SourceRefused { uid, text }, 0)
                .await?;
        }
    }
    let silent = refused
        .iter()
        .fold(missing, |silent, refusal| silent.difference(&refusal.uids))
        .union(&bodiless);
    not_given(folder, source, &silent, mode, &mut again).await?;
    Ok(again)
}

/// How many octets a message may have on the target.
pub(super) fn largest(target: &Session) -> u64 {
    target.capabilities().append_limit().unwrap_or(u64::MAX)
}

/// Messages that were asked for and did not come, though the server said OK.
async fn not_given(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    silent: &UidSet,
    mode: Mode,
    again: &mut Again,
) -> Result<()> {
    if silent.is_empty() {
        return Ok(());
    }
    // A mailbox that was opened earlier may still show messages that are gone.
    source.examine(&folder.job.source).await?;
    let mut there = UidSet::new();
    let each = |item: crate::wire::FetchItem| {
        if let Some(uid) = item.uid {
            there.insert(uid);
        }
    };
    source.fetch_each(silent, "(UID FLAGS)", each).await?;
    folder.vanished = folder.vanished.union(&silent.difference(&there));
    let there = there.intersection(silent);
    if mode != Mode::Alone {
        // A server that stumbles over one message of many may give the others when asked for each.
        again.fetch = again.fetch.union(&there);
        return Ok(());
    }
    for uid in there.iter() {
        let placeholder = header_fields(source, uid).await?;
        let finding = Finding::NoBody {
            uid,
            subject: placeholder.subject,
            from: placeholder.from,
            sent: placeholder.sent,
        };
        folder.leave(uid, &finding, 0).await?;
    }
    Ok(())
}

/// What a message's header says, where the server gives that at least.
async fn header_fields(source: &mut Session, uid: Uid) -> Result<Placeholder> {
    let mut placeholder = Placeholder::default();
    let each = |item: crate::wire::FetchItem| {
        let section = item
            .sections
            .first()
            .and_then(|section| section.body.bytes().cloned());
        for (name, value) in fields(&section.unwrap_or_default()) {
            let value = Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
            match name.to_ascii_lowercase().as_slice() {
                b"subject" => placeholder.subject = value,
                b"from" => placeholder.from = value,
                b"date" => placeholder.sent = value,
                _ => {}
            }
        }
    };
    let items = "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT FROM DATE)])";
    match source.fetch_each(&[uid].into_iter().collect(), items, each).await {
        Err(error) if error.kind() != ErrorKind::Refused => Err(error),
        _ => Ok(placeholder),
    }
}

struct Copier<'p> {
    from_exchange: bool,
    limit: u64,
    quirks: Quirks,
    snapshot: &'p Snapshot,
    /// Where messages go; `None` while a run is only planned.
    uploader: Option<Uploader<'p>>,
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

impl Copier<'_> {
    async fn flow(&mut self, folder: &mut FolderContext<'_>, parts: &mut PartStream<'_>) -> Result<()> {
        while let Some(part) = parts.next().await? {
            match part {
                Part::Whole(message) => self.whole(folder, message).await?,
                Part::Begin(head) => self.large = Some(Large::new(head, &self.quirks)),
                Part::Octets(octets) => self.octets(folder, octets).await?,
                Part::End(_) => self.end(folder).await?,
            }
            if self.is_stopped() {
                break;
            }
        }
        match &mut self.uploader {
            Some(uploader) => uploader.finish(folder).await,
            None => Ok(()),
        }
    }

    /// Whether nothing more is to be sent.
    fn is_stopped(&self) -> bool {
        let stopped = |uploader: &Uploader<'_>| uploader.full().is_some() || uploader.gap().is_some();
        self.uploader.as_ref().is_some_and(stopped)
    }

    async fn whole(&mut self, folder: &mut FolderContext<'_>, message: Fetched) -> Result<()> {
        let uid = message.uid;
        let body = match message.body {
            Body::Whole(body) => body,
            Body::TooLarge(octets) => {
                let finding = Finding::TooLarge { uid, octets };
                return folder.leave(uid, &finding, octets).await;
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
            if never || folder.prevents(&finding) {
                return folder.leave(uid, &finding, octets).await;
            }
        }
        if self.from_exchange {
            for content in content::examine(&body) {
                let finding = Finding::Content { uid, content };
                if folder.prevents(&finding) {
                    return folder.leave(uid, &finding, octets).await;
                }
            }
        }
        let date = message.internal_date;
        let Some((flags, date)) = self
            .admit(folder, uid, Some(message.flags), date, &body, octets)
            .await?
        else {
            return Ok(());
        };
        let Some(uploader) = &mut self.uploader else {
            return Ok(());
        };
        uploader.begin(folder, uid, flags, date, octets).await?;
        uploader.write(folder, body).await?;
        uploader.end(folder).await
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
        folder: &mut FolderContext<'_>,
        uid: Uid,
        flags: Option<Flags>,
        date: Option<InternalDate>,
        start: &[u8],
        octets: u64,
    ) -> Result<Option<(Flags, Option<InternalDate>)>> {
        let listed = self.snapshot.get(uid);
        let flags = flags.or_else(|| Some(listed?.flags.clone())).unwrap_or_default();
        let date = date.or_else(|| listed?.internal_date);
        let flags = folder.admit(self.limit, uid, &flags, date, octets).await?;
        let date = date.or_else(|| InternalDate::from_header(header(start)));
        Ok(flags.map(|flags| (flags, date)))
    }

    async fn octets(&mut self, folder: &mut FolderContext<'_>, octets: bytes::Bytes) -> Result<()> {
        let Some(mut large) = self.large.take() else {
            return Ok(());
        };
        if large.stage == Stage::Announced {
            self.start(folder, &mut large, &octets).await?;
        }
        if large.stage == Stage::Sending {
            let uid = large.head.uid;
            let nul = memchr::memchr(0, &octets).map(|_| Finding::NulOctets { uid });
            let altered = large.watch.see(&octets);
            if let Some(finding) = nul.or(altered.map(|alteration| Finding::Altered { uid, alteration })) {
                self.object(folder, &mut large, finding).await?;
            }
            if large.stage == Stage::Sending
                && let Some(uploader) = &mut self.uploader
            {
                uploader.write(folder, octets).await?;
            }
        }
        self.large = Some(large);
        Ok(())
    }

    async fn start(
        &mut self,
        folder: &mut FolderContext<'_>,
        large: &mut Large,
        octets: &[u8],
    ) -> Result<()> {
        let PartHead {
            uid,
            flags,
            internal_date,
            octets: length,
        } = large.head.clone();
        match self
            .admit(folder, uid, flags, internal_date, octets, length)
            .await?
        {
            Some((flags, date)) => {
                if let Some(uploader) = &mut self.uploader {
                    uploader.begin(folder, uid, flags, date, length).await?;
                }
                large.stage = Stage::Sending;
            }
            None => large.stage = Stage::Ignored,
        }
        Ok(())
    }

    /// Something speaks against a message of which half is sent: the only way to take that back is to hang up.
    async fn object(
        &self,
        folder: &mut FolderContext<'_>,
        large: &mut Large,
        finding: Finding,
    ) -> Result<()> {
        let nul = matches!(finding, Finding::NulOctets { .. });
        if !nul && !folder.prevents(&finding) {
            return Ok(());
        }
        folder.leave(large.head.uid, &finding, large.head.octets).await?;
        if folder.dry {
            large.stage = Stage::Ignored;
            return Ok(());
        }
        let subject = format!("{} of {}", large.head.uid, folder.job.source);
        Err(Error::new(ErrorKind::Connect, format!("taken back: {finding}")).doing("append message", subject))
    }

    async fn end(&mut self, folder: &mut FolderContext<'_>) -> Result<()> {
        let Some(mut large) = self.large.take().filter(|large| large.stage == Stage::Sending) else {
            return Ok(());
        };
        if let Some(alteration) = large.watch.end() {
            let uid = large.head.uid;
            self.object(folder, &mut large, Finding::Altered { uid, alteration })
                .await?;
        }
        match &mut self.uploader {
            Some(uploader) => uploader.end(folder).await,
            None => Ok(()),
        }
    }
}
