//! Blocks ([MS-PST] section 2.2.2.8).

use super::{Crypt, Format, Ndb, crypt, page::BlockEntry};
use crate::{
    Result,
    bytes::{damaged, u16, u32, word},
};
use std::io::Read;

/// Whether a block holds structures of the node database; such blocks are never obfuscated.
pub(crate) fn is_internal(bid: u64) -> bool {
    bid & 2 != 0
}

impl Ndb {
    /// The data of the block `bid`: checked, inflated, de-obfuscated.
    pub(crate) fn block(&self, bid: u64) -> Result<Vec<u8>> {
        let entry = self.find_block(bid)?;
        self.block_at(&entry)
    }

    /// The data of the block that an entry points at.
    pub(crate) fn block_at(&self, entry: &BlockEntry) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        self.block_onto(entry, &mut data)?;
        Ok(data)
    }

    /// Appends the data of the block that an entry points at; nothing if it is damaged.
    pub(crate) fn block_onto(&self, entry: &BlockEntry, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let read = self.read_block(entry, out, start);
        if read.is_err() {
            out.truncate(start);
        }
        read
    }

    fn read_block(&self, entry: &BlockEntry, out: &mut Vec<u8>, start: usize) -> Result<()> {
        let format = self.header().format;
        let bid = entry.bid;
        let fail = |what: &str| damaged(format_args!("block {bid:#x} at {}: {what}", entry.ib));
        let stored = usize::from(entry.stored);
        if stored > format.block_capacity() || stored == 0 {
            return Err(fail("impossible length"));
        }
        let trailer = format.block_trailer();
        let whole = (stored + trailer).next_multiple_of(format.block_alignment());
        out.reserve(whole);
        self.read_onto(entry.ib, whole, out)?;
        let data = out.get(start..).unwrap_or_default();
        let end = whole - trailer;
        let (sum, identifier) = if format == Format::Ansi {
            (end + 8, end + 4)
        } else {
            (end + 4, end + 8)
        };
        if usize::from(u16(data, end)?) != stored {
            return Err(fail("its own length differs"));
        }
        // The lowest bit of an identifier is without meaning (section 2.2.2.2).
        let own = word(data, identifier, format.width())?;
        if own | 1 != bid | 1 {
            return Err(fail("its own identifier differs"));
        }
        if u16(data, end + 2)? != crypt::signature(entry.ib, own) {
            return Err(fail("wrong signature"));
        }
        let expected = u32(data, sum)?;
        let data = data.get(..stored).unwrap_or_default();
        if !crypt::is_sound(data, expected) {
            return Err(fail("wrong check sum"));
        }
        if entry.length == entry.stored {
            out.truncate(start + stored);
        } else {
            let inflated = inflate(data, entry.length).map_err(|()| fail("cannot be inflated"))?;
            out.truncate(start);
            out.extend_from_slice(&inflated);
        }
        if !is_internal(bid) {
            let data = out.get_mut(start..).unwrap_or_default();
            self.header().crypt.decode(data, bid);
        }
        Ok(())
    }

    /// Finds out whether blocks are permuted although the header says that they are not, as ExMerge wrote them: `heap` is a block
    /// that begins with a heap.
    pub(crate) fn detect_unnamed_crypt(&mut self, heap: u64) -> Result<bool> {
        if self.header().crypt != Crypt::None {
            return Ok(false);
        }
        let mut block = self.block(heap)?;
        if block.get(2) == Some(&0xec) {
            return Ok(false);
        }
        Crypt::Permute.decode(&mut block, heap);
        let found = block.get(2) == Some(&0xec);
        if found {
            self.set_crypt(Crypt::Permute);
        }
        Ok(found)
    }
}

fn inflate(data: &[u8], length: u16) -> Result<Vec<u8>, ()> {
    let mut inflated = Vec::with_capacity(usize::from(length));
    flate2::read::ZlibDecoder::new(data)
        .take(u64::from(length) + 1)
        .read_to_end(&mut inflated)
        .map_err(drop)?;
    if inflated.len() == usize::from(length) {
        Ok(inflated)
    } else {
        Err(())
    }
}
