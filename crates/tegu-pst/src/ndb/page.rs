//! Pages and the two B-trees made of them ([MS-PST] section 2.2.2.7).

use super::{Ndb, crypt, header::PageRef, locked};
use crate::{
    Result,
    bytes::{damaged, part, u8, u16, u32, word},
    limits::TREE_LEVELS,
    ndb::Format,
};
use std::{collections::HashSet, ops::Range, sync::Arc};

/// Which of the two trees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tree {
    Blocks,
    Nodes,
}

impl Tree {
    fn page_type(self) -> u8 {
        match self {
            Self::Blocks => 0x80,
            Self::Nodes => 0x81,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Blocks => "block B-tree",
            Self::Nodes => "node B-tree",
        }
    }

    fn entry_size(self, format: Format) -> usize {
        match (self, format) {
            (Self::Blocks, Format::Ansi) => 12,
            (Self::Blocks, _) => 24,
            (Self::Nodes, Format::Ansi) => 16,
            (Self::Nodes, _) => 32,
        }
    }
}

/// A page of a B-tree whose check sum was right.
#[derive(Debug)]
pub(crate) struct Page {
    data: Vec<u8>,
    count: usize,
    step: usize,
    pub(crate) level: u8,
    width: usize,
    tree: Tree,
    bid: u64,
}

impl Page {
    /// Whether this is the page that a reference means; its offset is known to be the same.
    pub(crate) fn is(&self, place: PageRef) -> bool {
        self.bid == place.bid
    }

    /// Reads a page at `place`.
    pub(crate) fn parse(data: Vec<u8>, format: Format, tree: Tree, place: PageRef) -> Result<Self> {
        let fail = |what: &str| damaged(format_args!("{} page at {}: {what}", tree.name(), place.ib));
        // Where the trailer begins, where its check sum and its identifier are, and how many octets are checked.
        let (trailer, sum, identifier, checked) = match format {
            Format::Ansi => (500, 508, 504, 500),
            Format::Unicode => (496, 500, 504, 496),
            Format::Unicode4k => (4072, 4076, 4080, 4072),
        };
        let width = format.width();
        let kind = tree.page_type();
        if u8(&data, trailer)? != kind || u8(&data, trailer + 1)? != kind {
            return Err(fail("another kind of page"));
        }
        if !crypt::is_sound(part(&data, 0, checked)?, u32(&data, sum)?) {
            return Err(fail("wrong check sum"));
        }
        if word(&data, identifier, width)? != place.bid {
            return Err(fail("another identifier than its parent says"));
        }
        if u16(&data, trailer + 2)? != crypt::signature(place.ib, place.bid) {
            return Err(fail("wrong signature"));
        }
        let (count, step, level, area) = match format {
            Format::Ansi => (u8(&data, 496)?.into(), u8(&data, 498)?, u8(&data, 499)?, 496),
            Format::Unicode => (u8(&data, 488)?.into(), u8(&data, 490)?, u8(&data, 491)?, 488),
            Format::Unicode4k => (u16(&data, 4056)?, u8(&data, 4060)?, u8(&data, 4061)?, 4056),
        };
        let (count, step) = (usize::from(count), usize::from(step));
        let least = if level == 0 {
            tree.entry_size(format)
        } else {
            3 * width
        };
        if level > TREE_LEVELS {
            return Err(fail("too many levels"));
        }
        if step < least || count * step > area {
            return Err(fail("entries do not fit"));
        }
        let page = Self {
            data,
            count,
            step,
            level,
            width,
            tree,
            bid: place.bid,
        };
        if (1..count).any(|index| page.key(index - 1) >= page.key(index)) {
            return Err(fail("keys do not ascend"));
        }
        Ok(page)
    }

    fn entry(&self, index: usize) -> &[u8] {
        self.data.get(index * self.step..).unwrap_or_default()
    }

    /// The key of an entry. Identifiers of blocks are compared without their lowest bit, those of nodes have 32 bits.
    fn key(&self, index: usize) -> u64 {
        let key = word(self.entry(index), 0, self.width).unwrap_or_default();
        match self.tree {
            Tree::Blocks => key & !1,
            Tree::Nodes => key & 0xffff_ffff,
        }
    }

    fn child(&self, index: usize) -> Result<PageRef> {
        let entry = self.entry(index);
        Ok(PageRef {
            bid: word(entry, self.width, self.width)?,
            ib: word(entry, 2 * self.width, self.width)?,
        })
    }

    /// The last entry whose key is not above `key`.
    fn position(&self, key: u64) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) <= key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.checked_sub(1)
    }
}

/// Leaves of each tree that were used last, with the keys that lead to them: as many as there are threads, and some more.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    blocks: Leaves,
    nodes: Leaves,
}

#[derive(Debug, Default)]
struct Leaves {
    kept: [Option<(Range<u64>, Arc<Page>)>; 6],
    /// Which one is replaced next.
    next: usize,
}

impl Recent {
    fn leaves(&mut self, tree: Tree) -> &mut Leaves {
        match tree {
            Tree::Blocks => &mut self.blocks,
            Tree::Nodes => &mut self.nodes,
        }
    }

    fn leaf(&mut self, tree: Tree, key: u64) -> Option<Arc<Page>> {
        let mut kept = self.leaves(tree).kept.iter().flatten();
        kept.find(|(keys, _)| keys.contains(&key))
            .map(|(_, page)| page.clone())
    }

    fn set(&mut self, tree: Tree, keys: Range<u64>, page: Arc<Page>) {
        let leaves = self.leaves(tree);
        leaves.next = (leaves.next + 1) % leaves.kept.len();
        if let Some(place) = leaves.kept.get_mut(leaves.next) {
            *place = Some((keys, page));
        }
    }
}

