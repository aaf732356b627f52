//! What stands on the target and is not spoken for yet: a multiset, since equal messages count as often as they are there.

use super::fit::differences;
use crate::{Digest, message::Message, target::Stored};
use std::collections::HashMap;

/// Messages of a target folder, by digest.
#[derive(Debug, Default)]
pub(super) struct Stock(HashMap<Digest, Vec<Stored>>);

impl Stock {
    pub(super) fn new(stored: Vec<Stored>) -> Self {
        let mut stock = Self::default();
        for message in stored {
            stock.0.entry(message.digest).or_default().push(message);
        }
        stock
    }

    /// Takes any message with this digest.
    pub(super) fn take(&mut self, digest: &Digest) -> Option<Stored> {
        self.0.get_mut(digest)?.pop()
    }

    /// Of several equal messages, takes the one whose flags and date fit.
    pub(super) fn take_best(&mut self, digest: &Digest, sent: &Message) -> Option<Stored> {
        let stored = self.0.get_mut(digest)?;
        let best = stored
            .iter()
            .position(|stored| differences(sent, stored).is_none())
            .unwrap_or(0);
        (best < stored.len()).then(|| stored.swap_remove(best))
    }
}
