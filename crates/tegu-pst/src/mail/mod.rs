//! Messages as RFC 5322 has them.

mod attached;
pub(crate) mod base64;
mod cms;
mod compose;
mod dkim;
mod expected;
mod field;
mod headers;
mod part;
mod report;
mod skeleton;
mod smime;
mod verify;

use crate::{
    Finding, Message, Result, Value, Verdict,
    item::categories,
    messaging::Named,
    tag::{self, set},
    verdict::Notes,
};
use base64::{Encoder, Plain, Sink};
use compose::Budget;
use part::{FileData, Skeleton};
use std::io::Write;

/// Attachments that have more octets together are read when they are written.
const IN_MEMORY: u64 = 2 << 20;

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
    skeleton: Skeleton,
    files: Vec<FileData<'p>>,
    verdict: Verdict,
    findings: Vec<Finding>,
    state: State,
    received: Option<i64>,
    sender: Option<String>,
    #[cfg_attr(not(feature = "export"), expect(dead_code, reason = "for exports"))]
    unread: u64,
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

    /// Whether the message is so large that its attachments are read only when it is written.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        self.files
            .iter()
            .any(|file| matches!(file, FileData::Attachment(_)))
    }

    /// Octets of attachments that are read when it is written.
    #[cfg(feature = "export")]
    pub(crate) fn unread(&self) -> u64 {
        self.unread
    }

    /// The octets of the message. Lines end in CRLF.
    ///
    /// # Errors
    ///
    /// As [`write_to`](Self::write_to).
    pub fn to_vec(&self) -> Result<Vec<u8>> {
        let mut octets = Vec::new();
        self.write_to(&mut octets)?;
        Ok(octets)
    }

    /// Writes the message. Lines end in CRLF.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io). If the message [is streamed](Self::is_streamed), also [`Malformed`](crate::ErrorKind::Malformed)
    /// where an attachment turns out to be damaged: what was written until then is of no use.
    pub fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        self.write(&mut Plain::new(out), &mut Encoder::default())
    }

    pub(crate) fn write(&self, out: &mut dyn Sink, encoder: &mut Encoder) -> Result<()> {
        let put = |out: &mut dyn Sink, from: usize, to: usize| {
            out.put(self.skeleton.octets.get(from..to).unwrap_or_default())
                .map_err(|error| crate::Error::io("write", "a message", error))
        };
        let mut at = 0;
        for (place, file) in self.skeleton.places.iter().zip(&self.files) {
            put(out, at, *place)?;
            file.write(out, encoder)?;
            at = *place;
        }
        put(out, at, self.skeleton.octets.len())
    }
}

impl<'p> Message<'p> {
    /// Converts the item into mail, reads the result again, and compares.
    ///
    /// # Errors
    ///
    /// [`Limit`](crate::ErrorKind::Limit) if the item is larger than the limits allow. What is damaged is a finding.
    pub fn mail(&self) -> Result<Mail<'p>> {
        self.converted(true)
    }

    /// As [`mail`](Self::mail), but no attachment is read before the message is written. Whether one is damaged shows only then.
    #[cfg(feature = "export")]
    pub(crate) fn mail_with_unread_files(&self) -> Result<Mail<'p>> {
        self.converted(false)
    }

    fn converted(&self, read_files: bool) -> Result<Mail<'p>> {
        let mut notes = Notes::default();
        let mut budget = Budget::new(self);
        let (mut composed, proved) = compose::compose(self, &mut notes, &mut budget, false)?;
        let sender = composed.expected.from.first().cloned();
        let state = state(self, &mut notes);
        let received = notes.value(self.time(tag::DELIVERY_TIME));
        let received = received.or_else(|| notes.value(self.time(tag::CLIENT_SUBMIT_TIME)));
        let mut skeleton = Skeleton::of(&composed);
        composed.write(&mut skeleton)?;
        if let Err(difference) = verify::verify(&skeleton.octets, &composed) {
            notes.lossy("PST-NOT-VERIFIED", difference);
        }
        let in_memory = read_files && budget.streamed <= IN_MEMORY;
        let mut files = Vec::with_capacity(skeleton.places.len());
        composed.root.files(&mut |data| {
            if in_memory && let Err(error) = data.load() {
                notes.lossy("PST-ATTACHMENT-UNREADABLE", error.to_string());
            }
            files.push(std::mem::replace(data, FileData::Memory(Vec::new())));
        });
        let verdict = match (notes.is_lossy(), proved) {
            (true, _) => Verdict::Manual,
            (false, true) => Verdict::Exact,
            (false, false) => Verdict::Faithful,
        };
        Ok(Mail {
            skeleton,
            files,
            verdict,
            findings: notes.into_findings(),
            state,
            received,
            sender,
            unread: if in_memory { 0 } else { budget.streamed },
        })
    }
}

/// What mail cannot say of a flag: when it reminds, and its text.
fn reminders(message: &Message<'_>, notes: &mut Notes) {
    let mut value =
        |number, kinds: &[u16]| match notes.value(message.named(set::COMMON, number, kinds).map(Some)) {
            Some(Named::Value(value)) => Some(value),
            _ => None,
        };
    let reminds = value(0x8503, &[0x0b]) == Some(Value::Boolean(true));
    let text = value(0x8530, &[0x1f, 0x1e]).and_then(|value| message.decode(&value));
    if reminds {
        notes.info("PST-REMINDER", "the reminder of the message is not carried over");
    }
    if let Some(text) = text.filter(|text| !text.text.is_empty()) {
        notes.info(
            "PST-FLAG-TEXT",
            format!("the text of the flag is not carried over: {:?}", text.text),
        );
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
    reminders(message, notes);
    State {
        seen: flags & 1 != 0,
        answered: matches!(verb, 102 | 103),
        forwarded: verb == 104,
        flagged: flag == 2,
        draft: flags & 8 != 0,
        categories: categories(message, notes),
    }
}
