//! One message as it stands in a file.

use std::borrow::Cow;

use super::Options;
use super::scan::{End, Notes, Scan};
use crate::header;
use crate::quote::{from_lines, unquote};
use crate::variant::Variant;
use crate::{Envelope, Finding};

/// A message in a file, borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The `From_` line and all up to the next one.
    bytes: &'a [u8],
    meta: Meta,
}

/// A message that a [`Stream`](super::Stream) read.
#[derive(Clone, Debug)]
pub struct OwnedMessage {
    bytes: Vec<u8>,
    meta: Meta,
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
        let length = if raw == b"\n" || raw.ends_with(b"\n\n") {
            raw.len() - 1
        } else if raw == b"\r\n" || raw.ends_with(b"\n\r\n") {
            raw.len() - 2
        } else {
            raw.len()
        };
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
}

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8], meta: Meta) -> Self {
        Self { bytes, meta }
    }

    /// Where the `From_` line starts, in bytes from the start of the file.
    pub fn offset(&self) -> u64 {
        self.meta.offset
    }

    /// Where the next message starts, or the file ends.
    pub fn end(&self) -> u64 {
        self.meta.offset + self.bytes.len() as u64
    }

    /// The `From_` line as it stands, line end included.
    pub fn from_line(&self) -> &'a [u8] {
        self.bytes.get(..self.meta.head).unwrap_or_default()
    }

    /// What the `From_` line says; empty where a strictly read line has no known form.
    pub fn envelope(&self) -> Envelope {
        Envelope::parse(self.from_line()).unwrap_or_default()
    }

    /// All that follows the `From_` line, up to the next one: still quoted, with the blank line that separates.
    pub fn raw(&self) -> &'a [u8] {
        self.bytes.get(self.meta.head..).unwrap_or_default()
    }

    /// The message itself: without the blank line that separates, and un-quoted where the variant says how.
    /// Line ends stay as they are. Borrows wherever nothing had to be taken out.
    ///
    /// mboxrd, and a file of an undeclared variant without a proven `Content-Length`, are un-quoted; the others
    /// cannot be, and are given as they stand. The `Content-Length` that this crate added to mboxcl and mboxcl2 is
    /// taken out when reading strictly.
    pub fn content(&self) -> Cow<'a, [u8]> {
        let text = self.quoted();
        if self.undoes_quotes() {
            return unquote(text);
        }
        if self.meta.strict
            && self.meta.stated
            && self.meta.variant.is_some_and(Variant::has_length)
            && let Some(field) = header::fields(text)
                .filter(|field| field.is("Content-Length"))
                .last()
        {
            let span = field.span();
            let before = text.get(..span.start).unwrap_or_default();
            return Cow::Owned([before, text.get(span.end..).unwrap_or_default()].concat());
        }
        Cow::Borrowed(text)
    }

    /// Whether a `Content-Length` that proved right says where this message ends.
    pub fn is_length_delimited(&self) -> bool {
        self.meta.stated
    }

    /// What is doubtful or worth knowing about this message, in no particular order.
    pub fn findings(&self) -> Vec<Finding> {
        let meta = &self.meta;
        let notes = &meta.notes;
        let at = |position: usize| meta.offset + position as u64;
        let mut found = Vec::new();
        if let Some(length) = meta.first {
            if length > 0 {
                found.push(Finding::Preamble { length });
            }
            if is_internal_data(self.raw()) {
                found.push(Finding::InternalData);
            }
        }
        if let Some(position) = notes.ambiguous {
            found.push(Finding::AmbiguousSeparator { offset: at(position) });
        }
        let bare_is_normal = meta.stated || meta.variant == Some(Variant::Mboxcl2);
        if let Some(position) = notes.unquoted.filter(|_| !bare_is_normal) {
            found.push(Finding::UnquotedFromLine { offset: at(position) });
        }
        if meta.variant.is_none()
            && let Some(position) = notes.hidden
        {
            found.push(Finding::ContentLengthHides { offset: at(position) });
        }
        if let Some(stated) = notes.wrong_length {
            found.push(Finding::ContentLengthWrong {
                stated,
                declared: meta.variant.is_some(),
            });
        }
        let quoting_is_sure = meta.strict || matches!(meta.variant, Some(Variant::Mboxrd | Variant::Mboxcl2));
        if !quoting_is_sure {
            let text = self.quoted();
            if let Some(line) = from_lines(text).find(|&line| text.get(line) == Some(&b'>')) {
                found.push(Finding::AmbiguousQuoting {
                    offset: at(meta.head + line),
                });
            }
        }
        if meta.content_end >= self.bytes.len() {
            found.push(Finding::MissingBlankLine { offset: self.end() });
        }
        if self.quoted().last().is_some_and(|&last| last != b'\n') {
            found.push(Finding::MissingFinalNewline);
        }
        found
    }

    /// A copy that lives on its own.
    pub fn into_owned(self) -> OwnedMessage {
        OwnedMessage {
            bytes: self.bytes.to_vec(),
            meta: self.meta,
        }
    }

    /// Whether a text line starts with `From ` and nothing before it.
    pub(crate) fn has_bare_from(&self) -> bool {
        self.meta.notes.unquoted.is_some() || self.meta.notes.ambiguous.is_some()
    }

    fn quoted(&self) -> &'a [u8] {
        self.bytes
            .get(self.meta.head..self.meta.content_end)
            .unwrap_or_default()
    }

    fn undoes_quotes(&self) -> bool {
        match self.meta.variant {
            Some(variant) => variant == Variant::Mboxrd,
            None => !self.meta.stated,
        }
    }
}

impl OwnedMessage {
    pub(super) fn new(bytes: Vec<u8>, meta: Meta) -> Self {
        Self { bytes, meta }
    }

    /// The message, borrowed.
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

/// c-client and Dovecot keep UIDs and keyword names in a first message with these two headers.
fn is_internal_data(raw: &[u8]) -> bool {
    let (mut state, mut subject) = (false, false);
    for field in header::fields(raw).take(64) {
        state |= field.is("X-IMAP") || field.is("X-IMAPbase");
        subject |= field.is("Subject") && field.text().ends_with("FOLDER INTERNAL DATA");
    }
    state && subject
}
