//! A message that was read and may be appended.

use super::record;
use crate::{
    Digest, Finding, State,
    journal::Record,
    message::{Content, Message},
    target::TargetCapabilities,
};

/// A message, what was noticed about it, and the digest by which it is known.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) digest: Digest,
    pub(super) findings: Vec<Finding>,
    pub(super) message: Message,
}

impl Candidate {
    pub(super) fn new(id: String, content: &Content, findings: Vec<Finding>, message: Message) -> Self {
        Self {
            id,
            digest: content.digest,
            findings,
            message,
        }
    }

    /// The operator accepted that the target loses these, so they are not sent.
    pub(super) fn without_what_is_lost(mut self, target: &TargetCapabilities) -> Self {
        if !target.flags {
            self.message.flags.clear();
        }
        if !target.dates {
            self.message.date = None;
        }
        self.message
            .flags
            .keywords
            .retain(|keyword| target.keywords.hold(keyword));
        self
    }

    pub(super) fn settle(self, state: State) -> (String, Record) {
        let mut settled = record(state, self.message.body.len(), self.findings);
        settled.digest = Some(self.digest);
        (self.id, settled)
    }
}
