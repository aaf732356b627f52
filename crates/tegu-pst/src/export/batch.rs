//! Messages as an mbox file and its index have them, before they are written.

use super::{
    Counts, ExportOptions,
    buffered::{Octets, Room},
    mbox::Quoting,
    prepared::Prepared,
};
use crate::{Error, Finding, Mail, Message, Result, Severity, Verdict, mail::base64::Encoder, time};
use serde::Serialize;
use std::{borrow::Cow, io::Write};

/// Octets of attachments of a message that is held in memory. Larger ones are read when they are written.
const HELD: u64 = 1 << 20;
/// Octets of messages that are written together: few enough for a cache of the processor.
const FULL: u64 = 1 << 18;

/// What became of a message that was to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Written {
    Whole,
    /// An attachment turned out to be damaged.
    Nothing,
}

/// A line of the index of an mbox file.
#[derive(Serialize)]
struct Line<'a> {
    answered: bool,
    categories: &'a [String],
    draft: bool,
    findings: Vec<Noticed<'a>>,
    flagged: bool,
    forwarded: bool,
    nid: u32,
    received: Option<i64>,
    seen: bool,
    verdict: Verdict,
}

/// A finding, with its keys in the order of the alphabet, as all others.
#[derive(Serialize)]
struct Noticed<'a> {
    code: &'a str,
    message: &'a str,
    severity: Severity,
}

impl<'a> Noticed<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: &finding.code,
            message: &finding.message,
            severity: finding.severity,
        }
    }
}

/// A message that is to be written, with what is said of it.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a, 'p> {
    pub(crate) nid: u32,
    pub(crate) mail: &'a Mail<'p>,
    pub(crate) verdict: Verdict,
    pub(crate) findings: &'a [Finding],
}

impl<'a, 'p> Told<'a, 'p> {
    /// What the message itself says.
    pub(crate) fn of(message: &Message<'_>, mail: &'a Mail<'p>) -> Self {
        Self {
            nid: message.nid(),
            mail,
            verdict: mail.verdict(),
            findings: mail.findings(),
        }
    }

    /// Writes the message, or nothing of it, and its line of the index.
    pub(crate) fn write(
        &self,
        messages: &mut impl Room,
        index: &mut impl Write,
        encoder: &mut Encoder,
    ) -> Result<Written> {
        let mail = self.mail;
        let sender = mail
            .sender()
            .filter(|sender| !sender.contains(char::is_whitespace))
            .unwrap_or("MAILER-DAEMON");
        let date = time::separator(mail.received().unwrap_or_default());
        let fail = |error| Error::io("write", "an mbox file", error);
        let start = messages.position();
        writeln!(messages, "From {sender} {}", date.unwrap_or_default()).map_err(fail)?;
        let mut quoting = Quoting::new(messages);
        if let Err(error) = mail.write(&mut quoting, encoder) {
            if quoting.has_failed() {
                return Err(error);
            }
            messages.back_to(start).map_err(fail)?;
            return Ok(Written::Nothing);
        }
        quoting.finish().map_err(fail)?;
        let state = mail.state();
        let line = Line {
            answered: state.answered,
            categories: &state.categories,
            draft: state.draft,
            findings: self.findings.iter().map(Noticed::of).collect(),
            flagged: state.flagged,
            forwarded: state.forwarded,
            nid: self.nid,
            received: mail.received(),
            seen: state.seen,
            verdict: self.verdict,
        };
        let fail = |error| Error::io("write", "an index", error);
        serde_json::to_writer(&mut *index, &line).map_err(|error| fail(error.into()))?;
        index.write_all(b"\n").map_err(fail)?;
        Ok(Written::Whole)
    }
}

/// How items ended.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) counts: Counts,
    /// Findings by code, with how many items have them.
    pub(super) findings: Vec<(Cow<'static, str>, u64)>,
}

impl Tally {
    /// Counts the findings of one item.
    pub(super) fn findings(&mut self, findings: &[Finding]) {
        for (index, finding) in findings.iter().enumerate() {
            let earlier = findings.get(..index).unwrap_or_default();
            if earlier.iter().any(|earlier| earlier.code == finding.code) {
                continue;
            }
            match self.findings.iter_mut().find(|(code, _)| *code == finding.code) {
                Some((_, count)) => *count += 1,
                None => self.findings.push((finding.code.clone(), 1)),
            }
        }
    }

    /// Counts an item with its verdict.
    pub(super) fn ended(&mut self, verdict: Verdict, findings: &[Finding], options: &ExportOptions) {
        self.findings(findings);
        let counter = match verdict {
            Verdict::Exact => &mut self.counts.exact,
            Verdict::Faithful => &mut self.counts.faithful,
            Verdict::Manual if is_accepted(findings, options) => &mut self.counts.accepted,
            Verdict::Manual => &mut self.counts.manual,
        };
        *counter += 1;
    }
}

/// Whether all losses are accepted. Nothing is accepted of an item that has none.
pub(super) fn is_accepted(findings: &[Finding], options: &ExportOptions) -> bool {
    let mut lossy = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Lossy)
        .peekable();
    lossy.peek().is_some() && lossy.all(|finding| options.accept.contains(finding.code.as_ref()))
}

/// Items one after the other: messages that are ready to be written, and perhaps an item that is not.
#[derive(Default)]
pub(super) struct Batch<'p> {
    pub(super) messages: Octets,
    pub(super) index: Octets,
    pub(super) tally: Tally,
    /// Comes after the messages.
    pub(super) last: Option<Prepared<'p>>,
    /// Whether this is all of the items that were asked for.
    pub(super) ends: bool,
}

impl<'p> Batch<'p> {
    /// Adds an item. Nothing can be added after one that is not ready to be written.
    pub(super) fn add(
        &mut self,
        item: Prepared<'p>,
        options: &ExportOptions,
        encoder: &mut Encoder,
    ) -> Result<()> {
        if let Prepared::Mail {
            message,
            mail: Ok(mail),
        } = &item
            && mail.unread() <= HELD
            && (mail.verdict() != Verdict::Manual || is_accepted(mail.findings(), options))
        {
            let told = Told::of(message, mail);
            if told.write(&mut self.messages, &mut self.index, encoder)? == Written::Whole {
                self.tally.ended(mail.verdict(), mail.findings(), options);
                return Ok(());
            }
        }
        self.last = Some(item);
        Ok(())
    }

    /// Makes it an empty one, which keeps its memory.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.index.clear();
        self.tally = Tally::default();
        self.last = None;
        self.ends = false;
    }

    /// Whether it should be written before more is added.
    pub(super) fn is_full(&self) -> bool {
        self.last.is_some() || self.messages.position() > FULL
    }
}
