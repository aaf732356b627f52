//! Messages that were sent with no known end, against what the target holds.

use tegu_message::doubt::{self, Sent};

use crate::ledger::Record;
use crate::prove::Digest;
use crate::wire::Uid;

/// What the target's unknown messages are, by UIDs on the source and on the target.
pub type Search = doubt::Search<Uid, Uid>;

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
    let sent = record.pending().filter_map(|(uid, pending)| {
        let sent = Sent::new(uid, pending.digest?, pending.mark)
            .sendings(pending.sendings)
            .has_copy(record.stored_flags(uid).is_some());
        Some(sent)
    });
    doubt::search(sent, found.iter().map(|(uid, digest)| (*uid, *uid, *digest)))
}

#[cfg(test)]
mod tests;
