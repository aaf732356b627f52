//! Messages on their way to the target, and the answers to them.

use std::collections::VecDeque;

use bytes::Bytes;

use super::context::{FolderContext, Sent};
use crate::finding::Finding;
use crate::ledger::{Origin, StoredMessage};
use crate::prove::Digester;
use crate::quirks::Server;
use crate::session::{AppendAnswer, AppendOutcome, Appender, Session};
use crate::wire::{Flags, InternalDate, ResponseCode, Uid, UidSet};
use crate::{Error, ErrorKind, Result};

/// A command is ended at so many messages or octets.
const MESSAGES: usize = 100;
const OCTETS: u64 = 4 << 20;
/// How many commands may be without an answer, of many messages each or of one.
const COMMANDS_OF_MANY: usize = 3;
const COMMANDS_OF_ONE: usize = 64;

/// How messages travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// Many to a command where the target takes that.
    Batches,
    /// Each in a command of its own, many on their way.
    OneByOne,
    /// One message, and nothing else.
    Alone,
}

pub(super) struct Uploader<'t> {
    appender: Appender<'t>,
    mode: Mode,
    /// The messages of the command that is open.
    open: Vec<Sent>,
    octets: u64,
    /// Those of commands that are not answered.
    sent: VecDeque<Vec<Sent>>,
    /// The message that is being sent.
    current: Option<Current>,
    /// Messages that were refused together with others.
    pub(super) again: UidSet,
    /// Whether the next command holds one message and is waited for: its UID tells whether others store messages too.
    first: bool,
    /// The first message for which the target has no room. What comes after it must not go before it.
    full: Option<Uid>,
    /// The first UID that should have been a message's and was not.
    gap: Option<Uid>,
    /// Refusals of this session, and how many of them the server bears.
    refusals: usize,
    budget: usize,
}

struct Current {
    uid: Uid,
    flags: Flags,
    digester: Digester,
}

impl<'t> Uploader<'t> {
    pub(super) async fn new(folder: &FolderContext<'_>, target: &'t mut Session, mode: Mode) -> Result<Self> {
        /// Exchange hangs up after ten errors.
        const BUDGET_OF_EXCHANGE: usize = 9;
        let exchange = target.quirks().server == Server::Exchange;
        let budget = if exchange { BUDGET_OF_EXCHANGE } else { usize::MAX };
        let appender = target.appender(&folder.job.target).await?;
        Ok(Self {
            appender: if mode == Mode::Batches {
                appender
            } else {
                appender.one_by_one()
            },
            mode,
            open: Vec::new(),
            octets: 0,
            sent: VecDeque::new(),
            current: None,
            again: UidSet::new(),
            first: true,
            full: None,
            gap: None,
            refusals: 0,
            budget,
        })
    }

    /// The first message for which the target has no room.
    pub(super) fn full(&self) -> Option<Uid> {
        self.full
    }

    /// The first UID that somebody else may have taken.
    pub(super) fn gap(&self) -> Option<Uid> {
        self.gap
    }

    pub(super) async fn begin(
        &mut self,
        folder: &mut FolderContext<'_>,
        uid: Uid,
        flags: Flags,
        date: Option<InternalDate>,
        octets: u64,
    ) -> Result<()> {
        let gate = &folder.transfer.options.gate;
        folder.attempts.halt_on(gate.ready().await)?;
        folder.attempts.halt_on(gate.charge(1, 0).await)?;
        self.appender.begin(&flags, date, octets).await?;
        self.current = Some(Current {
            uid,
            flags,
            digester: Digester::new(),
        });
        Ok(())
    }

    pub(super) async fn write(&mut self, folder: &mut FolderContext<'_>, octets: Bytes) -> Result<()> {
        let charged = folder.transfer.options.gate.charge(0, octets.len() as u64).await;
        folder.attempts.halt_on(charged)?;
        if let Some(current) = &mut self.current {
            current.digester.update(&octets);
        }
        self.appender.write(octets).await
    }

    /// The message is complete. Ends the command where it holds enough.
    pub(super) async fn end(&mut self, folder: &mut FolderContext<'_>) -> Result<()> {
        let Some(current) = self.current.take() else {
            return Ok(());
        };
        let octets = current.digester.octets();
        self.octets += octets;
        self.open.push(Sent {
            uid: current.uid,
            flags: current.flags,
            octets,
            digest: current.digester.finish(),
        });
        let many = self.appender.takes_many();
        let first = std::mem::take(&mut self.first);
        if first || !many || self.open.len() >= MESSAGES || self.octets >= OCTETS {
            self.end_command(folder).await?;
        }
        let unanswered = match self.mode {
            Mode::Alone => 0,
            _ if first => 0,
            _ if many => COMMANDS_OF_MANY,
            // Each of those on their way may be refused.
            _ => COMMANDS_OF_ONE.min(self.budget.saturating_sub(self.refusals + 1)),
        };
        self.take_answers(folder, unanswered).await
    }

