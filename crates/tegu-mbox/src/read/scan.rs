//! Finds the end of a message, for both slice and stream.
//!
//! Judging a `From ` line needs a fixed number of bytes after its start and three before. So the stream decides with
//! a bounded buffer, and always as the slice does.

use memchr::{memchr, memmem};

use super::options::Options;
use crate::envelope::{self, MAX_LINE, Shape};
use crate::header::{self, MAX_BLOCK, MAX_NAME, Name};

/// The bytes behind the start of a line that decide whether it separates.
pub(crate) const LOOKAHEAD: usize = MAX_LINE + MAX_NAME + 1;

/// What every separator and every quoted line hold. One search for it finds both.
const MARK: &[u8] = b"From ";

/// What a line that starts with `From ` is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// It starts a message; the length counts its line end.
    Separator(usize),
    /// It may start one, and is taken as text.
    Ambiguous,
    /// It is text.
    Text,
}

/// What stands before a `From ` line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Before {
    FileStart,
    Blank,
    Text,
}

/// Judges the line at `at`. `eof` says that `buf` reaches to the end of the file; without it, more than
/// [`LOOKAHEAD`] bytes must follow `at`.
pub(crate) fn judge(buf: &[u8], at: usize, eof: bool, before: Before, strict: bool) -> Verdict {
    let rest = buf.get(at..).unwrap_or_default();
    let ends = eof && rest.len() <= LOOKAHEAD;
    let window = rest.get(..rest.len().min(LOOKAHEAD)).unwrap_or_default();
    if !window.starts_with(b"From ") {
        return Verdict::Text;
    }
    let line = window.get(..window.len().min(MAX_LINE)).unwrap_or_default();
    let length = match memchr(b'\n', line) {
        Some(newline) => newline + 1,
        None if ends && window.len() <= MAX_LINE => window.len(),
        None => return Verdict::Text,
    };
    if strict {
        return Verdict::Separator(length);
    }
    let shape = envelope::shape(line.get(..length).unwrap_or_default());
    if shape == Shape::Text {
        return Verdict::Text;
    }
    let next = window.get(length..).unwrap_or_default();
    let next = next.get(..next.len().min(MAX_NAME + 1)).unwrap_or_default();
    let header = next.starts_with(b">From ")
        || match header::name_of(next) {
            Name::Field(_) => true,
            Name::Cut => ends && !next.is_empty(),
            Name::No => false,
        };
    let empty = next.is_empty() || next.starts_with(b"\n") || next.starts_with(b"\r\n");
    match (shape, before) {
        (Shape::Dated, Before::FileStart) => Verdict::Separator(length),
        (Shape::Dated, _) if header => Verdict::Separator(length),
        (Shape::Dated, Before::Blank) if empty => Verdict::Separator(length),
        (Shape::Dated, Before::Blank) => Verdict::Ambiguous,
        (Shape::Dated, Before::Text) if empty => Verdict::Ambiguous,
        (Shape::Bare, Before::Blank | Before::FileStart) if header => Verdict::Separator(length),
        _ => Verdict::Text,
    }
}

/// What was noticed while looking for a message's end; offsets count from its `From_` line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Notes {
    pub(crate) ambiguous: Option<u64>,
    pub(crate) unquoted: Option<u64>,
    /// The first line that is `From ` behind at least one `>`.
    pub(crate) quoted: Option<u64>,
    /// Where the `From ` of the last such line ends.
    pub(crate) quoted_end: u64,
    pub(crate) hidden: Option<u64>,
    pub(crate) wrong_length: Option<u64>,
}

/// A message's end, in bytes from where the search's buffer starts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct End {
    /// Where the next message starts, or the file ends.
    pub(crate) next: usize,
    /// How long the `From_` line is that stands there; `None` at the end of the file.
    pub(crate) head: Option<usize>,
    /// Where `Content-Length` says that the body ends, if it proved right.
    pub(crate) stated: Option<usize>,
}

