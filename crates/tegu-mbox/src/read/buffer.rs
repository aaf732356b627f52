//! The read buffer.

use std::io::{self, Read};

use crate::{Error, Result};

/// How much is taken from a reader before it is looked at again, at most.
pub(super) const STEP: usize = 128 * 1024;

const PAGE: usize = 4096;

/// What the storage shrinks back to after a large message.
const USUAL: usize = 4 * STEP;

#[derive(Debug, Default)]
pub(super) struct Buffer {
    storage: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` stands in the file.
    pub(super) offset: u64,
    pub(super) eof: bool,
}

impl Buffer {
    pub(super) fn at(offset: u64) -> Self {
        Self {
            offset,
            ..Self::default()
        }
    }

    pub(super) fn pending(&self) -> &[u8] {
        self.storage.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn discard(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        self.offset += count as u64;
    }

    pub(super) fn fill(&mut self, reader: &mut impl Read) -> Result<()> {
        self.make_room();
        let mut room = STEP;
        while room > 0 && !self.eof {
            let free = self
                .storage
                .get_mut(self.end..self.end + room)
                .unwrap_or_default();
            match reader.read(free) {
                Ok(0) => self.eof = true,
                Ok(count) => {
                    let count = count.min(room);
                    self.end += count;
                    room -= count;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let at = self.offset + (self.end - self.start) as u64;
                    return Err(Error::io("read", format_args!("an mbox at byte {at}"), error));
                }
            }
        }
        Ok(())
    }

    /// Sees to it that `STEP` bytes fit behind the end.
    fn make_room(&mut self) {
        let pending = self.end - self.start;
        // One large message must not hold its memory for the rest of the file.
        let oversized = self.storage.len() > 4 * USUAL && pending < STEP;
        // Moving little is cheaper than leaving the part of the storage that the processor has at hand.
        let cheap = pending + PAGE <= self.start.min(STEP / 4);
        if self.storage.len() - self.end >= STEP && !oversized && !cheap {
            return;
        }
        if oversized || self.storage.is_empty() {
            let mut storage = vec![0; USUAL];
            let start = aligned(&storage, pending);
            storage
                .get_mut(start..start + pending)
                .unwrap_or_default()
                .copy_from_slice(self.pending());
            self.storage = storage;
            self.start = start;
        } else if pending + PAGE <= self.start {
            // Moving the rest only when it is the smaller part keeps the cost linear.
            let start = aligned(&self.storage, pending);
            self.storage.copy_within(self.start..self.end, start);
            self.start = start;
        } else {
            self.storage.resize(self.storage.len() * 2, 0);
        }
        self.end = self.start + pending;
    }
}

/// Where `pending` bytes go so that what is read behind them begins at a page: operating systems copy twice as fast
/// to there as to anywhere else.
fn aligned(storage: &[u8], pending: usize) -> usize {
    let end = storage.as_ptr() as usize + pending;
    end.wrapping_neg() % PAGE
}
