//! Messages that were sent with no known end, against what the target holds.

use std::collections::HashMap;

use crate::ledger::Record;
use crate::prove::Digest;
use crate::wire::Uid;

/// What the target's unknown messages are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Search {
    /// Copies of messages of which none was known: source UID, UID on the target.
    pub arrived: Vec<(Uid, Uid)>,
    /// Copies beyond the first: source UID, UID on the target.
    pub surplus: Vec<(Uid, Uid)>,
    /// Messages that are no copies of those in doubt, as far as octets tell.
    pub others: Vec<Uid>,
}

/// Tells by their octets which of the target's messages are copies of those that are
/// [pending](crate::ledger::Record::pending).
///
/// `found` are messages of the target that the record does not know, by UID. Multisets: a message that the source holds
/// twice is expected twice, and no more copies are taken for surplus than sendings are open.
///
/// ```
/// use tegu_imap::ledger::{Entry, Record, Sending};
/// use tegu_imap::plan::search;
/// use tegu_imap::prove::digest;
/// use tegu_imap::Uid;
///
/// let uid = |number| Uid::new(number).unwrap();
/// let sent = digest(b"octets");
/// let mut record = Record::new();
/// // Sent, not found, and sent again.
/// for _ in 0..2 {
///     let messages = vec![Sending::new(uid(1), Some(sent), 6)];
///     record.apply(&Entry::Intent { mark: uid(10), at: 0, messages });
/// }
/// let found = search(&record, &[(uid(10), sent), (uid(11), digest(b"another")), (uid(12), sent)]);
/// assert_eq!(found.arrived, [(uid(1), uid(10))]);
/// assert_eq!(found.others, [uid(11)]);
/// assert_eq!(found.surplus, [(uid(1), uid(12))]);
/// ```
pub fn search(record: &Record, found: &[(Uid, Digest)]) -> Search {
    struct Expected {
        uid: Uid,
        mark: Uid,
        sendings: u32,
        has_copy: bool,
    }
    let mut expected: HashMap<Digest, Vec<Expected>> = HashMap::new();
    for (uid, pending) in record.pending() {
        let Some(digest) = pending.digest else { continue };
        expected.entry(digest).or_default().push(Expected {
            uid,
            mark: pending.mark,
            sendings: pending.sendings,
            has_copy: record.stored_flags(uid).is_some(),
        });
    }
    let mut result = Search::default();
    for (target, digest) in found {
        let equal = expected
            .get_mut(digest)
            .map(Vec::as_mut_slice)
            .unwrap_or_default();
        let open = |one: &&mut Expected| one.sendings > 0 && one.mark <= *target;
        let missing = equal.iter_mut().filter(open).find(|one| !one.has_copy);
        if let Some(one) = missing {
            one.sendings -= 1;
            one.has_copy = true;
            result.arrived.push((one.uid, *target));
        } else if let Some(one) = equal.iter_mut().find(open) {
            one.sendings -= 1;
            result.surplus.push((one.uid, *target));
        } else {
            result.others.push(*target);
        }
    }
    result
}

#[cfg(test)]
mod tests;
