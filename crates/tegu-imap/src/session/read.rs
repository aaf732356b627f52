//! Reads messages: lists them, and fetches their contents.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Session;
use super::connection::{Event, Tag};
use crate::snapshot::{Snapshot, SnapshotBuilder};
use crate::wire::{Body, Command, FetchItem, Flags, InternalDate, Response, ResponseCode, Status};
use crate::{Error, ErrorKind, Result, Uid, UidSet};

/// Octets of a command that are not UIDs.
const AROUND_UIDS: usize = 100;

/// One message with its body.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fetched {
    /// Its UID.
    pub uid: Uid,
    /// Its flags and keywords.
    pub flags: Flags,
    /// When it arrived, if the server says so.
    pub internal_date: Option<InternalDate>,
    /// Its octets, or why they are not here.
    pub body: Body,
}

/// A FETCH command that the server refused. Some or all of its messages were not returned.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RefusedFetch {
    /// The messages of the command.
    pub uids: UidSet,
    /// The server's code.
    pub code: Option<ResponseCode>,
    /// The server's text.
    pub text: String,
}

impl Session {
    /// Returns all messages of the open mailbox from a UID onwards, without bodies.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if no mailbox is open, [`Limit`](ErrorKind::Limit) if it holds more
    /// than [`Limits::messages`](crate::wire::Limits::messages).
    pub async fn snapshot(&mut self, from: Uid) -> Result<Snapshot> {
        let Some((uid_validity, exists)) = self.selected else {
            return Err(nothing_open("list messages"));
        };
        if exists == 0 && self.still_empty().await? {
            // Exchange calls a range wrong that names no message.
            return Ok(SnapshotBuilder::new().finish(uid_validity));
        }
        let limit = self.limits.messages;
        let mut too_many = Some(self.limit("messages", limit));
        let mut builder = SnapshotBuilder::new();
        let each = |response| {
            if let Response::Fetch(item) = response {
                // A range that ends in `*` always yields the last message, however small its UID.
                if item.uid.is_some_and(|uid| uid >= from) {
                    builder.add(&item);
                }
                if builder.len() > limit
                    && let Some(error) = too_many.take()
                {
                    return Err(error);
                }
            }
            Ok(())
        };
        let command = Command::new("UID FETCH")
            .uids_from(from)
            .word("(UID FLAGS INTERNALDATE RFC822.SIZE)");
        self.run(("list messages", ""), command, each).await?;
        Ok(builder.finish(uid_validity))
    }

    /// Whether the open mailbox, empty when it was opened, is so now.
    async fn still_empty(&mut self) -> Result<bool> {
        let mut exists = 0;
        let each = |response| {
            if let Response::Exists(count) = response {
                exists = count;
            }
            Ok(())
        };
        self.run(("look for new messages", ""), Command::new("NOOP"), each)
            .await?;
        Ok(exists == 0)
    }

    /// Asks for items of messages of the open mailbox, and hands each answer to `each`; many commands travel at once. What was not
    /// asked for is left out, and of each message the octets of only one answer are handed on.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if no mailbox is open; else when the server refuses or the connection
    /// fails.
    pub(crate) async fn fetch_each(
        &mut self,
        uids: &UidSet,
        items: &'static str,
        mut each: impl FnMut(FetchItem),
    ) -> Result<()> {
        const WINDOW: usize = 8;
        if self.selected.is_none() {
            return Err(nothing_open("fetch messages"));
        }
        self.connection.settle().await?;
        self.connection.stream_above(None);
        let octets = self
            .quirks
            .command_octets
            .saturating_sub(AROUND_UIDS + items.len());
        let mut waiting: VecDeque<UidSet> = uids.chunks(self.quirks.fetch_messages, octets).into();
        let (mut running, mut told) = (VecDeque::new(), UidSet::new());
        loop {
            while running.len() < WINDOW
                && let Some(uids) = waiting.pop_front()
            {
                let command = Command::new("UID FETCH").uids(&uids).word(items);
                running.push_back(self.connection.enqueue_command(command, self.connection.literals));
            }
            let Some(tag) = running.front() else {
                return Ok(());
            };
            match self.connection.next_event(*tag).await? {
                Event::Other(Response::Fetch(item)) => {
                    // Where one message was asked for, an answer without a UID is about that one.
                    let only = uids.iter().next().filter(|_| uids.len() == 1);
                    let asked = item.uid.or(only).filter(|uid| uids.contains(*uid));
                    if asked.is_some_and(|uid| item.sections.is_empty() || told.insert(uid)) {
                        each(*item);
                    }
                }
                Event::Other(_) | Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => {
                    running.pop_front();
                    self.expect_ok(("fetch messages", ""), status)?;
                }
            }
        }
    }

