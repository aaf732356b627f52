//! Proof that what was sent is what stands there: digests, compared as multisets.

mod fingerprint;

use std::collections::BTreeMap;

#[cfg(feature = "client")]
pub(crate) use fingerprint::header_keys;
pub use fingerprint::{FINGERPRINT_FIELDS, Fingerprint, fingerprint};
pub(crate) use fingerprint::{fields, header};
pub use tegu_message::digest::{Digester, of_message as digest};
pub use tegu_message::{LineEnds, canonical_line_ends};
pub use tegu_outcome::Digest;

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
}
