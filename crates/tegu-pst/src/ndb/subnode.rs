//! Nodes and the trees of nodes below them ([MS-PST] section 2.2.2.8.3.3).

use super::{DataTree, Ndb, NodeEntry, block::is_internal};
use crate::{
    Result,
    bytes::{damaged, exceeded, u8, u16, u32, word},
};
use std::collections::HashSet;

/// A node with what lies below it.
#[derive(Clone, Debug)]
pub(crate) struct Node<'p> {
    pub(crate) ndb: &'p Ndb,
    pub(crate) nid: u32,
    pub(crate) data: DataTree,
    subs: Vec<SubEntry>,
    /// The nodes above this one, as their blocks: none may be below itself.
    path: Vec<(u64, u64)>,
    /// Why the sub-nodes could not be read.
    pub(crate) damage: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct SubEntry {
    nid: u32,
    data: u64,
    sub: u64,
}

impl<'p> Node<'p> {
    pub(crate) fn open(ndb: &'p Ndb, entry: NodeEntry) -> Result<Self> {
        Self::below(ndb, entry.nid, entry.data, entry.sub, Vec::new())
    }

    fn below(ndb: &'p Ndb, nid: u32, data: u64, sub: u64, mut path: Vec<(u64, u64)>) -> Result<Self> {
        if sub != 0 {
            if path.contains(&(data, sub)) {
                return Err(damaged(format_args!("node {nid:#x} lies below itself")));
            }
            if path.len() >= ndb.limits().nesting {
                return Err(exceeded(format_args!(
                    "node {nid:#x} is nested deeper than the limit `nesting`"
                )));
            }
            path.push((data, sub));
        }
        // A node whose sub-nodes are unreadable still has properties of its own.
        let (subs, damage) = match sub_entries(ndb, sub) {
            Ok(subs) => (subs, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Ok(Self {
            ndb,
            nid,
            data: DataTree::open(ndb, data)?,
            subs,
            path,
            damage,
        })
    }

    /// The sub-node `nid`.
    pub(crate) fn sub(&self, nid: u32) -> Result<Option<Self>> {
        match self.subs.binary_search_by_key(&nid, |entry| entry.nid) {
            Ok(index) => {
                let Some(entry) = self.subs.get(index) else {
                    return Ok(None);
                };
                Self::below(self.ndb, nid, entry.data, entry.sub, self.path.clone()).map(Some)
            }
            Err(_) => match &self.damage {
                Some(damage) => Err(damaged(damage)),
                None => Ok(None),
            },
        }
    }

    /// The data of the sub-node `nid`.
    pub(crate) fn sub_data(&self, nid: u32) -> Result<DataTree> {
        let found = self.subs.binary_search_by_key(&nid, |entry| entry.nid);
        match found.ok().and_then(|index| self.subs.get(index)) {
            Some(entry) => DataTree::open(self.ndb, entry.data),
            None => Err(damaged(format_args!(
                "sub-node {nid:#x} of node {:#x} is missing",
                self.nid
            ))),
        }
    }

    /// The identifiers of the sub-nodes.
    pub(crate) fn sub_ids(&self) -> impl Iterator<Item = u32> {
        self.subs.iter().map(|entry| entry.nid)
    }
}

fn sub_entries(ndb: &Ndb, bid: u64) -> Result<Vec<SubEntry>> {
    let mut entries = Vec::new();
    if bid & !1 == 0 {
        return Ok(entries);
    }
    let fail = |what: &str| damaged(format_args!("sub-nodes {bid:#x}: {what}"));
    let width = ndb.header().format.width();
    let (start, short) = if width == 4 { (4, 8) } else { (8, 16) };
    let list = |bid: u64| -> Result<(u8, Vec<u8>)> {
        if !is_internal(bid) {
            return Err(fail("a block is not internal"));
        }
        let data = ndb.block(bid)?;
        if u8(&data, 0)? != 2 {
            return Err(fail("another kind of block"));
        }
        let level = u8(&data, 1)?;
        let size = if level == 0 { 3 * width } else { short };
        let length = usize::from(u16(&data, 2)?) * size;
        let list = data.get(start..).and_then(|rest| rest.get(..length));
        Ok((level, list.ok_or_else(|| fail("entries do not fit"))?.to_vec()))
    };
    let (level, root) = list(bid)?;
    let leaves = match level {
        0 => vec![root],
        1 => {
            let mut seen = HashSet::new();
            let mut leaves = Vec::new();
            let mut count = 0;
            for entry in root.chunks_exact(short) {
                let child = word(entry, width, width)?;
                if !seen.insert(child & !1) {
                    return Err(fail("a block is there twice"));
                }
                let (0, leaf) = list(child)? else {
                    return Err(fail("unknown level"));
                };
                count += leaf.len() / (3 * width);
                if count > ndb.limits().subnodes {
                    return Err(exceeded(format_args!(
                        "sub-nodes {bid:#x}: more than the limit `subnodes`"
                    )));
                }
                leaves.push(leaf);
            }
            leaves
        }
        _ => return Err(fail("unknown level")),
    };
    for leaf in leaves {
        for entry in leaf.chunks_exact(3 * width) {
            entries.push(SubEntry {
                nid: u32(entry, 0)?,
                data: word(entry, width, width)?,
                sub: word(entry, 2 * width, width)?,
            });
        }
    }
    if entries
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.nid >= b.nid))
    {
        return Err(fail("identifiers do not ascend"));
    }
    Ok(entries)
}
