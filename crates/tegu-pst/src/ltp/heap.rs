//! The heap on a node ([MS-PST] section 2.3.1).

use crate::{
    Result,
    bytes::{damaged, u8, u16, u32},
    ndb::{DataTree, Format, Node},
};
use std::{cell::RefCell, ops::Deref, ops::Range, sync::Arc};

/// Blocks of one heap that are kept in memory.
const KEPT: usize = 32;

/// What a heap is for.
pub(crate) const PROPERTIES: u8 = 0xbc;
pub(crate) const TABLE: u8 = 0x7c;
const SIGNATURE: u8 = 0xec;

#[derive(Debug)]
pub(crate) struct Heap<'p> {
    pub(crate) node: Node<'p>,
    pub(crate) root: u32,
    kept: RefCell<Vec<(usize, Arc<Vec<u8>>)>>,
}

/// An allocation: a range of a block.
#[derive(Clone, Debug)]
pub(crate) struct Allocation {
    block: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Deref for Allocation {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.block.get(self.range.clone()).unwrap_or_default()
    }
}

/// A reference to a heap allocation or to a sub-node ([MS-PST] section 2.3.3.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reference {
    Empty,
    Heap(u32),
    Node(u32),
}

impl Reference {
    pub(crate) fn new(id: u32) -> Self {
        match id {
            0 => Self::Empty,
            id if id & 0x1f == 0 => Self::Heap(id),
            id => Self::Node(id),
        }
    }
}

impl<'p> Heap<'p> {
    pub(crate) fn open(node: Node<'p>, client: u8) -> Result<Self> {
        let mut heap = Self {
            node,
            root: 0,
            kept: RefCell::default(),
        };
        let first = heap.node.data.block(heap.node.ndb, 0)?;
        if u8(&first, 2)? != SIGNATURE {
            return Err(damaged(format_args!("node {:#x} holds no heap", heap.node.nid)));
        }
        if u8(&first, 3)? != client {
            return Err(damaged(format_args!(
                "node {:#x} holds a heap for something else",
                heap.node.nid
            )));
        }
        heap.root = u32(&first, 4)?;
        heap.kept.get_mut().push((0, Arc::new(first)));
        Ok(heap)
    }

    fn block(&self, index: usize) -> Result<Arc<Vec<u8>>> {
        let mut kept = self.kept.borrow_mut();
        if let Some((_, block)) = kept.iter().find(|(number, _)| *number == index) {
            return Ok(block.clone());
        }
        let block = Arc::new(self.node.data.block(self.node.ndb, index)?);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((index, block.clone()));
        Ok(block)
    }

    /// The allocation `id`.
    pub(crate) fn get(&self, id: u32) -> Result<Allocation> {
        let bits = if self.node.ndb.header().format == Format::Unicode4k {
            14
        } else {
            11
        };
        let index = ((id >> 5) & ((1 << bits) - 1)) as usize;
        let number = (id >> (5 + bits)) as usize;
        let fail = |what: &str| {
            damaged(format_args!(
                "heap of node {:#x}, item {id:#x}: {what}",
                self.node.nid
            ))
        };
        if id & 0x1f != 0 || index == 0 {
            return Err(fail("no heap item"));
        }
        let block = self.block(number)?;
        let map = usize::from(u16(&block, 0)?);
        if index > usize::from(u16(&block, map)?) {
            return Err(fail("there is no such item"));
        }
        let start = usize::from(u16(&block, map + 2 + 2 * index)?);
        let end = usize::from(u16(&block, map + 4 + 2 * index)?);
        if start > end || end > map || start < 2 {
            return Err(fail("its place is impossible"));
        }
        Ok(Allocation {
            block,
            range: start..end,
        })
    }

    /// The data of a value that is too large for the heap.
    pub(crate) fn sub_data(&self, nid: u32) -> Result<DataTree> {
        self.node.sub_data(nid)
    }

    /// All octets that a reference means.
    pub(crate) fn value(&self, reference: Reference) -> Result<Vec<u8>> {
        match reference {
            Reference::Empty => Ok(Vec::new()),
            Reference::Heap(id) => Ok(self.get(id)?.to_vec()),
            Reference::Node(nid) => self.sub_data(nid)?.read_all(self.node.ndb),
        }
    }
}
