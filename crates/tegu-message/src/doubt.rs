//! Messages that were sent and of whose sending no end is known, against what the target holds.
//!
//! A mail server may carry out a command when its connection is long gone. So a message counts its sendings that have no known
//! end, and each copy that is found ends one of them.

use crate::Digest;
use std::collections::HashMap;

/// A message that was sent more often than copies or refusals are known of it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sent<K, M> {
    /// What the caller knows it by.
    pub key: K,
    /// The digest of its octets.
    pub digest: Digest,
    /// Copies that were not seen yet stand at this mark or behind it.
    pub mark: M,
    /// How many of its sendings have no known end.
    pub sendings: u32,
    /// Whether a copy is known already.
    pub has_copy: bool,
}

impl<K, M> Sent<K, M> {
    /// A message with one open sending, of which no copy is known.
    pub fn new(key: K, digest: Digest, mark: M) -> Self {
        Self {
            key,
            digest,
            mark,
            sendings: 1,
            has_copy: false,
        }
    }

    /// Sets how many of its sendings have no known end.
    #[must_use]
    pub fn sendings(mut self, sendings: u32) -> Self {
        self.sendings = sendings;
        self
    }

    /// Says whether a copy is known already.
    #[must_use]
    pub fn has_copy(mut self, has_copy: bool) -> Self {
        self.has_copy = has_copy;
        self
    }
}

/// What messages of the target are.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Search<K, P> {
    /// Copies of messages of which none was known: the message, and where its copy is.
    pub arrived: Vec<(K, P)>,
    /// Copies beyond the first: the message, and where the copy is.
    pub surplus: Vec<(K, P)>,
    /// Messages that are no copies of those in doubt, as far as octets tell.
    pub others: Vec<P>,
}

/// Tells by their octets which messages of the target are copies of those in doubt.
///
/// `found` are messages of the target that nothing claims: the place of each, from which mark on it stands, and its digest.
/// Multisets: a message that the source holds twice is expected twice, and no more copies are taken for surplus than sendings are
/// open.
///
/// ```
/// use tegu_message::{digest, doubt::{Sent, search}};
///
/// let letter = digest::of_message(b"letter");
/// // Sent behind mark 10, not found, and sent again.
/// let sent = [Sent::new("first", letter, 10).sendings(2)];
/// let other = digest::of_message(b"another");
/// let result = search(sent, [(9, 9, letter), (10, 10, letter), (11, 11, other), (12, 12, letter)]);
/// assert_eq!(result.arrived, [("first", 10)]);
/// assert_eq!(result.surplus, [("first", 12)]);
/// assert_eq!(result.others, [9, 11]);
/// ```
pub fn search<K: Clone, P, M: PartialOrd>(
    sent: impl IntoIterator<Item = Sent<K, M>>,
    found: impl IntoIterator<Item = (P, M, Digest)>,
) -> Search<K, P> {
    let mut expected: HashMap<Digest, Vec<Sent<K, M>>> = HashMap::new();
    for one in sent {
        expected.entry(one.digest).or_default().push(one);
    }
    let mut result = Search {
        arrived: Vec::new(),
        surplus: Vec::new(),
        others: Vec::new(),
    };
    for (place, at, digest) in found {
        let equal = expected
            .get_mut(&digest)
            .map(Vec::as_mut_slice)
            .unwrap_or_default();
        let open = |one: &&mut Sent<K, M>| one.sendings > 0 && one.mark <= at;
        if let Some(one) = equal.iter_mut().filter(open).find(|one| !one.has_copy) {
            one.sendings -= 1;
            one.has_copy = true;
            result.arrived.push((one.key.clone(), place));
        } else if let Some(one) = equal.iter_mut().find(open) {
            one.sendings -= 1;
            result.surplus.push((one.key.clone(), place));
        } else {
            result.others.push(place);
        }
    }
    result
}
