//! Random access to the bytes of a calendar, in memory or in a file.

use std::io::{Read, Seek, SeekFrom};

use crate::error::{Error, ErrorKind, Result};

/// Bytes that can be read from any place.
pub(super) trait Source {
    /// Appends the bytes of a span.
    fn read_at(&mut self, start: u64, end: u64, out: &mut Vec<u8>) -> Result<()>;
}

impl<T: AsRef<[u8]>> Source for Memory<T> {
    fn read_at(&mut self, start: u64, end: u64, out: &mut Vec<u8>) -> Result<()> {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = self.0.as_ref().get(place(start)..place(end));
        out.extend_from_slice(bytes.unwrap_or_default());
        Ok(())
    }
}

/// Bytes in memory.
pub(super) struct Memory<T>(pub(super) T);

/// A file. Parts are mostly asked for in order, so that a buffer ahead pays.
pub(super) struct File<R> {
    inner: R,
    /// Where the bytes of the file begin, behind a byte order mark.
    base: u64,
    buffer: Vec<u8>,
    at: u64,
}

const AHEAD: usize = 256 << 10;

impl<R: Read + Seek> File<R> {
    pub(super) fn new(inner: R, base: u64) -> Self {
        Self {
            inner,
            base,
            buffer: Vec::new(),
            at: 0,
        }
    }

    fn fill(&mut self, start: u64, length: usize) -> Result<()> {
        self.inner
            .seek(SeekFrom::Start(self.base + start))
            .map_err(failed)?;
        self.buffer.resize(length.max(AHEAD), 0);
        self.at = start;
        let mut got = 0;
        while let Some(rest) = self.buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
            match self.inner.read(rest) {
                Ok(0) => break,
                Ok(count) => got += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        self.buffer.truncate(got);
        Ok(())
    }
}

impl<R: Read + Seek> Source for File<R> {
    fn read_at(&mut self, start: u64, end: u64, out: &mut Vec<u8>) -> Result<()> {
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let inside = |file: &Self| {
            let from = usize::try_from(start.checked_sub(file.at)?).ok()?;
            Some(from..from.checked_add(length)?).filter(|range| range.end <= file.buffer.len())
        };
        if inside(self).is_none() {
            self.fill(start, length)?;
        }
        match inside(self).and_then(|range| self.buffer.get(range)) {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                // One large attachment is no reason to keep its space.
                if self.buffer.capacity() > 4 * AHEAD {
                    self.buffer = Vec::new();
                }
                Ok(())
            }
            None => Err(Error::new(ErrorKind::Io, "it became shorter while it was read")
                .doing("read", "a calendar")
                .retryable(true)),
        }
    }
}

pub(super) fn failed(error: std::io::Error) -> Error {
    Error::io("read", "a calendar", error)
}
