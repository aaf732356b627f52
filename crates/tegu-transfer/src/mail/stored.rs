//! What stands on the target and is not spoken for yet: a multiset, since equal messages count as often as they are there.

use super::fit::differences;
use crate::{Digest, message::Message, targets::Stored};
use std::collections::HashMap;

/// Messages of a target folder, by digest.
#[derive(Debug, Default)]
pub(super) struct StoredMessages(HashMap<Digest, Vec<(usize, Stored)>>);

impl StoredMessages {
    pub(super) fn new(stored: Vec<Stored>) -> Self {
        let mut messages = Self::default();
        for (place, message) in stored.into_iter().enumerate() {
            let equal = messages.0.entry(message.digest).or_default();
            equal.push((place, message));
        }
        messages
    }

    /// Takes any message with this digest.
    pub(super) fn take(&mut self, digest: &Digest) -> Option<Stored> {
        self.0.get_mut(digest)?.pop().map(|(_, stored)| stored)
    }

    /// Of several equal messages, takes the one whose flags and date fit.
    pub(super) fn take_best(&mut self, digest: &Digest, sent: &Message) -> Option<Stored> {
        let stored = self.0.get_mut(digest)?;
        let best = stored
            .iter()
            .position(|(_, stored)| differences(sent, stored).is_none())
            .unwrap_or(0);
        (best < stored.len()).then(|| stored.swap_remove(best).1)
    }

    /// What nobody has taken, in the order in which it stands there.
    pub(super) fn rest(self) -> Vec<Stored> {
        let mut rest = self.0.into_values().flatten().collect::<Vec<_>>();
        rest.sort_by_key(|(place, _)| *place);
        rest.into_iter().map(|(_, stored)| stored).collect()
    }
}
