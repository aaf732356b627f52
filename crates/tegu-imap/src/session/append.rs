//! Stores messages: pipelined, streamed, with one outcome for each command.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Session;
use super::connection::{Event, Tag};
#[cfg(doc)]
use crate::ErrorKind;
use crate::mailbox::MailboxName;
use crate::quirks::{Refusal, implied_code, refusal};
use crate::wire::{Command, Condition, Flags, InternalDate, Response, ResponseCode, Status, Step};
use crate::{Error, Result, Uid, UidValidity};

/// The most octets that wait in memory to be sent.
const QUEUE: usize = 256 << 10;
/// The most messages of [`Session::append`] that are sent without an answer yet.
const WINDOW: usize = 64;

/// A message to store.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AppendMessage {
    /// Its flags and keywords.
    pub flags: Flags,
    /// When it arrived. If `None`, the server uses the current time.
    pub internal_date: Option<InternalDate>,
    /// Its octets, sent as they are.
    pub body: Bytes,
}

impl AppendMessage {
    /// Makes a message from its flags, arrival date and octets.
    pub fn new(flags: Flags, internal_date: Option<InternalDate>, body: Bytes) -> Self {
        Self {
            flags,
            internal_date,
            body,
        }
    }
}

/// The outcome of one command: all of its messages are stored, or none.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AppendOutcome {
    /// They were stored; with UIDPLUS the server returns their UIDs.
    Stored {
        /// UIDVALIDITY, and the UIDs in the order of the messages.
        uids: Option<(UidValidity, Vec<Uid>)>,
    },
    /// They were not stored.
    Refused {
        /// The server's code.
        code: Option<ResponseCode>,
        /// The server's text, or ours if a message cannot be sent at all.
        text: String,
        /// Whether the server may take them later.
        transient: bool,
    },
}

impl Session {
    /// Stores messages in a mailbox, and returns the outcome of each in the same order.
    ///
    /// Messages that IMAP cannot carry (NUL octets, keywords that are not atoms) and those above the server's APPENDLIMIT
    /// are refused without being sent.
    ///
    /// # Errors
    ///
    /// If the connection fails, the server asks to wait, or the mailbox does not exist. It is then unknown how many of the messages were
    /// stored: look before you store them again.
    pub async fn append(
        &mut self,
        name: &MailboxName,
        messages: &[AppendMessage],
    ) -> Result<Vec<AppendOutcome>> {
        let largest = self.capabilities.append_limit().unwrap_or(u64::MAX);
        let mut outcomes: Vec<Option<AppendOutcome>> = Vec::with_capacity(messages.len());
        let mut sent = VecDeque::new();
        let mut appender = self.appender(name).await?.one_by_one();
        for (at, message) in messages.iter().enumerate() {
            let unsendable = unsendable(message, largest);
            if unsendable.is_none() {
                appender
                    .begin(&message.flags, message.internal_date, message.body.len() as u64)
                    .await?;
                appender.write(message.body.clone()).await?;
                appender.end();
                sent.push_back(at);
            }
            outcomes.push(unsendable);
            if appender.unanswered() >= WINDOW {
                take_answer(&mut appender, &mut sent, &mut outcomes).await?;
            }
        }
        while appender.unanswered() > 0 {
            take_answer(&mut appender, &mut sent, &mut outcomes).await?;
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Starts to store messages in a mailbox: streamed, and several in one command if the server supports it.
    ///
    /// # Errors
    ///
    /// When the connection fails.
    pub async fn appender<'a>(&'a mut self, name: &MailboxName) -> Result<Appender<'a>> {
        self.connection.settle().await?;
        let many = self.capabilities.has("MULTIAPPEND");
        Ok(Appender {
            session: self,
            name: name.clone(),
            many,
            open: None,
            running: VecDeque::new(),
            answers: VecDeque::new(),
        })
    }

    fn outcome(&self, name: &MailboxName, status: Status) -> Result<AppendOutcome> {
        if status.condition == Condition::Ok {
            let uids = match status.code {
                Some(ResponseCode::AppendUid(validity, uids)) => Some((validity, uids)),
                _ => None,
            };
            return Ok(AppendOutcome::Stored { uids });
        }
        match refusal(&status) {
            refused @ (Refusal::Permanent | Refusal::Transient) => Ok(AppendOutcome::Refused {
                code: implied_code(&status),
                text: status.text,
                transient: refused == Refusal::Transient,
            }),
            // These concern more than these messages.
            _ => Err(self.connection.refused(("append to", name.as_str()), &status)),
        }
    }
}

