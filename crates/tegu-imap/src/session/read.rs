//! Reading messages: what there is, and what it says.

use std::collections::VecDeque;

use super::Session;
use super::connection::{Event, Tag};
use crate::snapshot::{Snapshot, SnapshotBuilder};
use crate::wire::{Body, Command, FetchItem, Flags, InternalDate, Response, ResponseCode, Status};
use crate::{Error, ErrorKind, Result, Uid, UidSet};

/// FETCH commands on their way at a time: one that the server works on, one that it finds next.
const WINDOW: usize = 2;
/// Room in a command for all but its UIDs.
const AROUND_UIDS: usize = 100;

/// One message with its body.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fetched {
    /// Its UID.
    pub uid: Uid,
    /// Its flags and keywords.
    pub flags: Flags,
    /// When it arrived, where the server tells it.
    pub internal_date: Option<InternalDate>,
    /// Its octets, or why they are not here.
    pub body: Body,
}

/// A FETCH command that the server refused: these messages were not told, or not all of them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RefusedFetch {
    /// What was asked for.
    pub uids: UidSet,
    /// The server's code.
    pub code: Option<ResponseCode>,
    /// The server's words.
    pub text: String,
}

impl Session {
    /// All messages of the open mailbox from a UID on, without their bodies.
    ///
    /// # Errors
    ///
    /// Kind [`Invalid`](ErrorKind::Invalid) where no mailbox is open, [`Limit`](ErrorKind::Limit) where it holds more
    /// than [`Limits::messages`](crate::wire::Limits::messages).
    pub async fn snapshot(&mut self, from: Uid) -> Result<Snapshot> {
        let Some((uid_validity, exists)) = self.selected else {
            return Err(nothing_open("read the list of messages"));
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
        self.run("read the list of messages", command, each).await?;
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
        self.run("look for new messages", Command::new("NOOP"), each)
            .await?;
        Ok(exists == 0)
    }

    /// Starts to fetch whole messages of the open mailbox, without setting `\Seen`.
    ///
    /// Messages come in whatever order the server likes. One that is gone, or of which the server tells no body
    /// though it says OK, does not come at all: compare with what was asked for.
    ///
    /// # Errors
    ///
    /// Kind [`Invalid`](ErrorKind::Invalid) where no mailbox is open.
    pub async fn fetch_bodies(&mut self, uids: &UidSet) -> Result<FetchStream<'_>> {
        if self.selected.is_none() {
            return Err(nothing_open("fetch messages"));
        }
        self.connection.settle().await?;
        let octets = self.quirks.command_octets.saturating_sub(AROUND_UIDS);
        let waiting = uids.chunks(self.quirks.fetch_messages, octets).into();
        Ok(FetchStream {
            session: self,
            wanted: uids.clone(),
            told: UidSet::new(),
            waiting,
            running: VecDeque::new(),
            refused: Vec::new(),
        })
    }
}

fn nothing_open(doing: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("{doing}: no mailbox is open"))
}

/// Messages as they come. Reading waits while nobody asks for the next, so memory holds one at a time.
#[derive(Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct FetchStream<'a> {
    session: &'a mut Session,
    wanted: UidSet,
    told: UidSet,
    waiting: VecDeque<UidSet>,
    running: VecDeque<(Tag, UidSet)>,
    refused: Vec<RefusedFetch>,
}

impl FetchStream<'_> {
    /// The next message; `None` after the last.
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
    /// A dropped call loses nothing: the next one goes on.
    pub async fn next(&mut self) -> Result<Option<Fetched>> {
        loop {
            while self.running.len() < WINDOW
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
            match self.session.connection.next_event(*tag).await? {
                Event::Other(Response::Fetch(item)) => {
                    if let Some(message) = self.take(*item) {
                        return Ok(Some(message));
                    }
                }
                Event::Other(_) => {}
                Event::End(status) => self.end(status)?,
            }
        }
    }

    /// The commands that the server refused so far.
    pub fn refused(&self) -> &[RefusedFetch] {
        &self.refused
    }

    /// The messages that were asked for and have not come.
    pub fn missing(&self) -> UidSet {
        self.wanted.difference(&self.told)
    }

    fn take(&mut self, item: FetchItem) -> Option<Fetched> {
        let uid = item.uid?;
        let body = item.body()?.clone();
        // Told twice, or never asked for: not ours to hand out.
        if !self.wanted.contains(uid) || !self.told.insert(uid) {
            return None;
        }
        Some(Fetched {
            uid,
            flags: item.flags.unwrap_or_default(),
            internal_date: item.internal_date,
            body,
        })
    }

    fn end(&mut self, status: Status) -> Result<()> {
        let Some((_, uids)) = self.running.pop_front() else {
            return Ok(());
        };
        let Err(error) = self.session.expect_ok("fetch messages", status.clone()) else {
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
