//! A message in an mbox file.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use super::options::Options;
use super::scan::{End, Notes, Scan};
use crate::header;
use crate::quote::{Unquoted, join};
use crate::variant::Variant;
use crate::{Envelope, Finding};

/// A message in a file, borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The `From_` line and all up to the next one.
    bytes: &'a [u8],
    meta: Meta,
}

/// A message that owns its bytes.
#[derive(Clone, Debug)]
pub struct OwnedMessage {
    bytes: Vec<u8>,
    meta: Meta,
}

/// Describes a message that [`Stream::next_into`](super::Stream::next_into) wrote.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// See [`Message::offset`].
    pub offset: u64,
    /// See [`Message::end`].
    pub end: u64,
    /// See [`Message::from_line`].
    pub from_line: Vec<u8>,
    /// See [`Message::envelope`].
    pub envelope: Envelope,
    /// Length of the unquoted message in bytes.
    pub content_length: u64,
    /// See [`Message::findings`].
    pub findings: Vec<Finding>,
}

impl Summary {
    pub(super) fn of(message: &Message<'_>, content_length: u64) -> Self {
        Self {
            offset: message.offset(),
            end: message.end(),
            from_line: message.from_line().to_vec(),
            envelope: message.envelope(),
            content_length,
            findings: message.findings(),
        }
    }
}

/// What the reader knows about a message besides its bytes; lengths count from the `From_` line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Meta {
    offset: u64,
    head: usize,
    content_end: usize,
    variant: Option<Variant>,
    strict: bool,
    stated: bool,
    notes: Notes,
    /// Bytes skipped before the first message; `None` for all others.
    first: Option<u64>,
}

impl Meta {
    pub(super) fn new(
        offset: u64,
        first: Option<u64>,
        scan: &Scan,
        end: &End,
        bytes: &[u8],
        options: &Options,
    ) -> Self {
        let raw = bytes.get(scan.head..).unwrap_or_default();
        let length = raw.len() - blank_line(raw);
        Self {
            offset,
            head: scan.head,
            content_end: end.stated.unwrap_or(scan.head + length),
            variant: options.variant,
            strict: options.strict,
            stated: end.stated.is_some(),
            notes: scan.notes,
            first,
        }
    }

    /// What was noted while the message was passed on in pieces.
    pub(super) fn take_notes(&mut self, scan: &Scan, quoted: Option<u64>) {
        self.notes = Notes { quoted, ..scan.notes };
    }

    pub(super) fn undoes_quotes(&self) -> bool {
        match self.variant {
            Some(variant) => variant == Variant::Mboxrd,
            None => !self.stated,
        }
    }

    pub(super) fn findings(&self, internal: bool, ending: &Ending) -> Vec<Finding> {
        let notes = &self.notes;
        let at = |position: u64| self.offset + position;
        let mut found = Vec::new();
        if let Some(length) = self.first.filter(|&length| length > 0) {
            found.push(Finding::Preamble { length });
        }
        if internal {
            found.push(Finding::InternalData);
        }
        if let Some(position) = notes.ambiguous {
            found.push(Finding::AmbiguousSeparator { offset: at(position) });
        }
        let bare_is_normal = self.stated || self.variant == Some(Variant::Mboxcl2);
        if let Some(position) = notes.unquoted.filter(|_| !bare_is_normal) {
            found.push(Finding::UnquotedFromLine { offset: at(position) });
        }
        if self.variant.is_none()
            && let Some(position) = notes.hidden
        {
            found.push(Finding::ContentLengthHides { offset: at(position) });
        }
        if let Some(stated) = notes.wrong_length {
            found.push(Finding::ContentLengthWrong {
                stated,
                declared: self.variant.is_some(),
            });
        }
        let quoting_is_sure = self.strict || matches!(self.variant, Some(Variant::Mboxrd | Variant::Mboxcl2));
        if let Some(position) = notes.quoted.filter(|_| !quoting_is_sure) {
            found.push(Finding::AmbiguousQuoting { offset: at(position) });
        }
        if !ending.blank {
            found.push(Finding::MissingBlankLine { offset: ending.end });
        }
        if ending.last.is_some_and(|last| last != b'\n') {
            found.push(Finding::MissingFinalNewline);
        }
        found
    }
}