/// An entry of the block B-tree: where a block is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockEntry {
    pub(crate) bid: u64,
    pub(crate) ib: u64,
    pub(crate) stored: u16,
    /// The length before compression; as `stored` where nothing is compressed.
    pub(crate) length: u16,
}

/// An entry of the node B-tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NodeEntry {
    pub(crate) nid: u32,
    pub(crate) data: u64,
    pub(crate) sub: u64,
    pub(crate) parent: u32,
}

impl Ndb {
    fn root(&self, tree: Tree) -> PageRef {
        match tree {
            Tree::Blocks => self.header().blocks,
            Tree::Nodes => self.header().nodes,
        }
    }

    fn page(&self, tree: Tree, place: PageRef, level: Option<u8>) -> Result<Arc<Page>> {
        let page = self.cached_page(tree, place)?;
        if level.is_some_and(|expected| expected != page.level) {
            return Err(damaged(format_args!(
                "page at {}: another level than its parent says",
                place.ib
            )));
        }
        Ok(page)
    }

    /// The leaf entry with `key`: its page and its index.
    fn find(&self, tree: Tree, key: u64) -> Result<Option<(Arc<Page>, usize)>> {
        // The lock ends with this line.
        let recent = locked(&self.recent).leaf(tree, key);
        let leaf = match recent {
            Some(leaf) => leaf,
            None => {
                let Some((leaf, keys)) = self.descend(tree, key)? else {
                    return Ok(None);
                };
                locked(&self.recent).set(tree, keys, leaf.clone());
                leaf
            }
        };
        Ok(leaf
            .position(key)
            .filter(|index| leaf.key(*index) == key)
            .map(|index| (leaf, index)))
    }

    /// The leaf that would hold `key`, and the keys for which this is the way.
    fn descend(&self, tree: Tree, key: u64) -> Result<Option<(Arc<Page>, Range<u64>)>> {
        let mut page = self.page(tree, self.root(tree), None)?;
        let mut keys = 0..u64::MAX;
        while page.level > 0 {
            let Some(index) = page.position(key) else {
                return Ok(None);
            };
            keys.start = page.key(index);
            if index + 1 < page.count {
                keys.end = page.key(index + 1);
            }
            page = self.page(tree, page.child(index)?, Some(page.level - 1))?;
        }
        Ok(Some((page, keys)))
    }

    /// Where the block `bid` is.
    pub(crate) fn find_block(&self, bid: u64) -> Result<BlockEntry> {
        let Some((page, index)) = self.find(Tree::Blocks, bid & !1)? else {
            return Err(damaged(format_args!("block {bid:#x} is not in the file")));
        };
        block_entry(page.entry(index), self.header().format)
    }

    /// The node `nid`.
    pub(crate) fn find_node(&self, nid: u32) -> Result<Option<NodeEntry>> {
        let Some((page, index)) = self.find(Tree::Nodes, u64::from(nid))? else {
            return Ok(None);
        };
        node_entry(page.entry(index), page.width).map(Some)
    }

    /// Visits the leaf entries of a tree, each page once. What is damaged goes to `damage`, and its siblings are visited all the same.
    fn walk(
        &self,
        tree: Tree,
        visit: &mut dyn FnMut(&[u8]) -> Result<()>,
        damage: &mut dyn FnMut(crate::Error),
    ) {
        let mut seen = HashSet::new();
        let mut stack = vec![(self.root(tree), None)];
        while let Some((place, level)) = stack.pop() {
            if !seen.insert(place.ib) {
                damage(damaged(format_args!(
                    "{} page at {}: referred to twice",
                    tree.name(),
                    place.ib
                )));
                continue;
            }
            let page = match self.page(tree, place, level) {
                Ok(page) => page,
                Err(error) => {
                    damage(error);
                    continue;
                }
            };
            for index in (0..page.count).rev() {
                let outcome = if page.level == 0 {
                    visit(page.entry(page.count - 1 - index))
                } else {
                    page.child(index)
                        .map(|child| stack.push((child, Some(page.level - 1))))
                };
                if let Err(error) = outcome {
                    damage(error);
                }
            }
        }
    }

    /// All nodes, in the order of their identifiers, and what could not be read of the tree.
    pub(crate) fn walk_nodes(&self, visit: &mut dyn FnMut(NodeEntry), damage: &mut dyn FnMut(crate::Error)) {
        let width = self.header().format.width();
        self.walk(
            Tree::Nodes,
            &mut |entry| {
                visit(node_entry(entry, width)?);
                Ok(())
            },
            damage,
        );
    }

    /// All blocks.
    pub(crate) fn walk_blocks(
        &self,
        visit: &mut dyn FnMut(BlockEntry),
        damage: &mut dyn FnMut(crate::Error),
    ) {
        let format = self.header().format;
        self.walk(
            Tree::Blocks,
            &mut |entry| {
                visit(block_entry(entry, format)?);
                Ok(())
            },
            damage,
        );
    }
}

fn block_entry(entry: &[u8], format: Format) -> Result<BlockEntry> {
    let width = format.width();
    let stored = u16(entry, 2 * width)?;
    Ok(BlockEntry {
        bid: word(entry, 0, width)?,
        ib: word(entry, width, width)?,
        stored,
        length: if format == Format::Unicode4k {
            u16(entry, 2 * width + 2)?
        } else {
            stored
        },
    })
}

fn node_entry(entry: &[u8], width: usize) -> Result<NodeEntry> {
    Ok(NodeEntry {
        nid: u32(entry, 0)?,
        data: word(entry, width, width)?,
        sub: word(entry, 2 * width, width)?,
        parent: u32(entry, 3 * width)?,
    })
}
