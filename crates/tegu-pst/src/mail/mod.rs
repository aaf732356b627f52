//! Messages as RFC 5322 has them.

mod address;
mod attached;
mod body;
mod compose;
mod dkim;
mod expected;
mod field;
mod headers;
mod part;
mod smime;
mod verify;

pub(crate) use address::{Person, recipient as person, resolve, senders};
pub(crate) use body::Bodies;
pub(crate) use headers::categories;

use crate::{Finding, Message, Result, Verdict, tag, verdict::Notes};
use compose::Budget;
use part::{Composed, Files};
use std::io::Write;

/// Messages whose attachments have more octets are written piece by piece.
const IN_MEMORY: u64 = 4 << 20;

/// The state of a message, as IMAP has it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// `\Seen`.
    pub seen: bool,
    /// `\Answered`.
    pub answered: bool,
    /// `$Forwarded`.
    pub forwarded: bool,
    /// `\Flagged`.
    pub flagged: bool,
    /// `\Draft`.
    pub draft: bool,
    /// Categories, of which not all can be keywords of IMAP.
    pub categories: Vec<String>,
}

/// A message as mail.
#[derive(Debug)]
pub struct Mail<'p> {
    content: Content<'p>,
    verdict: Verdict,
    findings: Vec<Finding>,
    state: State,
    received: Option<i64>,
    sender: Option<String>,
}

#[derive(Debug)]
enum Content<'p> {
    Memory(Vec<u8>),
    Streamed(Box<Composed<'p>>),
}

impl Mail<'_> {
    /// What can be said of the result.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What was noticed, with stable codes.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Flags and categories.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When the message arrived or was sent, in seconds since 1970.
    #[must_use]
    pub fn received(&self) -> Option<i64> {
        self.received
    }

    /// The address of the sender, as the separator of mbox files has it.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// The octets, unless the message is so large that it is written piece by piece.
    #[must_use]
    pub fn octets(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Memory(octets) => Some(octets),
            Content::Streamed(_) => None,
        }
    }

    /// Writes the message. Lines end in CRLF.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if an attachment turns out to be damaged: what was written until then is of no use.
    /// [`Io`](crate::ErrorKind::Io).
    pub fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        match &self.content {
            Content::Memory(octets) => out
                .write_all(octets)
                .map_err(|error| crate::Error::io("write", "a message", error)),
            Content::Streamed(composed) => composed.write(out, Files::All),
        }
    }
}

impl<'p> Message<'p> {
    /// Converts the item into mail, reads the result again, and compares.
    ///
    /// # Errors
    ///
    /// [`Limit`](crate::ErrorKind::Limit) if the item is larger than the limits allow. What is damaged is a finding.
    pub fn mail(&self) -> Result<Mail<'p>> {
        let mut notes = Notes::default();
        let mut budget = Budget::new(self);
        let (composed, proved) = compose::compose(self, &mut notes, &mut budget, false)?;
        let sender = composed.expected.from.first().cloned();
        let state = state(self, &mut notes);
        let received = notes.value(self.time(tag::DELIVERY_TIME));
        let received = received.or_else(|| notes.value(self.time(tag::CLIENT_SUBMIT_TIME)));
        let in_memory = budget.streamed <= IN_MEMORY;
        let mut octets = Vec::new();
        let files = if in_memory { Files::All } else { Files::Empty };
        match composed.write(&mut octets, files) {
            Ok(()) => {
                if let Err(difference) = verify::verify(&octets, &composed, in_memory) {
                    notes.lossy("PST-NOT-VERIFIED", difference);
                }
            }
            Err(error) => notes.lossy("PST-ATTACHMENT-UNREADABLE", error.to_string()),
        }
        let content = if in_memory {
            Content::Memory(octets)
        } else {
            Content::Streamed(Box::new(composed))
        };
        let verdict = match (notes.is_lossy(), proved) {
            (true, _) => Verdict::Manual,
            (false, true) => Verdict::Exact,
            (false, false) => Verdict::Faithful,
        };
        Ok(Mail {
            content,
            verdict,
            findings: notes.into_findings(),
            state,
            received,
            sender,
        })
    }
}

fn state(message: &Message<'_>, notes: &mut Notes) -> State {
    let flags = notes
        .value(message.integer(tag::MESSAGE_FLAGS))
        .unwrap_or_default();
    let verb = notes.value(message.integer(tag::LAST_VERB)).unwrap_or_default();
    let flag = notes.value(message.integer(tag::FLAG_STATUS)).unwrap_or_default();
    if flag == 1 {
        notes.info(
            "PST-FLAG-COMPLETE",
            "the flag of the message is marked as done, which IMAP cannot say",
        );
    }
    State {
        seen: flags & 1 != 0,
        answered: matches!(verb, 102 | 103),
        forwarded: verb == 104,
        flagged: flag == 2,
        draft: flags & 8 != 0,
        categories: categories(message, notes),
    }
}

/// The subject of an item of any kind.
pub(crate) fn subject(message: &Message<'_>, notes: &mut Notes) -> String {
    headers::subject(&notes.text(message, tag::SUBJECT))
}
