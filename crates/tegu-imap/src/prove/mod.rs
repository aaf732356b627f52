//! Proof that what was sent is what stands there: digests, compared as multisets.

mod fingerprint;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

pub use fingerprint::{FINGERPRINT_FIELDS, Fingerprint, fingerprint};
pub(crate) use fingerprint::{fields, header};

/// BLAKE3 of a message over canonical line ends.
///
/// A line feed without a carriage return before it counts as CRLF, since IMAP servers store it so (RFC 3501 messages
/// have no other line end). Nothing else is changed: a lone carriage return, trailing blanks and a missing last line
/// end all count.
///
/// ```
/// use tegu_imap::prove::digest;
///
/// assert_eq!(digest(b"Subject: x\n\nbody"), digest(b"Subject: x\r\n\r\nbody"));
/// assert_ne!(digest(b"body"), digest(b"body\n"));
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest that was kept earlier.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 octets, to keep.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// The digest of a whole message.
pub fn digest(message: &[u8]) -> Digest {
    let mut digester = Digester::new();
    digester.update(message);
    digester.finish()
}

/// The message with canonical line ends: CR before each LF that has none. Shares the memory of one that has them.
///
/// Messages from a file may need it before they go to an IMAP server (some refuse a bare LF); messages from an IMAP
/// server do not. The [`digest`] is the same before and after.
///
/// ```
/// use tegu_imap::prove::canonical_line_ends;
///
/// assert_eq!(canonical_line_ends("a\nb\r\n".into()), "a\r\nb\r\n");
/// ```
pub fn canonical_line_ends(message: Bytes) -> Bytes {
    LineEnds::new().next(message)
}

/// [Canonical line ends](canonical_line_ends) for a message that comes in pieces; how it is cut does not matter. A [`Digester`]
/// tells beforehand how long it gets.
#[derive(Clone, Debug, Default)]
pub struct LineEnds {
    after_carriage_return: bool,
}

impl LineEnds {
    /// For a message of which nothing was seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next piece as it is to be sent.
    pub fn next(&mut self, piece: Bytes) -> Bytes {
        let bare = |at: &usize| match at.checked_sub(1) {
            Some(before) => piece.get(before) != Some(&b'\r'),
            None => !self.after_carriage_return,
        };
        let found: Vec<usize> = memchr::memchr_iter(b'\n', &piece).filter(bare).collect();
        if let Some(last) = piece.last() {
            self.after_carriage_return = *last == b'\r';
        }
        if found.is_empty() {
            return piece;
        }
        let mut canonical = Vec::with_capacity(piece.len() + found.len());
        let mut done = 0;
        for at in found {
            canonical.extend_from_slice(piece.get(done..at).unwrap_or_default());
            canonical.push(b'\r');
            done = at;
        }
        canonical.extend_from_slice(piece.get(done..).unwrap_or_default());
        canonical.into()
    }
}

/// Takes a message in pieces; how it is cut does not matter.
#[derive(Clone, Debug, Default)]
pub struct Digester {
    hasher: blake3::Hasher,
    after_carriage_return: bool,
    octets: u64,
}

impl Digester {
    /// A digester that has seen nothing.
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

    /// How many octets it has seen, with canonical line ends.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest(*self.hasher.finalize().as_bytes())
    }
}

/// How what was found differs from what was expected, doubles counted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// How many were expected and found.
    pub proved: u64,
    /// What was expected and not found, and how many times.
    pub missing: BTreeMap<Digest, u64>,
    /// What was found and not expected, and how many times.
    pub unexpected: BTreeMap<Digest, u64>,
}

impl Comparison {
    /// Whether everything that was expected was found, as often as expected.
    pub fn is_proved(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Compares two multisets: a message that the source holds twice must be found twice.
pub fn compare(
    expected: impl IntoIterator<Item = Digest>,
    found: impl IntoIterator<Item = Digest>,
) -> Comparison {
    let mut result = Comparison::default();
    for digest in expected {
        *result.missing.entry(digest).or_default() += 1;
    }
    for digest in found {
        if let std::collections::btree_map::Entry::Occupied(mut entry) = result.missing.entry(digest) {
            result.proved += 1;
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        } else {
            *result.unexpected.entry(digest).or_default() += 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubles_count() {
        let (a, b) = (digest(b"a"), digest(b"b"));
        let result = compare([a, a, b], [a, b, b]);
        assert_eq!((result.proved, result.is_proved()), (2, false));
        assert_eq!(
            (result.missing.get(&a), result.unexpected.get(&b)),
            (Some(&1), Some(&1))
        );
        assert!(compare([a, a], [a, a]).is_proved());
    }

    #[test]
    fn a_lone_carriage_return_is_content() {
        assert_ne!(digest(b"a\rb"), digest(b"a\r\nb"));
        assert_eq!(digest(b"a\r\r\nb"), digest(b"a\r\r\nb"));
        assert_ne!(digest(b"a\r\r\nb"), digest(b"a\r\nb"));
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
            prop_assert_eq!(digester.finish(), Digest(*blake3::hash(&canonical).as_bytes()));
            let mut ends = LineEnds::new();
            let pieces = [head, tail].map(|piece| ends.next(Bytes::copy_from_slice(piece)));
            prop_assert_eq!(pieces.concat(), canonical.clone());
            prop_assert_eq!(canonical_line_ends(text.into()), canonical);
        }
    }
}