/// How long the blank line is that ends `raw`, if one does.
pub(super) fn blank_line(raw: &[u8]) -> usize {
    if raw == b"\n" || raw.ends_with(b"\n\n") {
        1
    } else if raw == b"\r\n" || raw.ends_with(b"\n\r\n") {
        2
    } else {
        0
    }
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8], meta: Meta) -> Self {
        Self { bytes, meta }
    }

    /// Offset of the `From_` line in bytes from the start of the file.
    pub fn offset(&self) -> u64 {
        self.meta.offset
    }

    /// Where the next message starts, or the file ends.
    pub fn end(&self) -> u64 {
        self.meta.offset + self.bytes.len() as u64
    }

    /// The `From_` line, unchanged, with its line end.
    pub fn from_line(&self) -> &'a [u8] {
        self.bytes.get(..self.meta.head).unwrap_or_default()
    }

    /// The parsed `From_` line; empty if strict reading met one of an unknown form.
    pub fn envelope(&self) -> Envelope {
        Envelope::parse(self.from_line()).unwrap_or_default()
    }

    /// Everything between this `From_` line and the next one: still quoted, with the separating blank line.
    pub fn raw(&self) -> &'a [u8] {
        self.bytes.get(self.meta.head..).unwrap_or_default()
    }

    /// The message: without the separating blank line, and unquoted where the variant allows it. Line ends are not
    /// converted. Borrows unless something was removed.
    ///
    /// mboxrd is unquoted, and so is a file of an undeclared variant without a verified `Content-Length`. The other
    /// variants cannot be unquoted safely and are returned unchanged. In a file declared mboxcl or mboxcl2, the
    /// `Content-Length` that delimits the message belongs to the file and is removed.
    pub fn content(&self) -> Cow<'a, [u8]> {
        let text = self.quoted();
        if let Some(pieces) = self.unquoted() {
            return join(text, pieces);
        }
        match self.added_length() {
            Some(span) => {
                let before = text.get(..span.start).unwrap_or_default();
                Cow::Owned([before, text.get(span.end..).unwrap_or_default()].concat())
            }
            None => Cow::Borrowed(text),
        }
    }

    /// Writes the [`content`](Self::content) to `out` without a copy in memory. Returns its length in bytes.
    ///
    /// # Errors
    ///
    /// Any error of `out`.
    pub fn write_content(&self, out: &mut impl Write) -> io::Result<u64> {
        let text = self.quoted();
        let mut length = 0;
        let mut pass = |piece: &[u8]| {
            length += piece.len() as u64;
            out.write_all(piece)
        };
        if let Some(mut pieces) = self.unquoted() {
            pieces.try_for_each(pass)?;
        } else if let Some(span) = self.added_length() {
            pass(text.get(..span.start).unwrap_or_default())?;
            pass(text.get(span.end..).unwrap_or_default())?;
        } else {
            pass(text)?;
        }
        Ok(length)
    }

    /// The pieces of the text, if quoted lines are in it and are un-quoted. The search for the message's end saw them.
    fn unquoted(&self) -> Option<Unquoted<'a>> {
        let notes = &self.meta.notes;
        let first = notes.quoted.filter(|_| self.meta.undoes_quotes())?;
        let within = |position: u64| {
            usize::try_from(position)
                .unwrap_or(usize::MAX)
                .saturating_sub(self.meta.head)
        };
        Some(Unquoted::new(
            self.quoted(),
            within(first)..within(notes.quoted_end),
        ))
    }

    /// Where the `Content-Length` stands in the text that the file's writer added.
    fn added_length(&self) -> Option<Range<usize>> {
        let meta = &self.meta;
        if !(meta.stated && meta.variant.is_some_and(Variant::has_length)) {
            return None;
        }
        let fields = header::fields(self.quoted());
        let own = fields.filter(|field| field.is("Content-Length")).last()?;
        Some(own.span())
    }

    /// Whether a verified `Content-Length` delimits this message.
    pub fn is_length_delimited(&self) -> bool {
        self.meta.stated
    }

    /// Whether this is a mail program's internal message, not mail.
    pub(crate) fn is_internal(&self) -> bool {
        self.meta.first.is_some() && is_internal_data(self.raw())
    }

    /// Losses and ambiguities in this message, in no particular order.
    pub fn findings(&self) -> Vec<Finding> {
        let meta = &self.meta;
        let internal = self.is_internal();
        let ending = Ending {
            end: self.end(),
            blank: meta.content_end < self.bytes.len(),
            last: self.quoted().last().copied(),
        };
        meta.findings(internal, &ending)
    }

    /// An owned copy.
    pub fn into_owned(self) -> OwnedMessage {
        OwnedMessage {
            bytes: self.bytes.to_vec(),
            meta: self.meta,
        }
    }

    /// The text as it stands, if it is what mboxrd makes of the content.
    pub(crate) fn as_mboxrd(&self) -> Option<&'a [u8]> {
        let bare = self.bare_from().is_some() || self.quoted().starts_with(b"From ");
        (self.meta.undoes_quotes() && !bare).then(|| self.quoted())
    }

    /// Where a text line starts with `From ` and nothing before it.
    pub(crate) fn bare_from(&self) -> Option<u64> {
        let notes = &self.meta.notes;
        let first = notes.unquoted.into_iter().chain(notes.ambiguous).min()?;
        Some(self.meta.offset + first)
    }

    /// Where a text line starts with `From ` behind at least one `>`.
    pub(crate) fn quoted_from(&self) -> Option<u64> {
        Some(self.meta.offset + self.meta.notes.quoted?)
    }

    /// What `Content-Length` says, if it proved wrong.
    pub(crate) fn wrong_length(&self) -> Option<u64> {
        self.meta.notes.wrong_length
    }

    fn quoted(&self) -> &'a [u8] {
        self.bytes
            .get(self.meta.head..self.meta.content_end)
            .unwrap_or_default()
    }
}

