//! Messages that no folder lists.

use super::Pst;
use crate::{Error, tag::nid};
use std::collections::HashSet;

/// A message of the node database that no folder lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Orphan {
    /// The node.
    pub nid: u32,
    /// The folder that the node names.
    pub folder: u32,
    /// Whether it is an item that Outlook would not show.
    pub hidden: bool,
}

impl Pst {
    /// The messages that are in the file and not in `listed`, which holds what all folders list. What cannot be read of the node
    /// database goes to `damage`.
    pub fn orphans(&self, listed: &HashSet<u32>, damage: &mut dyn FnMut(Error)) -> Vec<Orphan> {
        let mut orphans = Vec::new();
        self.ndb.walk_nodes(
            &mut |entry| {
                let kind = nid::kind(entry.nid);
                if matches!(kind, nid::MESSAGE | nid::ASSOCIATED) && !listed.contains(&entry.nid) {
                    orphans.push(Orphan {
                        nid: entry.nid,
                        folder: entry.parent,
                        hidden: kind == nid::ASSOCIATED,
                    });
                }
            },
            damage,
        );
        orphans
    }
}
