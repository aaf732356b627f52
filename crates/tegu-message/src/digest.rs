//! Digests of content: BLAKE3.
//!
//! A message is digested with each line ending in CRLF, as RFC 9051 transports it: an mbox file that ends its lines in LF and an IMAP server
//! that answers in CRLF hold the same message. A lone carriage return, trailing blanks and a missing last line end all count.

use std::io;

#[doc(no_inline)]
pub use tegu_outcome::Digest;

/// Returns the digest of octets as they are.
#[must_use]
pub fn of(octets: &[u8]) -> Digest {
    Digest::from_bytes(*blake3::hash(octets).as_bytes())
}

/// Returns the digest of a message, whatever its line ends.
///
/// ```
/// use tegu_message::digest::of_message;
///
/// assert_eq!(of_message(b"Subject: x\n\nbody"), of_message(b"Subject: x\r\n\r\nbody"));
/// assert_ne!(of_message(b"body"), of_message(b"body\n"));
/// ```
#[must_use]
pub fn of_message(octets: &[u8]) -> Digest {
    let mut digester = Digester::new();
    digester.update(octets);
    digester.finish()
}

/// Computes [`of_message`] for a message that comes in pieces. How it is cut does not matter.
///
/// ```
/// use tegu_message::digest::{self, Digester};
///
/// let mut digester = Digester::new();
/// digester.update(b"Subject: s\n");
/// digester.update(b"\ntext\n");
/// assert_eq!(digester.finish(), digest::of_message(b"Subject: s\r\n\r\ntext\r\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Digester {
    hasher: blake3::Hasher,
    after_carriage_return: bool,
    octets: u64,
}

impl Digester {
    /// Makes a digester that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        // Runs that are canonical already go to the hash as they are: most messages are one run.
        let mut done = 0;
        for at in memchr::memchr_iter(b'\n', piece) {
            let canonical = match at.checked_sub(1) {
                Some(before) => piece.get(before) == Some(&b'\r'),
                None => self.after_carriage_return,
            };
            if !canonical {
                self.hasher.update(piece.get(done..at).unwrap_or_default());
                self.hasher.update(b"\r");
                self.octets += 1;
                done = at;
            }
        }
        self.hasher.update(piece.get(done..).unwrap_or_default());
        self.octets += piece.len() as u64;
        if let Some(last) = piece.last() {
            self.after_carriage_return = *last == b'\r';
        }
    }

    /// Returns how many octets it has seen, counted with each line ending in CRLF.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Returns the digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest::from_bytes(*self.hasher.finalize().as_bytes())
    }
}

impl io::Write for Digester {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.update(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineEnds, canonical_line_ends};
    use bytes::Bytes;
    use proptest::prelude::*;

    #[test]
    fn a_lone_carriage_return_is_content() {
        assert_ne!(of_message(b"a\rb"), of_message(b"a\r\nb"));
        assert_eq!(of_message(b"a\r\r\nb"), of_message(b"a\r\r\nb"));
        assert_ne!(of_message(b"a\r\r\nb"), of_message(b"a\r\nb"));
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter_and_the_definition_holds(
            text in proptest::collection::vec(proptest::sample::select(&b"ab\r\n"[..]), 0..40), at in 0..40_usize) {
            let (head, tail) = text.split_at(at.min(text.len()));
            let mut digester = Digester::new();
            digester.update(head);
            digester.update(&[]);
            digester.update(tail);
            let mut canonical = Vec::new();
            for &byte in &text {
                if byte == b'\n' && canonical.last() != Some(&b'\r') {
                    canonical.push(b'\r');
                }
                canonical.push(byte);
            }
            prop_assert_eq!(digester.octets(), canonical.len() as u64);
            prop_assert_eq!(digester.finish(), of(&canonical));
            let mut ends = LineEnds::new();
            let pieces = [head, tail].map(|piece| ends.next(Bytes::copy_from_slice(piece)));
            prop_assert_eq!(pieces.concat(), canonical.clone());
            prop_assert_eq!(canonical_line_ends(text.into()), canonical);
        }
    }
}
