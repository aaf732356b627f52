//! The one decision that slice and stream share: where a message ends.
//!
//! A decision about a `From ` line looks at a fixed number of bytes behind its start and three before, so that the
//! stream can make it with a bounded buffer and cannot decide otherwise than the slice.

use memchr::{memchr, memmem};

use super::Options;
use crate::envelope::{self, MAX_LINE, Shape};
use crate::header::{self, MAX_BLOCK, MAX_NAME, Name};

/// The bytes behind the start of a line that decide whether it separates.
pub(crate) const LOOKAHEAD: usize = MAX_LINE + MAX_NAME + 1;

/// What a stream holds beyond the longest message, at most.
pub(crate) const SLACK: usize = MAX_BLOCK + MAX_LINE + LOOKAHEAD;

const MARK: &[u8] = b"\nFrom ";

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
    pub(crate) ambiguous: Option<usize>,
    pub(crate) unquoted: Option<usize>,
    pub(crate) hidden: Option<usize>,
    pub(crate) wrong_length: Option<u64>,
}

/// A message's end, in bytes from its `From_` line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct End {
    /// Where the next message starts, or the file ends.
    pub(crate) next: usize,
    /// Where `Content-Length` says that the body ends, if it proved right.
    pub(crate) stated: Option<usize>,
}

/// The search for the end of one message, whose bytes from the `From_` line on are given to [`advance`](Self::advance).
#[derive(Debug)]
pub(crate) struct Scan {
    /// The length of the `From_` line.
    pub(crate) head: usize,
    pub(crate) notes: Notes,
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
        // The line end of the `From_` line may itself begin the next mark, when the message is empty.
        Self {
            head,
            notes: Notes::default(),
            from: head.saturating_sub(1),
            length,
        }
    }

    /// Looks for the end in `buf`, which begins with the `From_` line. `None` asks for more bytes.
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
            if let Some(next) = proves(buf, body_end, eof, options) {
                self.note_hidden(buf, body_end, eof, finder);
                return Some(End {
                    next,
                    stated: Some(body_end),
                });
            }
            self.notes.wrong_length = Some(value);
            self.length = Length::None;
        }
        loop {
            let Some(hit) = buf.get(self.from..).and_then(|rest| finder.find(rest)) else {
                self.from = self.from.max(buf.len().saturating_sub(MARK.len() - 1));
                return eof.then_some(End {
                    next: buf.len(),
                    stated: None,
                });
            };
            let at = self.from + hit + 1;
            if !eof && buf.len() - at <= LOOKAHEAD {
                self.from += hit;
                return None;
            }
            match judge(buf, at, eof, before(buf, at), options.strict) {
                Verdict::Separator(_) => {
                    return Some(End {
                        next: at,
                        stated: None,
                    });
                }
                Verdict::Ambiguous => {
                    self.notes.ambiguous.get_or_insert(at);
                }
                Verdict::Text => {
                    self.notes.unquoted.get_or_insert(at);
                }
            }
            self.from = at;
        }
    }

    /// How many bytes of `buf` are no longer needed when only the end still matters; the caller drops them all.
    pub(crate) fn forget(&mut self) -> usize {
        let dropped = self.from.saturating_sub(3);
        self.from -= dropped;
        self.head = self.head.saturating_sub(dropped);
        dropped
    }

    fn stated(&mut self, block: &[u8], options: &Options) -> Length {
        let Some(body) = header::body_start(block) else {
            return Length::None;
        };
        let headers = block.get(..body).unwrap_or_default();
        // The last one counts: it is the one that this crate adds.
        let Some(value) = header::fields(headers)
            .filter(|f| f.is("Content-Length"))
            .last()
            .as_ref()
            .and_then(header::length_of)
        else {
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
            let at = self.from + hit + 1;
            match judge(buf, at, eof, before(buf, at), false) {
                Verdict::Separator(_) | Verdict::Ambiguous => {
                    self.notes.hidden.get_or_insert(at);
                }
                Verdict::Text => {}
            }
            self.notes.unquoted.get_or_insert(at);
            self.from = at;
        }
    }
}

/// Where the next message starts if the body really ends at `body_end`.
fn proves(buf: &[u8], body_end: usize, eof: bool, options: &Options) -> Option<usize> {
    let rest = buf.get(body_end..)?;
    let blank = match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    };
    let next = body_end + blank;
    if next == buf.len() {
        return Some(next);
    }
    // A body that ends in mid-line needs its line end before the next message can start.
    let at_line = blank > 0 || body_end.checked_sub(1).and_then(|last| buf.get(last)) == Some(&b'\n');
    let separates = at_line
        && matches!(
            judge(buf, next, eof, Before::Blank, options.strict),
            Verdict::Separator(_)
        );
    separates.then_some(next)
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