async fn take_answer(
    appender: &mut Appender<'_>,
    sent: &mut VecDeque<usize>,
    outcomes: &mut [Option<AppendOutcome>],
) -> Result<()> {
    let answer = appender.answer().await?;
    let slot = sent.pop_front().and_then(|at| outcomes.get_mut(at));
    if let (Some(slot), Some(answer)) = (slot, answer) {
        *slot = Some(answer.outcome);
    }
    Ok(())
}

/// Returns why a message cannot be sent at all.
fn unsendable(message: &AppendMessage, largest: u64) -> Option<AppendOutcome> {
    let refused = |code, text| {
        Some(AppendOutcome::Refused {
            code,
            text,
            transient: false,
        })
    };
    if message.body.len() as u64 > largest {
        let text = format!("the server takes no message of more than {largest} octets");
        refused(Some(ResponseCode::TooBig), text)
    } else if memchr::memchr(0, &message.body).is_some() {
        refused(None, "the message holds NUL octets".to_owned())
    } else if let Some(keyword) = message.flags.sendable().1.first() {
        refused(None, format!("keyword {keyword:?} cannot be sent"))
    } else {
        None
    }
}

/// The outcome of one command.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AppendAnswer {
    /// How many messages the command held.
    pub messages: usize,
    /// Their outcome.
    pub outcome: AppendOutcome,
}

/// Stores messages while their octets arrive, without keeping them in memory.
///
/// [`begin`](Self::begin) announces a message, [`write`](Self::write) takes its octets, and [`end`](Self::end) ends the
/// command. If the server offers MULTIAPPEND (RFC 3502), further messages may begin in the same command; the server stores all of
/// them or none. Otherwise each message is a command of its own. The next command may begin before the last one is answered.
///
/// # Cancel safety
///
/// An appender that is dropped between [`begin`](Self::begin) and [`end`](Self::end) makes the connection unusable, and
/// the server stores nothing of that command.
#[derive(Debug)]
#[must_use = "nothing is stored before `end`"]
pub struct Appender<'a> {
    session: &'a mut Session,
    name: MailboxName,
    many: bool,
    open: Option<Open>,
    running: VecDeque<(Tag, usize)>,
    answers: VecDeque<(Status, usize)>,
}

/// The command that is being sent.
#[derive(Debug)]
struct Open {
    tag: Tag,
    messages: usize,
    /// Octets of its last message that have not been given.
    left: u64,
    /// Set where the server refused it half-way: the rest must not be sent.
    refused: Option<Status>,
}