/// The search for the end of one message, whose bytes from the `From_` line on are given to [`advance`](Self::advance).
#[derive(Debug)]
pub(crate) struct Scan {
    /// The length of the `From_` line.
    pub(crate) head: usize,
    pub(crate) notes: Notes,
    /// How many bytes of the message the caller has dropped.
    pub(crate) dropped: u64,
    from: usize,
    length: Length,
}

#[derive(Clone, Copy, Debug)]
enum Length {
    /// Not looked for yet.
    Unknown,
    /// The body should end here.
    Stated { body_end: usize, value: u64 },
    /// There is none to believe.
    None,
}

impl Scan {
    pub(crate) fn new(head: usize, options: &Options) -> Self {
        let length = if options.reads_length() {
            Length::Unknown
        } else {
            Length::None
        };
        Self {
            head,
            notes: Notes::default(),
            dropped: 0,
            from: head,
            length,
        }
    }

    /// Looks for the end in `buf`, which begins with the `From_` line or, once bytes were dropped, behind it. `None`
    /// asks for more bytes; at the end of the file there is always an end.
    pub(crate) fn advance(
        &mut self,
        buf: &[u8],
        eof: bool,
        finder: &memmem::Finder<'_>,
        options: &Options,
    ) -> Option<End> {
        if let Length::Unknown = self.length {
            let block = buf.get(self.head..).unwrap_or_default();
            if block.len() < MAX_BLOCK && !eof && header::body_start(block).is_none() {
                return None;
            }
            self.length = self.stated(block, options);
        }
        if let Length::Stated { body_end, value } = self.length {
            if !eof && buf.len() <= body_end + 2 + LOOKAHEAD {
                return None;
            }
            if let Some(end) = proves(buf, body_end, eof, options) {
                self.note_hidden(buf, body_end, eof, finder);
                return Some(end);
            }
            self.notes.wrong_length = Some(value);
            self.length = Length::None;
        }
        loop {
            let Some(hit) = buf.get(self.from..).and_then(|rest| finder.find(rest)) else {
                self.from = self.from.max(buf.len().saturating_sub(MARK.len() - 1));
                return eof.then_some(End {
                    next: buf.len(),
                    head: None,
                    stated: None,
                });
            };
            let at = self.from + hit;
            if at.checked_sub(1).and_then(|before| buf.get(before)) == Some(&b'\n') {
                if !eof && buf.len() - at <= LOOKAHEAD {
                    self.from = at;
                    return None;
                }
                let here = self.dropped + at as u64;
                match judge(buf, at, eof, before(buf, at), options.strict) {
                    Verdict::Separator(head) => {
                        return Some(End {
                            next: at,
                            head: Some(head),
                            stated: None,
                        });
                    }
                    Verdict::Ambiguous => {
                        self.notes.ambiguous.get_or_insert(here);
                    }
                    Verdict::Text => {
                        self.notes.unquoted.get_or_insert(here);
                    }
                }
            } else {
                self.note_quoted(buf, at);
            }
            self.from = at + MARK.len();
        }
    }

    /// How many bytes of `buf` are searched and no longer needed for finding the end.
    pub(crate) fn settled(&self) -> usize {
        match self.length {
            Length::None => self.from.saturating_sub(KEPT),
            Length::Unknown | Length::Stated { .. } => 0,
        }
    }

    /// The caller drops `count` bytes, at most those that are [`settled`](Self::settled).
    pub(crate) fn drop_front(&mut self, count: usize) {
        self.from = self.from.saturating_sub(count);
        self.head = self.head.saturating_sub(count);
        self.dropped += count as u64;
    }

    fn note_quoted(&mut self, buf: &[u8], at: usize) {
        // At the start of what is kept, the line may have begun before it.
        if let Some(start) = crate::quote::line_start(buf, at).filter(|&start| start > 0) {
            self.notes.quoted.get_or_insert(self.dropped + start as u64);
            self.notes.quoted_end = self.dropped + (at + MARK.len()) as u64;
        }
    }

