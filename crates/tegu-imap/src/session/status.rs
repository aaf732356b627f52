//! Counts mailboxes without opening them (`STATUS`, RFC 3501, section 6.3.10).

use std::collections::VecDeque;

use super::Session;
use super::connection::{Event, Tag};
use crate::mailbox::MailboxName;
use crate::quirks::Server;
use crate::wire::{Command, Response, Status, StatusItems};
use crate::{ErrorKind, Result, Uid, UidValidity};

/// The most STATUS commands without an answer.
const WINDOW: usize = 64;

/// The answer to `STATUS`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MailboxStatus {
    /// How many messages it holds.
    pub messages: u32,
    /// The UID that the next message will get, or a larger one.
    pub uid_next: Option<Uid>,
    /// Its UIDVALIDITY.
    pub uid_validity: Option<UidValidity>,
    /// The highest modification sequence in it (RFC 7162), where the server offers CONDSTORE. It grows with every
    /// change, also of a flag.
    pub highest_mod_seq: Option<u64>,
    /// The octets of its messages (RFC 8438), where the server offers STATUS=SIZE.
    pub size: Option<u64>,
}

impl MailboxStatus {
    /// `None` where the count of messages is missing, without which the rest is worth nothing.
    pub(super) fn of(items: StatusItems) -> Option<Self> {
        Some(Self {
            messages: items.messages?,
            uid_next: items.uid_next.and_then(Uid::new),
            uid_validity: items.uid_validity,
            highest_mod_seq: items.highest_mod_seq,
            size: items.size,
        })
    }
}

impl Session {
    /// Counts a mailbox without opening it. Do not use it for the open mailbox: servers may return old numbers.
    ///
    /// # Errors
    ///
    /// Kind [`NotFound`](ErrorKind::NotFound) or [`Refused`](ErrorKind::Refused) if it does not exist: not all
    /// servers distinguish the two.
    pub async fn status(&mut self, name: &MailboxName) -> Result<MailboxStatus> {
        let mut status_items = None;
        let each = |response| {
            // Only one mailbox was asked for, and servers differ in how they write its name back.
            if let Response::Status(_, items) = response {
                status_items = Some(items);
            }
            Ok(())
        };
        let command = self.status_command(name)?;
        let status = self.connection.run(command, each).await?;
        self.counted(name, status_items, status)
    }

    /// Counts many mailboxes, and returns an answer for each in the same order. The commands are pipelined, so that this
    /// takes few round trips, however many mailboxes there are.
    ///
    /// # Errors
    ///
    /// If the server refuses to count a mailbox, only that answer is an error, as for [`status`](Self::status). The whole call fails if the
    /// connection fails, if the server asks to wait, and if it refuses too often: Exchange disconnects after ten errors ([`Limits::refusals`](crate::wire::Limits::refusals)).
    pub async fn status_all(&mut self, names: &[MailboxName]) -> Result<Vec<Result<MailboxStatus>>> {
        self.connection.settle().await?;
        let mut answers = Answers {
            counted: Vec::with_capacity(names.len()),
            running: VecDeque::new(),
            refused: 0,
        };
        for name in names {
            let command = match self.status_command(name) {
                Ok(command) => command,
                Err(error) => {
                    self.take_counts(names, &mut answers, 0).await?;
                    answers.counted.push(Err(error));
                    continue;
                }
            };
            if command.waits(self.connection.literals) {
                self.take_counts(names, &mut answers, 0).await?;
                let counted = self.status(name).await;
                self.take_count(&mut answers, counted)?;
                continue;
            }
            let window = self.window(&answers);
            self.take_counts(names, &mut answers, window - 1).await?;
            let tag = self.connection.enqueue_command(command, self.connection.literals);
            answers.running.push_back((tag, None));
        }
        self.take_counts(names, &mut answers, 0).await?;
        Ok(answers.counted)
    }

    /// How many commands may be on their way. Each may be refused, and Exchange counts the refusals.
    fn window(&self, answers: &Answers) -> usize {
        match self.quirks.server {
            Server::Exchange => self.limits.refusals.saturating_sub(answers.refused).max(1),
            _ => WINDOW,
        }
    }

    /// Takes answers until no more than so many are awaited.
    async fn take_counts(
        &mut self,
        names: &[MailboxName],
        answers: &mut Answers,
        awaited: usize,
    ) -> Result<()> {
        while answers.running.len() > awaited {
            let Some(&(tag, _)) = answers.running.front() else {
                break;
            };
            // The answers that came are as many as the names that are through.
            let done = answers.counted.len();
            match self.connection.next_event(tag).await? {
                Event::Other(Response::Status(raw, items)) => {
                    let named = self.name_from_wire(&raw);
                    let asked = || names.iter().skip(done).take(answers.running.len());
                    let at = asked().position(|name| name.is_same(&named));
                    // A server may write a name in another encoding, or in a way of its own: then the name is that of the
                    // command it works on.
                    let at = at.or_else(|| asked().position(|name| name.as_str() == named.as_str()));
                    if let Some((_, awaited)) = answers.running.get_mut(at.unwrap_or(0)) {
                        *awaited = Some(items);
                    }
                }
                Event::Other(_) | Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => {
                    let items = answers.running.pop_front().and_then(|(_, items)| items);
                    let Some(name) = names.get(done) else { break };
                    let counted = self.counted(name, items, status);
                    self.take_count(answers, counted)?;
                }
            }
        }
        Ok(())
    }

    /// Keeps an answer, unless it concerns more than its own mailbox.
    fn take_count(&self, answers: &mut Answers, counted: Result<MailboxStatus>) -> Result<()> {
        if let Err(error) = counted {
            answers.refused += 1;
            let own = matches!(
                error.kind(),
                ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::Protocol
            );
            let spent = self.quirks.server == Server::Exchange && answers.refused >= self.limits.refusals;
            if !own || spent {
                return Err(error);
            }
            answers.counted.push(Err(error));
        } else {
            answers.counted.push(counted);
        }
        Ok(())
    }

    fn status_command(&self, name: &MailboxName) -> Result<Command> {
        Ok(Command::new("STATUS")
            .string(name.wire(self.utf8_names()))?
            .word(self.status_items()))
    }

    /// What to ask for: all that the server offers and a migration can use.
    pub(super) fn status_items(&self) -> &'static str {
        match (
            self.capabilities.has("CONDSTORE"),
            self.capabilities.has("STATUS=SIZE"),
        ) {
            (false, false) => "(MESSAGES UIDNEXT UIDVALIDITY)",
            (true, false) => "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)",
            (false, true) => "(MESSAGES UIDNEXT UIDVALIDITY SIZE)",
            (true, true) => "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ SIZE)",
        }
    }

    fn counted(
        &self,
        name: &MailboxName,
        items: Option<StatusItems>,
        status: Status,
    ) -> Result<MailboxStatus> {
        let doing = ("count mailbox", name.as_str());
        self.expect_ok(doing, status)?;
        items.and_then(MailboxStatus::of).ok_or_else(|| {
            let error = self
                .connection
                .error(ErrorKind::Protocol, "the server says OK, but sends no counts");
            error.doing(doing.0, doing.1)
        })
    }
}

struct Answers {
    counted: Vec<Result<MailboxStatus>>,
    /// Commands on their way, oldest first, and what came for them.
    running: VecDeque<(Tag, Option<StatusItems>)>,
    refused: usize,
}