impl Appender<'_> {
    /// Uses a command for each message, so that each gets an answer of its own.
    pub fn one_by_one(mut self) -> Self {
        self.many = false;
        self
    }

    /// Returns whether one command can hold several messages.
    pub fn takes_many(&self) -> bool {
        self.many
    }

    /// Announces a message of this many octets. Ends the previous command if each message needs its own.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if the message before it is not complete, or for a keyword that is not an
    /// atom; also if the connection fails.
    pub async fn begin(&mut self, flags: &Flags, date: Option<InternalDate>, octets: u64) -> Result<()> {
        if !self.many {
            self.end();
        }
        let next = match &mut self.open {
            Some(open) if open.left > 0 => {
                return Err(Error::config("the message before this one is not complete").doing("append", ""));
            }
            Some(open) => {
                open.messages += 1;
                open.left = octets;
                None
            }
            None => Some(Command::new("APPEND").string(self.name.wire(self.session.utf8_names()))?),
        };
        let first = next.is_some();
        let mut command = next.unwrap_or_else(Command::continuation);
        if !flags.is_empty() {
            command = command.flags(flags)?;
        }
        if let Some(date) = date {
            command = command.date(date);
        }
        let tag = if first {
            let tag = self.session.connection.begin_pieces("APPEND");
            self.open = Some(Open {
                tag,
                messages: 1,
                left: octets,
                refused: None,
            });
            tag.to_string()
        } else {
            String::new()
        };
        for step in command.steps_before_literal(&tag, self.session.connection.literals, octets) {
            match step {
                Step::Send(bytes) => self.send(bytes),
                Step::Wait => self.wait_for_leave().await?,
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: Bytes) {
        if self.open.as_ref().is_some_and(|open| open.refused.is_none()) {
            self.session.connection.enqueue(bytes);
        }
    }

    /// Waits until the server lets the literal in or refuses the command.
    async fn wait_for_leave(&mut self) -> Result<()> {
        while let Some(open) = &self.open
            && open.refused.is_none()
        {
            let tag = self.running.front().map_or(open.tag, |(tag, _)| *tag);
            match self.session.connection.next_event(tag).await? {
                Event::Other(Response::Continue(_)) => break,
                Event::End(status) => match (self.running.pop_front(), &mut self.open) {
                    (Some((_, messages)), _) => self.answers.push_back((status, messages)),
                    (None, Some(open)) => open.refused = Some(status),
                    (None, None) => {}
                },
                Event::Other(_) | Event::Begin(..) | Event::Octets(_) => {}
            }
        }
        Ok(())
    }

    /// Sends the next octets of the message. Waits while too many of them wait for the network.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for more octets than were announced, and for a NUL octet, which a literal cannot hold (RFC 3501,
    /// section 4.3.1). The connection is then unusable, and the server stores nothing of the command. Also if the connection fails.
    pub async fn write(&mut self, octets: Bytes) -> Result<()> {
        let length = octets.len() as u64;
        let fits = match &mut self.open {
            Some(open) if open.left >= length => {
                open.left -= length;
                true
            }
            _ => false,
        };
        if !fits || memchr::memchr(0, &octets).is_some() {
            self.session.connection.abandon();
            let what = if fits {
                "it holds NUL octets"
            } else {
                "it is longer than announced"
            };
            return Err(Error::config(what).doing("append", ""));
        }
        self.send(octets);
        self.session.connection.write_down_to(QUEUE).await
    }

    /// Ends the command. If its last message is not complete, the connection becomes unusable.
    pub fn end(&mut self) {
        let Some(open) = self.open.take() else { return };
        if open.left > 0 && open.refused.is_none() {
            self.session.connection.abandon();
            return;
        }
        self.session.connection.end_pieces();
        match open.refused {
            Some(status) => self.answers.push_back((status, open.messages)),
            None => {
                self.session.connection.enqueue(Bytes::from_static(b"\r\n"));
                self.running.push_back((open.tag, open.messages));
            }
        }
    }

    /// Returns how many ended commands have an outcome that was not read yet.
    pub fn unanswered(&self) -> usize {
        self.running.len() + self.answers.len()
    }

    /// Returns the outcome of the oldest ended command, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the connection fails, when the server asks to wait, or when the mailbox does not exist.
    pub async fn answer(&mut self) -> Result<Option<AppendAnswer>> {
        while self.answers.is_empty() {
            let Some((tag, messages)) = self.running.front().copied() else {
                return Ok(None);
            };
            if let Event::End(status) = self.session.connection.next_event(tag).await? {
                self.running.pop_front();
                self.answers.push_back((status, messages));
            }
        }
        match self.answers.pop_front() {
            Some((status, messages)) => Ok(Some(AppendAnswer {
                messages,
                outcome: self.session.outcome(&self.name, status)?,
            })),
            None => Ok(None),
        }
    }

    /// Returns the outcome of the oldest command if the answer came before the connection broke. What the server stored before it
    /// disconnected is stored.
    pub fn received_answer(&mut self) -> Option<AppendAnswer> {
        if self.answers.is_empty() {
            let (tag, messages) = self.running.front().copied()?;
            let status = self.session.connection.received_end(tag)?;
            self.running.pop_front();
            self.answers.push_back((status, messages));
        }
        let (status, messages) = self.answers.pop_front()?;
        let outcome = self.session.outcome(&self.name, status).ok()?;
        Some(AppendAnswer { messages, outcome })
    }
}

impl Drop for Appender<'_> {
    fn drop(&mut self) {
        // Nothing of a command that lacks its end may be taken for one that has it.
        if self.open.is_some() {
            self.session.connection.abandon();
        }
    }
}