    fn stated(&mut self, block: &[u8], options: &Options) -> Length {
        let block = block.get(..block.len().min(MAX_BLOCK)).unwrap_or_default();
        let mut fields = header::fields(block);
        // The last one counts: it is the one that this crate adds.
        let mut value = None;
        for field in fields.by_ref() {
            if field.is("Content-Length") {
                value = Some(field);
            }
        }
        let (Some(value), Some(body)) = (value.as_ref().and_then(header::length_of), fields.body()) else {
            return Length::None;
        };
        let body_end = (self.head + body) as u64;
        let body_end = body_end
            .checked_add(value)
            .filter(|&end| end <= options.max_message);
        match body_end.and_then(|end| usize::try_from(end).ok()) {
            Some(body_end) => Length::Stated { body_end, value },
            None => {
                self.notes.wrong_length = Some(value);
                Length::None
            }
        }
    }

    fn note_hidden(&mut self, buf: &[u8], body_end: usize, eof: bool, finder: &memmem::Finder<'_>) {
        let body = buf.get(..body_end).unwrap_or_default();
        while let Some(hit) = body.get(self.from..).and_then(|rest| finder.find(rest)) {
            let at = self.from + hit;
            if at.checked_sub(1).and_then(|before| body.get(before)) == Some(&b'\n') {
                let here = self.dropped + at as u64;
                match judge(buf, at, eof, before(buf, at), false) {
                    Verdict::Separator(_) | Verdict::Ambiguous => {
                        self.notes.hidden.get_or_insert(here);
                    }
                    Verdict::Text => {}
                }
                self.notes.unquoted.get_or_insert(here);
            } else {
                self.note_quoted(body, at);
            }
            self.from = at + MARK.len();
        }
    }
}

/// How many bytes before a `From ` are looked at: the end of a blank line.
const KEPT: usize = 3;

/// The end, if the body really ends at `body_end`.
fn proves(buf: &[u8], body_end: usize, eof: bool, options: &Options) -> Option<End> {
    let rest = buf.get(body_end..)?;
    let blank = match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    };
    let next = body_end + blank;
    let end = |head| End {
        next,
        head,
        stated: Some(body_end),
    };
    if next == buf.len() {
        return Some(end(None));
    }
    // A body that ends in mid-line needs its line end before the next message can start.
    let at_line = blank > 0 || body_end.checked_sub(1).and_then(|last| buf.get(last)) == Some(&b'\n');
    match judge(buf, next, eof, Before::Blank, options.strict) {
        Verdict::Separator(head) if at_line => Some(end(Some(head))),
        _ => None,
    }
}

pub(crate) fn before(buf: &[u8], at: usize) -> Before {
    let text = buf.get(..at).unwrap_or_default();
    if text.ends_with(b"\n\n") || text.ends_with(b"\n\r\n") {
        Before::Blank
    } else {
        Before::Text
    }
}

/// The needle, built once for a whole file.
pub(crate) fn finder() -> memmem::Finder<'static> {
    memmem::Finder::new(MARK)
}

/// As much of a message as [`stated_end`] may need.
pub(crate) const HEAD_LIMIT: u64 = (MAX_LINE + MAX_BLOCK) as u64;

/// Where `Content-Length` says that the message ends whose first bytes are given, counted from its `From_` line.
pub(crate) fn stated_end(start: &[u8], options: &Options) -> Option<u64> {
    let Verdict::Separator(head) = judge(start, 0, true, Before::FileStart, true) else {
        return None;
    };
    let mut scan = Scan::new(head, options);
    match scan.stated(start.get(head..)?, options) {
        Length::Stated { body_end, .. } => Some(body_end as u64),
        Length::Unknown | Length::None => None,
    }
}
