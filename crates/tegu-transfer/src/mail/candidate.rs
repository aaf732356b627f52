//! A message that was read and may be appended.

use crate::{
    Digest, Finding, Result, State,
    journal::Record,
    message::{Content, Flags, Message},
    route::record,
    targets::TargetCapabilities,
};
use std::collections::HashMap;

/// A message, what was noticed about it, and the digest by which it is known.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) digest: Digest,
    pub(super) findings: Vec<Finding>,
    pub(super) message: Message,
    /// Where it stands on the target, if that is to be remembered.
    pub(super) place: Option<String>,
    /// What the source says of its version.
    pub(super) version: Option<String>,
}

impl Candidate {
    pub(super) fn new(id: String, content: &Content, findings: Vec<Finding>, message: Message) -> Self {
        Self {
            id,
            digest: content.digest,
            findings,
            message,
            place: None,
            version: None,
        }
    }

    /// What is sent when all that the target cannot hold is accepted: nothing that it loses, and an end of the last line. The
    /// message is known by what it then is.
    pub(super) fn when_accepted(mut self, content: &Content, target: &TargetCapabilities) -> Result<Self> {
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
        if content.unended_last_line && !target.unended_last_line {
            self.message.body = self.message.body.ended()?;
            self.digest = self.message.body.digest()?;
        }
        Ok(self)
    }

    pub(super) fn settle(self, state: State) -> (String, Record) {
        let mut settled = record(state, self.message.body.len(), self.findings);
        settled.digest = Some(self.digest);
        settled.place = self.place;
        if self.version.is_some() {
            settled.flags = Some(names(&self.message.flags));
            settled.version = self.version;
        }
        (self.id, settled)
    }
}

/// The names of flags, joined by spaces.
pub(super) fn names(flags: &Flags) -> String {
    flags.names().collect::<Vec<_>>().join(" ")
}

/// Takes over what a record of an earlier version says of the item.
pub(super) fn carry_replaced(known: &HashMap<String, Record>, id: &str, record: &mut Record) {
    if let Some(old) = known.get(id) {
        record.replaces.clone_from(&old.replaces);
    }
}
