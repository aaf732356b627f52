//! B-trees on a heap ([MS-PST] section 2.3.2).

use super::heap::{Heap, Reference};
use crate::{
    Error, Result,
    bytes::{damaged, exceeded, u8, u32},
    limits::TREE_LEVELS,
};
use std::collections::HashSet;

/// The head of a B-tree: the lengths of keys and data, and its root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bth {
    pub(crate) key: usize,
    pub(crate) data: usize,
    levels: u8,
    root: u32,
}

impl Bth {
    pub(crate) fn open(heap: &Heap<'_>, id: u32) -> Result<Self> {
        let head = heap.get(id)?;
        let tree = Self {
            key: u8(&head, 1)?.into(),
            data: u8(&head, 2)?.into(),
            levels: u8(&head, 3)?,
            root: u32(&head, 4)?,
        };
        if u8(&head, 0)? != 0xb5 {
            return Err(damaged(format_args!(
                "node {:#x}: no B-tree on its heap",
                heap.node.nid
            )));
        }
        if !matches!(tree.key, 2 | 4 | 8 | 16)
            || tree.data == 0
            || tree.data > 32
            || tree.levels > TREE_LEVELS
        {
            return Err(damaged(format_args!(
                "node {:#x}: a B-tree of an impossible shape",
                heap.node.nid
            )));
        }
        Ok(tree)
    }

    /// Visits the records, each with key and data, in order. What is damaged goes to `damage`; the rest is visited all the same.
    pub(crate) fn walk(
        &self,
        heap: &Heap<'_>,
        limit: usize,
        visit: &mut dyn FnMut(&[u8]),
        damage: &mut dyn FnMut(Error),
    ) -> Result<()> {
        let mut stack = vec![(self.root, self.levels)];
        // A root that is a leaf is all there is.
        let mut seen = HashSet::new();
        let mut count = 0;
        while let Some((id, level)) = stack.pop() {
            if Reference::new(id) == Reference::Empty {
                continue;
            }
            if self.levels > 0 && !seen.insert(id) {
                damage(damaged(format_args!(
                    "heap item {id:#x} is there twice in a B-tree"
                )));
                continue;
            }
            let records = match heap.get(id) {
                Ok(records) => records,
                Err(error) => {
                    damage(error);
                    continue;
                }
            };
            let size = self.key + if level == 0 { self.data } else { 4 };
            if records.len() % size != 0 {
                damage(damaged(format_args!("heap item {id:#x} holds part of a record")));
            }
            if level > 0 {
                for record in records.chunks_exact(size).rev() {
                    stack.push((u32(record, self.key)?, level - 1));
                }
                continue;
            }
            count += records.len() / size;
            if count > limit {
                return Err(exceeded(format_args!("more than {limit} records in one B-tree")));
            }
            records.chunks_exact(size).for_each(&mut *visit);
        }
        Ok(())
    }
}
