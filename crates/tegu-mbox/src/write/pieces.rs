//! Quoting of text that comes in pieces.

use std::io::{self, Write};

use memchr::memmem;

use crate::Finding;

const FROM: &[u8] = b"From ";

/// Passes text on with one `>` more before every line that matches `^>*From `, wherever the pieces are cut.
#[derive(Debug)]
pub(super) struct Quoting {
    quote: bool,
    state: State,
    /// How many bytes came in.
    pub(super) taken: u64,
    /// Where the first line starts that is `From ` with nothing before it.
    bare: Option<u64>,
    last: Option<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Text,
    /// At the start of a line, or behind nothing but `>` there.
    LineStart {
        marks: bool,
    },
    /// Behind those and that many bytes of `From `, which were not passed on yet.
    Word {
        marks: bool,
        matched: usize,
    },
}

impl Quoting {
    /// `quote` says whether lines are quoted; otherwise they are only noticed.
    pub(super) fn new(quote: bool) -> Self {
        Self {
            quote,
            state: State::LineStart { marks: false },
            taken: 0,
            bare: None,
            last: None,
        }
    }

    pub(super) fn feed(&mut self, mut text: &[u8], out: &mut impl Write) -> io::Result<()> {
        self.last = text.last().copied().or(self.last);
        while let Some(&first) = text.first() {
            let used = match self.state {
                State::Text => {
                    let line = memmem::find(text, b"\n").map(|at| at + 1);
                    let mut used = line.unwrap_or(text.len());
                    // Most lines begin with something else.
                    while let Some(next) = text.get(used)
                        && !matches!(next, b'>' | b'F')
                        && text.get(used - 1) == Some(&b'\n')
                    {
                        let rest = text.get(used..).unwrap_or_default();
                        used += memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
                    }
                    let passed = text.get(..used).unwrap_or_default();
                    if passed.ends_with(b"\n") {
                        self.state = State::LineStart { marks: false };
                    }
                    out.write_all(passed)?;
                    used
                }
                // A `>` more among others stands where it stands: they can be passed on before the line is known.
                State::LineStart { .. } if first == b'>' => {
                    self.state = State::LineStart { marks: true };
                    out.write_all(b">")?;
                    1
                }
                State::LineStart { marks } if first == b'F' => {
                    self.state = State::Word { marks, matched: 1 };
                    1
                }
                State::LineStart { .. } => {
                    self.state = State::Text;
                    0
                }
                State::Word { marks, matched } if FROM.get(matched) == Some(&first) => {
                    self.state = State::Word {
                        marks,
                        matched: matched + 1,
                    };
                    if matched + 1 == FROM.len() {
                        if !marks {
                            self.bare.get_or_insert(self.taken - matched as u64);
                        }
                        if self.quote {
                            out.write_all(b">")?;
                        }
                        out.write_all(FROM)?;
                        self.state = State::Text;
                    }
                    1
                }
                State::Word { matched, .. } => {
                    out.write_all(FROM.get(..matched).unwrap_or_default())?;
                    self.state = State::Text;
                    0
                }
            };
            self.taken += used as u64;
            text = text.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// What was held back at the end, and why no mbox of the variant can hold the text, if so.
    pub(super) fn finish(self, bare_is_lost: bool, out: &mut impl Write) -> io::Result<Option<Finding>> {
        if let State::Word { matched, .. } = self.state {
            out.write_all(FROM.get(..matched).unwrap_or_default())?;
        }
        if self.last.is_some_and(|last| last != b'\n') {
            return Ok(Some(Finding::MissingFinalNewline));
        }
        let bare = self.bare.filter(|_| bare_is_lost);
        Ok(bare.map(|offset| Finding::BodyFromLine { offset }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::quote::{from_lines, write_quoted};

    proptest! {
        #[test]
        fn as_if_it_were_whole(
            parts in proptest::collection::vec(
                prop_oneof![Just("From "), Just(">"), Just("\n"), Just("\r\n"), Just("x"), Just("From"), Just("Fr")], 0..24,
            ),
            step in 1_usize..9,
        ) {
            let text = parts.concat().into_bytes();
            let mut whole = Vec::new();
            write_quoted(&text, &mut whole).unwrap();
            let bare = from_lines(&text).find(|&line| text.get(line) == Some(&b'F'));
            for quote in [true, false] {
                let (mut pieces, mut out) = (Quoting::new(quote), Vec::new());
                for piece in text.chunks(step) {
                    pieces.feed(piece, &mut out).unwrap();
                }
                prop_assert_eq!(pieces.bare, bare.map(|at| at as u64));
                prop_assert_eq!(pieces.taken, text.len() as u64);
                let unended = text.last().is_some_and(|last| *last != b'\n');
                let found = pieces.finish(false, &mut out).unwrap();
                prop_assert_eq!(found.is_some(), unended);
                prop_assert_eq!(&out, if quote { &whole } else { &text });
            }
        }
    }
}