    /// Completes the command. The server stores nothing of it before that, so this is when the ledger must know.
    async fn end_command(&mut self, folder: &mut FolderContext<'_>) -> Result<()> {
        if !self.open.is_empty() {
            folder.intend(&self.open).await?;
            self.appender.end();
            self.sent.push_back(std::mem::take(&mut self.open));
            self.octets = 0;
        }
        Ok(())
    }

    /// Ends the last command and takes all answers.
    pub(super) async fn finish(&mut self, folder: &mut FolderContext<'_>) -> Result<()> {
        self.end_command(folder).await?;
        self.take_answers(folder, 0).await
    }

    async fn take_answers(&mut self, folder: &mut FolderContext<'_>, unanswered: usize) -> Result<()> {
        while self.appender.unanswered() > unanswered {
            let Some(answer) = self.appender.answer().await? else {
                break;
            };
            self.answered(folder, answer).await?;
        }
        if self.refusals >= self.budget {
            // It would hang up after one refusal more, and with answers on their way.
            let left = self.appender.unanswered();
            if left == 0 {
                let error = Error::new(ErrorKind::Connect, "refused too often in one session");
                return Err(error.doing("append to", &folder.job.target));
            }
            Box::pin(self.take_answers(folder, left - 1)).await?;
        }
        Ok(())
    }

    /// Takes what was answered before the connection broke.
    pub(super) async fn salvage(&mut self, folder: &mut FolderContext<'_>) -> Result<()> {
        while let Some(answer) = self.appender.received_answer() {
            self.answered(folder, answer).await?;
        }
        Ok(())
    }

    async fn answered(&mut self, folder: &mut FolderContext<'_>, answer: AppendAnswer) -> Result<()> {
        let sent = self.sent.pop_front().unwrap_or_default();
        match answer.outcome {
            AppendOutcome::Stored { uids } => {
                let first = uids.as_ref().and_then(|(_, uids)| uids.first().copied());
                if first.is_some_and(|first| first > folder.mark) && folder.watches_gaps() {
                    self.gap = self.gap.or(Some(folder.mark));
                }
                stored(folder, sent, uids).await
            }
            AppendOutcome::Refused {
                code,
                text,
                transient,
            } => {
                self.refusals += 1;
                self.refused(folder, sent, code, text, transient).await
            }
        }
    }

    async fn refused(
        &mut self,
        folder: &mut FolderContext<'_>,
        sent: Vec<Sent>,
        code: Option<ResponseCode>,
        text: String,
        transient: bool,
    ) -> Result<()> {
        folder
            .refused(sent.iter().map(|message| message.uid).collect())
            .await?;
        if code == Some(ResponseCode::OverQuota) {
            let first = sent.iter().map(|message| message.uid).min();
            self.full = self.full.into_iter().chain(first).min();
        }
        let [message] = &sent[..] else {
            // One of them is to blame; which, the answer does not say.
            self.again.extend(sent.iter().map(|message| message.uid));
            return Ok(());
        };
        let uid = message.uid;
        if transient && self.mode == Mode::Batches {
            self.again.insert(uid);
            return Ok(());
        }
        let finding = match code {
            Some(ResponseCode::TooBig) => Finding::TargetTooBig { uid, text },
            Some(ResponseCode::OverQuota) => Finding::OverQuota { uid },
            _ => Finding::TargetRefused { uid, text },
        };
        folder.leave(uid, &finding, message.octets).await
    }
}

async fn stored(
    folder: &mut FolderContext<'_>,
    sent: Vec<Sent>,
    uids: Option<(crate::UidValidity, Vec<Uid>)>,
) -> Result<()> {
    let expected = folder.record.pair().map(|pair| pair.target);
    match uids {
        Some((validity, _)) if Some(validity) != expected => {
            Err(Error::new(ErrorKind::Connect, "its UIDVALIDITY has changed")
                .doing("append to", &folder.job.target))
        }
        Some((_, uids)) if uids.len() == sent.len() => {
            let stored = sent.into_iter().zip(uids).map(|(sent, target)| {
                let digest = Some(sent.digest);
                let message = StoredMessage::new(Origin::Copied, target, digest, sent.octets, sent.flags);
                (sent.uid, message, None)
            });
            folder.store(stored.collect()).await
        }
        // Their sendings stay open until they are found.
        _ => {
            folder.unplaced.extend(sent.iter().map(|sent| sent.uid));
            Ok(())
        }
    }
}
