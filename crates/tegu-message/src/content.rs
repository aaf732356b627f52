use crate::{Digest, digest::Digester};

/// The properties of a message's octets that decide how it can move.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Content {
    /// The [message digest](crate::digest::of_message).
    pub digest: Digest,
    /// The number of octets with each line ending in CRLF, as IMAP transports it.
    pub canonical_octets: u64,
    /// Whether it contains a NUL octet.
    pub nul: bool,
    /// Whether some lines end in LF and some in CRLF.
    pub mixed_line_ends: bool,
    /// Whether the last line has no line end.
    pub unended_last_line: bool,
}

/// Computes [`Content`] of a message that comes in pieces. How it is cut does not matter.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    digest: Digester,
    crlf: bool,
    lf: bool,
    nul: bool,
    last: u8,
}

impl Look {
    pub(crate) fn new() -> Self {
        Self {
            digest: Digester::default(),
            crlf: false,
            lf: false,
            nul: false,
            last: b'\n',
        }
    }

    pub(crate) fn at(&mut self, piece: &[u8]) {
        self.digest.update(piece);
        self.nul = self.nul || piece.contains(&0);
        let mut line_ends = memchr::memchr_iter(b'\n', piece);
        while !(self.crlf && self.lf)
            && let Some(at) = line_ends.next()
        {
            let before = at
                .checked_sub(1)
                .map_or(Some(&self.last), |before| piece.get(before));
            if before == Some(&b'\r') {
                self.crlf = true;
            } else {
                self.lf = true;
            }
        }
        self.last = piece.last().copied().unwrap_or(self.last);
    }

    pub(crate) fn finish(self) -> Content {
        Content {
            canonical_octets: self.digest.octets(),
            digest: self.digest.finish(),
            nul: self.nul,
            mixed_line_ends: self.crlf && self.lf,
            unended_last_line: self.last != b'\n',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(text: &[u8], step: usize) -> Content {
        let mut look = Look::new();
        text.chunks(step).for_each(|piece| look.at(piece));
        look.finish()
    }

    #[test]
    fn lines_that_all_end_alike_are_not_mixed() {
        let mixed = |text: &str| look(text.as_bytes(), 100).mixed_line_ends;
        assert!(!mixed("a\nb\n") && !mixed("a\r\nb\r\n") && !mixed("\r\r"));
        assert!(mixed("\na\r\n") && mixed("a\r\n\n"));
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(text in proptest::collection::vec(proptest::sample::select(&b"a\0\r\n"[..]), 0..24), step in 1_usize..6) {
            let whole = look(&text, 100);
            prop_assert_eq!(look(&text, step), whole);
            let ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
            let bare = ends.iter().filter(|at| **at == 0 || text[*at - 1] != b'\r').count();
            prop_assert_eq!(whole.digest, crate::digest::of_message(&text));
            prop_assert_eq!(whole.canonical_octets, (text.len() + bare) as u64);
            prop_assert_eq!(whole.nul, text.contains(&0));
            prop_assert_eq!(whole.mixed_line_ends, bare > 0 && bare < ends.len());
            prop_assert_eq!(whole.unended_last_line, text.last().is_some_and(|last| *last != b'\n'));
        }
    }
}
