//! Un-quoting of text that comes in pieces.

use std::io::{self, Write};

use memchr::memmem;

const FROM: &[u8] = b"From ";

/// Passes text on and takes one `>` from every line that matches `^>+From `, wherever the pieces are cut.
#[derive(Debug)]
pub(super) struct Pieces {
    undo: bool,
    state: State,
    /// How many bytes came in.
    taken: u64,
    /// How many bytes went out.
    pub(super) passed: u64,
    /// Where the first such line starts, among the bytes that came in.
    pub(super) quoted: Option<u64>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Text,
    LineStart,
    /// Behind `>` at the start of the line at `start`; one of them was not passed on yet.
    Marks {
        start: u64,
    },
    /// Behind those, and that many bytes of `From `; neither they nor one `>` were passed on yet.
    Word {
        start: u64,
        matched: usize,
    },
}

impl Pieces {
    /// `undo` says whether the `>` is taken; otherwise such lines are only noticed.
    pub(super) fn new(undo: bool) -> Self {
        Self {
            undo,
            state: State::LineStart,
            taken: 0,
            passed: 0,
            quoted: None,
        }
    }

    pub(super) fn feed(&mut self, mut text: &[u8], out: &mut impl Write) -> io::Result<()> {
        while let Some(&first) = text.first() {
            let used = match self.state {
                State::LineStart if first == b'>' => {
                    self.state = State::Marks { start: self.taken };
                    1
                }
                State::LineStart => {
                    self.state = State::Text;
                    0
                }
                State::Text => {
                    let mark = memmem::find(text, b"\n>").map(|at| at + 1);
                    if mark.is_some() || text.ends_with(b"\n") {
                        self.state = State::LineStart;
                    }
                    let used = mark.unwrap_or(text.len());
                    self.pass(text.get(..used).unwrap_or_default(), out)?;
                    used
                }
                State::Marks { start } => {
                    let marks = text.iter().take_while(|&&byte| byte == b'>').count();
                    self.pass(text.get(..marks).unwrap_or_default(), out)?;
                    if marks < text.len() {
                        self.state = State::Word { start, matched: 0 };
                    }
                    marks
                }
                State::Word { start, matched } if FROM.get(matched) == Some(&first) => {
                    self.state = State::Word {
                        start,
                        matched: matched + 1,
                    };
                    if matched + 1 == FROM.len() {
                        self.quoted.get_or_insert(start);
                        self.release(!self.undo, FROM, out)?;
                    }
                    1
                }
                State::Word { matched, .. } => {
                    self.release(true, FROM.get(..matched).unwrap_or_default(), out)?;
                    0
                }
            };
            self.taken += used as u64;
            text = text.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        match self.state {
            State::Text | State::LineStart => Ok(()),
            State::Marks { .. } => self.release(true, b"", out),
            State::Word { matched, .. } => self.release(true, FROM.get(..matched).unwrap_or_default(), out),
        }
    }

    fn release(&mut self, mark: bool, word: &[u8], out: &mut impl Write) -> io::Result<()> {
        self.state = State::Text;
        if mark {
            self.pass(b">", out)?;
        }
        self.pass(word, out)
    }

    fn pass(&mut self, text: &[u8], out: &mut impl Write) -> io::Result<()> {
        self.passed += text.len() as u64;
        out.write_all(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::quote::unquote;

    proptest! {
        #[test]
        fn as_if_it_were_whole(
            parts in proptest::collection::vec(
                prop_oneof![Just("From "), Just(">"), Just("\n"), Just("\r\n"), Just("x"), Just("From"), Just("Fr")], 0..24,
            ),
            step in 1_usize..9,
        ) {
            let text = parts.concat().into_bytes();
            for undo in [true, false] {
                let (mut pieces, mut out) = (Pieces::new(undo), Vec::new());
                for piece in text.chunks(step) {
                    pieces.feed(piece, &mut out).unwrap();
                }
                pieces.finish(&mut out).unwrap();
                let whole = unquote(&text);
                prop_assert_eq!(pieces.quoted.is_some(), whole.len() < text.len());
                prop_assert_eq!(&out, if undo { whole.as_ref() } else { &text });
                prop_assert_eq!(pieces.passed, out.len() as u64);
                if let Some(at) = pieces.quoted.and_then(|at| usize::try_from(at).ok()) {
                    prop_assert_eq!(unquote(&text[..at]).len(), at);
                }
            }
        }
    }
}
