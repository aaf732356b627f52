//! Storing messages: one answer for each, many on their way.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Session;
use super::connection::{Event, Tag};
use crate::mailbox::MailboxName;
use crate::quirks::{Refusal, refusal};
use crate::wire::{Command, Condition, Flags, InternalDate, ResponseCode, Status};
use crate::{ErrorKind, Result, Uid, UidValidity};

/// Octets that may be on their way to the server without an answer.
const WINDOW_OCTETS: usize = 8 << 20;
/// Messages that may be.
const WINDOW_MESSAGES: usize = 64;

/// A message to store.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AppendMessage {
    /// Its flags and keywords.
    pub flags: Flags,
    /// When it arrived; without one the server takes the present.
    pub internal_date: Option<InternalDate>,
    /// Its octets, sent as they are.
    pub body: Bytes,
}

impl AppendMessage {
    /// A message of its flags, arrival and octets.
    pub fn new(flags: Flags, internal_date: Option<InternalDate>, body: Bytes) -> Self {
        Self {
            flags,
            internal_date,
            body,
        }
    }
}

/// What became of one message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AppendOutcome {
    /// It was stored; with UIDPLUS the server tells where.
    Stored {
        /// The generation and the UID it got.
        uid: Option<(UidValidity, Uid)>,
    },
    /// It was not stored.
    Refused {
        /// The server's code.
        code: Option<ResponseCode>,
        /// The server's words, or ours where the message cannot be sent at all.
        text: String,
        /// Whether the server may take it later.
        transient: bool,
    },
}

impl Session {
    /// Stores messages in a mailbox and tells what became of each, in the same order.
    ///
    /// Messages that IMAP cannot carry (NUL octets, keywords that are no atom) and those above the server's APPENDLIMIT
    /// are refused without being sent.
    ///
    /// # Errors
    ///
    /// When the connection fails, when the server asks to wait, or when the mailbox does not exist. How many of the
    /// messages were stored is not known then: look before storing them again.
    pub async fn append(
        &mut self,
        name: &MailboxName,
        messages: &[AppendMessage],
    ) -> Result<Vec<AppendOutcome>> {
        self.connection.settle().await?;
        let mut outcomes = Vec::with_capacity(messages.len());
        let mut running: VecDeque<Running> = VecDeque::new();
        let largest = self.capabilities.append_limit().unwrap_or(u64::MAX);
        let too_big = format!("the server takes no message of more than {largest} octets");
        for message in messages {
            let command = match append_command(name, message) {
                _ if message.body.len() as u64 > largest => {
                    running.push_back(Running::Unsent(Some(ResponseCode::TooBig), too_big.clone()));
                    continue;
                }
                Ok(command) => command,
                Err(error) if error.kind() == ErrorKind::Invalid => {
                    // Its place among the others is kept.
                    running.push_back(Running::Unsent(None, error.to_string()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !self
                .connection
                .literals
                .skips_wait(message.body.len().max(name.raw().len()))
            {
                self.finish(name, &mut running, &mut outcomes, 0, 0).await?;
                let status = self.connection.run(command, |_| Ok(())).await?;
                outcomes.push(self.outcome(name, status)?);
                continue;
            }
            let room = WINDOW_OCTETS.saturating_sub(message.body.len());
            self.finish(name, &mut running, &mut outcomes, room, WINDOW_MESSAGES - 1)
                .await?;
            let tag = self.connection.enqueue_command(command, self.connection.literals);
            running.push_back(Running::Sent(tag, message.body.len()));
        }
        self.finish(name, &mut running, &mut outcomes, 0, 0).await?;
        Ok(outcomes)
    }

    /// Takes answers until no more than so many octets and messages are on their way.
    async fn finish(
        &mut self,
        name: &MailboxName,
        running: &mut VecDeque<Running>,
        outcomes: &mut Vec<AppendOutcome>,
        octets: usize,
        messages: usize,
    ) -> Result<()> {
        let mut under_way: usize = running.iter().map(Running::octets).sum();
        while under_way > octets || running.len() > messages {
            match running.pop_front() {
                None => break,
                Some(Running::Unsent(code, text)) => {
                    outcomes.push(AppendOutcome::Refused {
                        code,
                        text,
                        transient: false,
                    });
                }
                Some(Running::Sent(tag, length)) => {
                    let status = loop {
                        if let Event::End(status) = self.connection.next_event(tag).await? {
                            break status;
                        }
                    };
                    outcomes.push(self.outcome(name, status)?);
                    under_way -= length;
                }
            }
        }
        Ok(())
    }

    fn outcome(&self, name: &MailboxName, status: Status) -> Result<AppendOutcome> {
        if status.condition == Condition::Ok {
            let uid = match status.code {
                Some(ResponseCode::AppendUid(validity, uids)) => uids.first().map(|uid| (validity, *uid)),
                _ => None,
            };
            return Ok(AppendOutcome::Stored { uid });
        }
        match refusal(&status) {
            refused @ (Refusal::Permanent | Refusal::Transient) => Ok(AppendOutcome::Refused {
                code: status.code,
                text: status.text,
                transient: refused == Refusal::Transient,
            }),
            // These concern more than this one message.
            _ => Err(self
                .connection
                .refused(&format!("store a message in {name}"), &status)),
        }
    }
}

enum Running {
    Sent(Tag, usize),
    Unsent(Option<ResponseCode>, String),
}

impl Running {
    fn octets(&self) -> usize {
        match self {
            Self::Sent(_, octets) => *octets,
            Self::Unsent(..) => 0,
        }
    }
}

fn append_command(name: &MailboxName, message: &AppendMessage) -> Result<Command> {
    let mut command = Command::new("APPEND").string(name.raw())?;
    if !message.flags.is_empty() {
        command = command.flags(&message.flags)?;
    }
    if let Some(date) = message.internal_date {
        command = command.date(date);
    }
    command.message(message.body.clone())
}
