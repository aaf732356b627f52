//! Messages that were sent, and of whose sending no end is known.

use std::collections::BTreeMap;

use super::Sending;
use crate::prove::Digest;
use crate::wire::{Uid, UidSet};

/// A message that was sent more often than copies or refusals are known of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pending {
    /// The smallest UID on the target that a copy can have which was not seen yet.
    pub mark: Uid,
    /// When it was last sent, in seconds since 1970; 0 where it is not known.
    pub at: u64,
    /// The digest of its octets; ledgers of earlier versions have none.
    pub digest: Option<Digest>,
    /// How many octets it has.
    pub octets: u64,
    /// How many of its sendings have no known end.
    pub sendings: u32,
}

/// All of a mailbox, by source UID.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct PendingMessages(BTreeMap<Uid, Pending>);

impl PendingMessages {
    pub(super) fn send(&mut self, mark: Uid, at: u64, message: &Sending) {
        let fresh = Pending {
            mark,
            at,
            digest: None,
            octets: 0,
            sendings: 0,
        };
        let pending = self.0.entry(message.uid).or_insert(fresh);
        pending.mark = pending.mark.min(mark);
        pending.at = pending.at.max(at);
        pending.sendings = pending.sendings.saturating_add(1);
        if message.digest.is_some() {
            (pending.digest, pending.octets) = (message.digest, message.octets);
        }
    }

    /// One sending has ended.
    pub(super) fn end_one(&mut self, uid: Uid) {
        if let Some(pending) = self.0.get_mut(&uid) {
            pending.sendings = pending.sendings.saturating_sub(1);
            if pending.sendings == 0 {
                self.0.remove(&uid);
            }
        }
    }

    /// One sending of each has ended.
    pub(super) fn end_each(&mut self, uids: &UidSet) {
        let ended: Vec<Uid> = self.0.keys().copied().filter(|uid| uids.contains(*uid)).collect();
        ended.into_iter().for_each(|uid| self.end_one(uid));
    }

    /// Of messages that an earlier version was about to send it is not known whether they were sent.
    pub(super) fn end_undigested(&mut self, is_ended: impl Fn(Uid) -> bool) {
        self.0
            .retain(|uid, pending| pending.digest.is_some() || !is_ended(*uid));
    }

    pub(super) fn settle(&mut self, uids: &UidSet) {
        self.0.retain(|uid, _| !uids.contains(*uid));
    }

    pub(super) fn searched(&mut self, mark: Uid) {
        for pending in self.0.values_mut() {
            pending.mark = pending.mark.max(mark);
        }
    }

    pub(super) fn get(&self, uid: Uid) -> Option<&Pending> {
        self.0.get(&uid)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Uid, &Pending)> {
        self.0.iter().map(|(uid, pending)| (*uid, pending))
    }
}