impl OwnedMessage {
    /// Borrows the message.
    pub fn as_message(&self) -> Message<'_> {
        Message::new(&self.bytes, self.meta)
    }

    /// See [`Message::offset`].
    pub fn offset(&self) -> u64 {
        self.meta.offset
    }

    /// See [`Message::end`].
    pub fn end(&self) -> u64 {
        self.as_message().end()
    }

    /// See [`Message::envelope`].
    pub fn envelope(&self) -> Envelope {
        self.as_message().envelope()
    }

    /// See [`Message::raw`].
    pub fn raw(&self) -> &[u8] {
        self.as_message().raw()
    }

    /// See [`Message::content`].
    pub fn content(&self) -> Cow<'_, [u8]> {
        self.as_message().content()
    }

    /// See [`Message::findings`].
    pub fn findings(&self) -> Vec<Finding> {
        self.as_message().findings()
    }
}

/// How a message ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// Where the next message starts, or the file ends.
    pub(super) end: u64,
    /// Whether the blank line that separates is there.
    pub(super) blank: bool,
    /// The last byte of the text, if there is any.
    pub(super) last: Option<u8>,
}

/// c-client and Dovecot keep UIDs and keyword names in a first message with these two headers.
pub(super) fn is_internal_data(raw: &[u8]) -> bool {
    let (mut state, mut subject) = (false, false);
    for field in header::fields(raw).take(64) {
        state |= field.is("X-IMAP") || field.is("X-IMAPbase");
        subject |= field.is("Subject") && field.text().ends_with("FOLDER INTERNAL DATA");
    }
    state && subject
}
