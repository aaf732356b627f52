//! Octets around those that were read last: the blocks of one item lie close together, and one call reads many of them.

use crate::source::ReadAt;
use std::io;

const SIZE: u64 = 64 << 10;
/// Windows that are kept.
const KEPT: usize = 8;
/// How far from the window before a window may lie, in windows. What lies farther away is read by itself.
const NEAR: u64 = 16;

/// Windows of a file, each at a multiple of their size.
#[derive(Debug, Default)]
pub(super) struct Windows {
    kept: Vec<(u64, Vec<u8>)>,
    /// Which one is replaced next.
    next: usize,
    last: u64,
}

impl Windows {
    /// Appends `size` octets from `offset` on to `out`. The file has `length` octets.
    pub(super) fn read(
        &mut self,
        source: &dyn ReadAt,
        length: u64,
        mut offset: u64,
        mut size: usize,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        while size > 0 {
            let within = (offset % SIZE) as usize;
            let piece = size.min(SIZE as usize - within);
            let found = self
                .window(source, length, offset / SIZE)
                .and_then(|window| window.get(within..within + piece));
            match found {
                Some(found) => out.extend_from_slice(found),
                None => {
                    let start = out.len();
                    out.resize(start + piece, 0);
                    source.read_exact_at(out.get_mut(start..).unwrap_or_default(), offset)?;
                }
            }
            offset += piece as u64;
            size -= piece;
        }
        Ok(())
    }

    fn window(&mut self, source: &dyn ReadAt, length: u64, number: u64) -> Option<&[u8]> {
        let near = number.abs_diff(self.last) <= NEAR;
        self.last = number;
        if let Some(index) = self.kept.iter().position(|(kept, _)| *kept == number) {
            return self.kept.get(index).map(|(_, data)| data.as_slice());
        }
        let start = number * SIZE;
        let size = SIZE.min(length.checked_sub(start)?) as usize;
        if !near || size == 0 {
            return None;
        }
        let mut data = if self.kept.len() < KEPT {
            Vec::new()
        } else {
            self.next = (self.next + 1) % KEPT;
            std::mem::take(&mut self.kept.get_mut(self.next)?.1)
        };
        data.resize(size, 0);
        // An octet that cannot be read must not cost those beside it.
        if source.read_exact_at(&mut data, start).is_err() {
            data.clear();
        }
        if self.kept.len() < KEPT {
            self.next = self.kept.len();
            self.kept.push((number, data));
        } else if let Some(place) = self.kept.get_mut(self.next) {
            *place = (number, data);
        }
        self.kept.get(self.next).map(|(_, data)| data.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    /// A medium with one octet that cannot be read.
    struct Medium {
        data: Vec<u8>,
        bad: u64,
        calls: Arc<AtomicUsize>,
    }

    impl ReadAt for Medium {
        fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            if (offset..offset + buffer.len() as u64).contains(&self.bad) {
                return Err(io::ErrorKind::Other.into());
            }
            self.data.read_exact_at(buffer, offset)
        }

        fn size(&self) -> io::Result<u64> {
            self.data.size()
        }
    }

    #[test]
    fn what_is_read_is_what_is_there() {
        let length = 3_000_001_u64;
        let data: Vec<u8> = (0..length).map(|octet| (octet * 31 % 251) as u8).collect();
        let bad = 700_000;
        let medium = Medium {
            data: data.clone(),
            bad,
            calls: Arc::default(),
        };
        let mut windows = Windows::default();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for round in 0..4000_u64 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // By turns close together and far apart, also over the ends of windows.
            let offset = if round % 100 < 90 {
                (round / 100 * 70_000 + random % 90_000) % length
            } else {
                random % length
            };
            let size = (random >> 32) % 9000;
            let size = size.min(length - offset);
            let mut out = Vec::new();
            let read = windows.read(&medium, length, offset, size as usize, &mut out);
            if (offset..offset + size).contains(&bad) {
                assert!(read.is_err());
            } else {
                read.unwrap();
                assert!(out == data[offset as usize..][..size as usize]);
            }
        }
    }

    #[test]
    fn neighbours_are_read_by_one_call() {
        let calls = Arc::new(AtomicUsize::new(0));
        let medium = Medium {
            data: vec![7; 1 << 20],
            bad: u64::MAX,
            calls: calls.clone(),
        };
        let mut windows = Windows::default();
        for block in 0..128 {
            windows
                .read(&medium, 1 << 20, block * 8192, 8192, &mut Vec::new())
                .unwrap();
        }
        assert_eq!(calls.load(Ordering::Relaxed), 16);
    }
}
