//! The quoting of mboxrd: one `>` more before every line that is `From ` after any number of `>`.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use memchr::memmem;

/// The starts of all lines that match `^>*From `, in order.
pub(crate) fn from_lines(text: &[u8]) -> impl Iterator<Item = usize> {
    memmem::find_iter(text, b"From ").filter_map(move |hit| line_start(text, hit))
}

/// Takes one `>` from every line that matches `^>+From `. Borrows when there is none.
///
/// ```
/// # use tegu_mbox::read::unquote;
/// assert_eq!(unquote(b">From a\n>>From b\n> From c\n").as_ref(), b"From a\n>From b\n> From c\n");
/// ```
pub fn unquote(text: &[u8]) -> Cow<'_, [u8]> {
    join(text, Unquoted::new(text, 0..text.len()))
}

/// The pieces of `text` as one; borrows when that is the text itself.
pub(crate) fn join<'a>(text: &'a [u8], mut pieces: Unquoted<'a>) -> Cow<'a, [u8]> {
    let first = pieces.next().unwrap_or_default();
    if first.len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() - 1);
    out.extend_from_slice(first);
    pieces.for_each(|piece| out.extend_from_slice(piece));
    Cow::Owned(out)
}

/// The pieces of a text between the `>` that are taken away.
#[derive(Clone, Debug)]
pub(crate) struct Unquoted<'a> {
    text: &'a [u8],
    /// Where the next piece starts.
    start: usize,
    /// Where the search for its end goes on, and where the last quoted line is behind.
    from: usize,
    last: usize,
}

impl<'a> Unquoted<'a> {
    /// All quoted lines of `text` have their `From ` within `lines`.
    pub(crate) fn new(text: &'a [u8], lines: Range<usize>) -> Self {
        Self {
            text,
            start: 0,
            from: lines.start,
            last: lines.end.min(text.len()),
        }
    }
}

impl<'a> Iterator for Unquoted<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.start;
        while let Some(hit) = self
            .text
            .get(self.from..self.last)
            .and_then(|rest| memmem::find(rest, b">From "))
        {
            let at = self.from + hit;
            self.from = at + 1;
            if let Some(line) = line_start(self.text, at) {
                self.start = line + 1;
                return self.text.get(start..line);
            }
        }
        self.start = self.text.len();
        self.from = self.last;
        self.text.get(start..).filter(|rest| !rest.is_empty())
    }
}

/// Writes `text` with one more `>` before every line that matches `^>*From `.
pub(crate) fn write_quoted(text: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut copied = 0;
    for start in from_lines(text) {
        out.write_all(text.get(copied..start).unwrap_or_default())?;
        out.write_all(b">")?;
        copied = start;
    }
    out.write_all(text.get(copied..).unwrap_or_default())
}

/// The start of the line that holds `hit`, if only `>` stands before it there.
pub(crate) fn line_start(text: &[u8], hit: usize) -> Option<usize> {
    let before = text.get(..hit)?;
    // Most hits stand in prose: one byte turns them away.
    if !matches!(before.last(), None | Some(b'\n' | b'>')) {
        return None;
    }
    let marks = before.iter().rev().take_while(|&&b| b == b'>').count();
    let start = hit - marks;
    match start.checked_sub(1).and_then(|at| text.get(at)) {
        None | Some(b'\n') => Some(start),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_to_do_borrows() {
        assert!(matches!(unquote(b"> From x\nxFrom y\n"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn quoting_is_undone(parts in proptest::collection::vec(
            prop_oneof![Just("From "), Just(">"), Just("\n"), Just("\r\n"), Just("x"), Just("From")], 0..24,
        )) {
            let text = parts.concat().into_bytes();
            let mut quoted = Vec::new();
            prop_assert!(write_quoted(&text, &mut quoted).is_ok());
            prop_assert!(!quoted.starts_with(b"From ") && memmem::find(&quoted, b"\nFrom ").is_none());
            prop_assert_eq!(unquote(&quoted).into_owned(), text);
        }
    }
}