    /// Returns what has changed in the open mailbox since a modification sequence (RFC 7162), including new messages, without
    /// bodies. Needs CONDSTORE. If QRESYNC was [enabled](Self::enable), also returns which messages are gone.
    ///
    /// # Errors
    ///
    /// As for [`snapshot`](Self::snapshot).
    pub async fn changes(&mut self, since: u64) -> Result<Changes> {
        let Some((uid_validity, _)) = self.selected else {
            return Err(nothing_open("list changes"));
        };
        let limit = self.limits.messages;
        let mut too_many = Some(self.limit("messages", limit));
        let mut builder = SnapshotBuilder::new();
        let (told, mut vanished) = (self.enabled.has("QRESYNC"), Vec::new());
        let command = Command::new("UID FETCH")
            .uids_from(Uid::MIN)
            .word("(UID FLAGS INTERNALDATE RFC822.SIZE)")
            .changed_since(since, told);
        let each = |response| {
            match response {
                Response::Fetch(item) => builder.add(&item),
                Response::Vanished(_, uids) => vanished.push(uids),
                _ => {}
            }
            match too_many.take_if(|_| builder.len() > limit) {
                Some(error) => Err(error),
                None => Ok(()),
            }
        };
        self.run(("list changes", ""), command, each).await?;
        Ok(Changes {
            changed: builder.finish(uid_validity),
            vanished: told.then(|| UidSet::union_all(&vanished)),
        })
    }

    /// Starts to fetch whole messages of the open mailbox, without setting `\Seen`.
    ///
    /// Messages come in the order that the server chooses. A message that no longer exists, or whose body the server does not
    /// send although it says OK, is missing: see [`FetchStream::missing`].
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if no mailbox is open.
    pub async fn fetch_bodies(&mut self, uids: &UidSet) -> Result<FetchStream<'_>> {
        Ok(FetchStream {
            parts: self.fetch_parts(uids, u64::MAX).await?,
        })
    }

    /// As [`fetch_bodies`](Self::fetch_bodies), but hands out messages of more than `above` octets in pieces.
    ///
    /// # Errors
    ///
    /// As for [`fetch_bodies`](Self::fetch_bodies).
    pub async fn fetch_parts(&mut self, uids: &UidSet, above: u64) -> Result<PartStream<'_>> {
        if self.selected.is_none() {
            return Err(nothing_open("fetch messages"));
        }
        self.connection.settle().await?;
        self.connection.stream_above((above != u64::MAX).then_some(above));
        let octets = self.quirks.command_octets.saturating_sub(AROUND_UIDS);
        let waiting = uids.chunks(self.quirks.fetch_messages, octets).into();
        Ok(PartStream {
            session: self,
            wanted: uids.clone(),
            told: UidSet::new(),
            again: UidSet::new(),
            current: None,
            waiting,
            running: VecDeque::new(),
            refused: Vec::new(),
        })
    }
}

/// What changed in a mailbox; see [`Session::changes`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// The messages that are new or have other flags.
    pub changed: Snapshot,
    /// The messages that are gone, and perhaps others that nobody saw; `None` if the server does not say.
    pub vanished: Option<UidSet>,
}

fn nothing_open(operation: &str) -> Error {
    Error::config("no mailbox is open").doing(operation, "")
}

/// A stream of messages. It reads only when the next one is asked for, so that one message at a time is in memory.
#[derive(Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct FetchStream<'a> {
    parts: PartStream<'a>,
}

impl FetchStream<'_> {
    /// Returns the next message; `None` after the last.
    ///
    /// A command that the server refuses does not end the stream: it is noted in [`refused`](Self::refused).
    ///
    /// # Errors
    ///
    /// When the connection fails, when the server asks to wait, and when it refuses too often
    /// ([`Limits::refusals`](crate::wire::Limits::refusals)).
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses nothing: the next one resumes.
    pub async fn next(&mut self) -> Result<Option<Fetched>> {
        loop {
            match self.parts.next().await? {
                Some(Part::Whole(message)) => return Ok(Some(message)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// Returns the commands that the server has refused so far.
    pub fn refused(&self) -> &[RefusedFetch] {
        self.parts.refused()
    }

    /// Returns the requested messages that the server has not sent.
    pub fn missing(&self) -> UidSet {
        self.parts.missing()
    }
}

/// The next part of the requested messages.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// A message that was small enough to be held.
    Whole(Fetched),
    /// A larger one begins.
    Begin(PartHead),
    /// Its next octets; at least one.
    Octets(Bytes),
    /// It is complete.
    End(Uid),
}

/// What the server said about a message before its octets.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PartHead {
    /// Its UID.
    pub uid: Uid,
    /// Its flags and keywords, if the server has sent them already.
    pub flags: Option<Flags>,
    /// When it arrived, if the server has sent that already.
    pub internal_date: Option<InternalDate>,
    /// How many octets follow.
    pub octets: u64,
}

/// A stream of messages; large ones come in pieces.
///
/// Octets cannot be used before the UID is known. If a server sends the UID after them, a large message is
/// fetched again, alone.
#[derive(Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct PartStream<'a> {
    session: &'a mut Session,
    wanted: UidSet,
    told: UidSet,
    /// Those fetched alone, since their UID came too late.
    again: UidSet,
    /// The message whose octets are handed out.
    current: Option<Uid>,
    waiting: VecDeque<UidSet>,
    running: VecDeque<(Tag, UidSet)>,
    refused: Vec<RefusedFetch>,
}

