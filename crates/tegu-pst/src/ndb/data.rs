//! Data trees: the blocks of one value ([MS-PST] section 2.2.2.8.3.2).

use super::{Ndb, block::is_internal};
use crate::{
    Error, Result,
    bytes::{damaged, exceeded, u8, u16, u32, word},
};
use std::{
    collections::HashSet,
    fmt,
    io::{self, Read},
};

/// The blocks of one value, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct DataTree {
    blocks: Vec<u64>,
    /// What the tree says the blocks hold together; `None` for a single block.
    total: Option<u64>,
}

impl DataTree {
    pub(crate) fn open(ndb: &Ndb, bid: u64) -> Result<Self> {
        if bid & !1 == 0 {
            return Ok(Self::default());
        }
        if !is_internal(bid) {
            return Ok(Self {
                blocks: vec![bid],
                total: None,
            });
        }
        let root = ndb.block(bid)?;
        let fail = |what: &str| damaged(format_args!("data tree {bid:#x}: {what}"));
        let (level, total, entries) = entries(ndb, &root).ok_or_else(|| fail("malformed root"))?;
        let mut blocks = Vec::new();
        match level {
            1 => blocks = entries,
            2 => {
                let mut seen = HashSet::new();
                for child in entries {
                    if !is_internal(child) || !seen.insert(child) {
                        return Err(fail("a child is no tree, or is there twice"));
                    }
                    let Some((1, _, leaves)) = self::entries(ndb, &ndb.block(child)?) else {
                        return Err(fail("malformed child"));
                    };
                    blocks.extend(leaves);
                }
            }
            _ => return Err(fail("unknown level")),
        }
        // Most writers number the blocks of a value upwards.
        let ascend = blocks
            .windows(2)
            .all(|pair| matches!(pair, [one, other] if *one & !1 < *other & !1));
        let mut seen = HashSet::new();
        if blocks
            .iter()
            .any(|block| is_internal(*block) || (!ascend && !seen.insert(*block & !1)))
        {
            return Err(fail("a block is internal, or is there twice"));
        }
        Ok(Self {
            blocks,
            total: Some(total.into()),
        })
    }

    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub(crate) fn block(&self, ndb: &Ndb, index: usize) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        self.block_onto(ndb, index, &mut data)?;
        Ok(data)
    }

    fn block_onto(&self, ndb: &Ndb, index: usize, out: &mut Vec<u8>) -> Result<()> {
        let bid = self
            .blocks
            .get(index)
            .ok_or_else(|| damaged(format_args!("block {index} of {} is missing", self.blocks.len())))?;
        ndb.block_onto(&ndb.find_block(*bid)?, out)
    }

    /// Appends the blocks from `first` on; they hold `length` octets.
    fn read_onto(&self, ndb: &Ndb, first: usize, length: u64, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let most = (self.blocks.len() as u64).saturating_mul(ndb.header().format.block_capacity() as u64);
        // The last block is read with its padding and its trailer: a value must not be moved for these.
        let room = length
            .min(most)
            .saturating_add(ndb.header().format.block_size() as u64);
        out.reserve_exact(usize::try_from(room).unwrap_or_default());
        let read = |out: &Vec<u8>| (out.len() - start) as u64;
        for index in first..self.blocks() {
            self.block_onto(ndb, index, out)?;
            if read(out) > length {
                break;
            }
        }
        if read(out) == length {
            Ok(())
        } else {
            Err(damaged(format_args!(
                "a value of {length} octets has {} in its blocks",
                read(out)
            )))
        }
    }

    /// How many octets the value has.
    pub(crate) fn length(&self, ndb: &Ndb) -> Result<u64> {
        match (self.total, self.blocks.first()) {
            (Some(total), _) => Ok(total),
            (None, Some(bid)) => Ok(ndb.find_block(*bid)?.length.into()),
            (None, None) => Ok(0),
        }
    }

    pub(crate) fn read_all(&self, ndb: &Ndb) -> Result<Vec<u8>> {
        let length = self.length(ndb)?;
        let limit = ndb.limits().value;
        if length > limit {
            return Err(exceeded(format_args!(
                "a value of {length} octets; the limit `value` is {limit}"
            )));
        }
        let mut data = Vec::new();
        self.read_onto(ndb, 0, length, &mut data)?;
        Ok(data)
    }
}

/// Level, total length and identifiers of an XBLOCK or XXBLOCK.
fn entries(ndb: &Ndb, data: &[u8]) -> Option<(u8, u32, Vec<u64>)> {
    if u8(data, 0).ok()? != 1 {
        return None;
    }
    let width = ndb.header().format.width();
    let count = usize::from(u16(data, 2).ok()?);
    let list = data.get(8..)?.get(..count * width)?;
    let entries = list
        .chunks_exact(width)
        .filter_map(|entry| word(entry, 0, width).ok())
        .collect();
    Some((u8(data, 1).ok()?, u32(data, 4).ok()?, entries))
}

/// Reads the octets of one value block by block, in bounded memory.
pub struct DataReader<'p> {
    ndb: &'p Ndb,
    tree: DataTree,
    length: u64,
    next: usize,
    given: u64,
    block: Vec<u8>,
    at: usize,
}

impl fmt::Debug for DataReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataReader")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl<'p> DataReader<'p> {
    pub(crate) fn new(ndb: &'p Ndb, tree: DataTree) -> Result<Self> {
        let length = tree.length(ndb)?;
        Ok(Self {
            ndb,
            tree,
            length,
            next: 0,
            given: 0,
            block: Vec::new(),
            at: 0,
        })
    }

    pub(crate) fn memory(ndb: &'p Ndb, data: Vec<u8>) -> Self {
        Self {
            ndb,
            tree: DataTree::default(),
            length: data.len() as u64,
            next: 0,
            given: 0,
            block: data,
            at: 0,
        }
    }

    /// How many octets there are, as the file says. Reading fails if it holds another number.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads what is left into memory. If the value is damaged, what could be read is there beside the error.
    pub(crate) fn into_vec(mut self) -> (Vec<u8>, Result<()>) {
        let mut data = std::mem::take(&mut self.block);
        data.drain(..self.at.min(data.len()));
        let left = self
            .length
            .saturating_sub(self.given)
            .saturating_sub(data.len() as u64);
        let read = self.tree.read_onto(self.ndb, self.next, left, &mut data);
        (data, read)
    }

    /// The next piece, empty at the end.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) where the value is damaged, or its length is wrong.
    pub fn next_piece(&mut self) -> Result<&[u8]> {
        while self.at == self.block.len() && self.next < self.tree.blocks() {
            self.block.clear();
            self.at = 0;
            self.tree.block_onto(self.ndb, self.next, &mut self.block)?;
            self.next += 1;
        }
        let start = std::mem::replace(&mut self.at, self.block.len());
        let piece = self.block.get(start..).unwrap_or_default();
        self.given += piece.len() as u64;
        let ended = piece.is_empty();
        if self.given > self.length || (ended && self.given != self.length) {
            return Err(damaged(format_args!(
                "a value of {} octets has another number in its blocks",
                self.length
            )));
        }
        Ok(piece)
    }
}

impl Read for DataReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let length = {
            let piece = self.next_piece().map_err(io::Error::other::<Error>)?;
            let length = piece.len().min(buffer.len());
            if let (Some(to), Some(from)) = (buffer.get_mut(..length), piece.get(..length)) {
                to.copy_from_slice(from);
            }
            (length, piece.len())
        };
        // What did not fit is given again.
        self.at -= length.1 - length.0;
        self.given -= (length.1 - length.0) as u64;
        Ok(length.0)
    }
}