impl PartStream<'_> {
    /// Returns what comes next; `None` after the last message.
    ///
    /// A command that the server refuses does not end the stream: it is noted in [`refused`](Self::refused).
    ///
    /// # Errors
    ///
    /// As for [`FetchStream::next`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses nothing: the next one resumes.
    pub async fn next(&mut self) -> Result<Option<Part>> {
        loop {
            while self.running.len() < self.session.quirks.fetch_commands
                && let Some(uids) = self.waiting.pop_front()
            {
                let command = Command::new("UID FETCH")
                    .uids(&uids)
                    .word("(UID FLAGS INTERNALDATE BODY.PEEK[])");
                let tag = self
                    .session
                    .connection
                    .enqueue_command(command, self.session.connection.literals);
                self.running.push_back((tag, uids));
            }
            let Some((tag, _)) = self.running.front() else {
                return Ok(None);
            };
            let part = match self.session.connection.next_event(*tag).await? {
                Event::Begin(item, octets) => {
                    self.check_complete()?;
                    self.begin(*item, octets)
                }
                Event::Octets(octets) => self.current.map(|_| Part::Octets(octets)),
                Event::Other(Response::Fetch(item)) => self.take(*item)?,
                Event::Other(_) => None,
                Event::End(status) => {
                    self.check_complete()?;
                    self.end(status)?;
                    None
                }
            };
            if part.is_some() {
                return Ok(part);
            }
        }
    }

    /// Returns the commands that the server refused so far.
    pub fn refused(&self) -> &[RefusedFetch] {
        &self.refused
    }

    /// Returns the messages that were asked for and have not come.
    pub fn missing(&self) -> UidSet {
        self.wanted.difference(&self.told)
    }

    fn begin(&mut self, item: FetchItem, octets: u64) -> Option<Part> {
        // Where one message was asked for, the answer is about that one.
        let only = self
            .running
            .front()
            .filter(|(_, uids)| uids.len() == 1)
            .and_then(|(_, uids)| uids.iter().next());
        let uid = item.uid.or(only)?;
        if !self.wanted.contains(uid) || !self.told.insert(uid) {
            return None;
        }
        self.current = Some(uid);
        Some(Part::Begin(PartHead {
            uid,
            flags: item.flags,
            internal_date: item.internal_date,
            octets,
        }))
    }

    /// A message whose response could not be read to its end has octets, but nobody can say whose they are.
    fn check_complete(&mut self) -> Result<()> {
        let Some(uid) = self.current.take() else {
            return Ok(());
        };
        self.session.connection.abandon();
        let message = "the rest of the response makes no sense";
        let error = self.session.connection.error(ErrorKind::Protocol, message);
        Err(error.doing("fetch message", uid))
    }

    fn take(&mut self, item: FetchItem) -> Result<Option<Part>> {
        let Some(body) = item.body().cloned() else {
            return Ok(None);
        };
        if let Body::Streamed(_) = body {
            return match (self.current.take(), item.uid) {
                (Some(current), Some(other)) if current != other => {
                    self.session.connection.abandon();
                    let message = format!("its UID turns out to be {other}");
                    let error = self.session.connection.error(ErrorKind::Protocol, message);
                    Err(error.doing("fetch message", current))
                }
                (Some(current), _) => Ok(Some(Part::End(current))),
                (None, Some(uid)) => {
                    // Its octets have passed unused, since nobody knew whose they were.
                    if self.wanted.contains(uid) && !self.told.contains(uid) && self.again.insert(uid) {
                        self.waiting.push_back([uid].into_iter().collect());
                    }
                    Ok(None)
                }
                (None, None) => Ok(None),
            };
        }
        // Told twice, or never asked for: not ours to hand out.
        let Some(uid) = item.uid.filter(|uid| self.wanted.contains(*uid)) else {
            return Ok(None);
        };
        if !self.told.insert(uid) {
            return Ok(None);
        }
        Ok(Some(Part::Whole(Fetched {
            uid,
            flags: item.flags.unwrap_or_default(),
            internal_date: item.internal_date,
            body,
        })))
    }

    fn end(&mut self, status: Status) -> Result<()> {
        let Some((_, uids)) = self.running.pop_front() else {
            return Ok(());
        };
        let Err(error) = self.session.expect_ok(("fetch messages", ""), status.clone()) else {
            return Ok(());
        };
        self.refused.push(RefusedFetch {
            uids,
            code: status.code,
            text: status.text,
        });
        let stop = !matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound)
            || self.refused.len() >= self.session.limits.refusals;
        if stop { Err(error) } else { Ok(()) }
    }
}
