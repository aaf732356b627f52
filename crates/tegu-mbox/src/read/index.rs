//! Positions of the messages in a file.

use std::io::{Read, Seek};
use std::ops::Range;

use super::options::Options;
use super::slice::Slice;
use super::stream::Stream;
use crate::Result;

/// Positions of the messages in a file, for random access. Takes eight bytes per message.
///
/// ```
/// use tegu_mbox::read::{Index, Options, Slice};
///
/// let file = b"From a Mon Jan  1 00:00:00 2024\nA: 1\n\n\nFrom b Mon Jan  1 00:00:00 2024\nA: 2\n\n\n";
/// let index = Index::build(&file[..], Options::default())?;
/// assert_eq!(index.len(), 2);
/// let second = index.slice(1, file, Options::default())?.next().unwrap()?;
/// assert_eq!(second.envelope().sender(), "b");
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Index {
    /// Where each message starts.
    starts: Vec<u64>,
    /// Where the last one ends.
    end: u64,
}

impl Index {
    /// Builds the index by reading the whole file once. Messages of any size are included.
    ///
    /// # Errors
    ///
    /// As [`Stream::skip_message`].
    pub fn build(reader: impl Read, options: Options) -> Result<Self> {
        let mut stream = Stream::new(reader, options);
        let mut index = Self::default();
        while let Some(span) = stream.skip_message()? {
            index.starts.push(span.start);
            index.end = span.end;
        }
        Ok(index)
    }

    /// Number of messages.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether the file has no message.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Byte range of message `n`, counted from zero, with its `From_` line and blank line.
    pub fn span(&self, n: usize) -> Option<Range<u64>> {
        let start = *self.starts.get(n)?;
        Some(start..self.starts.get(n + 1).copied().unwrap_or(self.end))
    }

    /// Iterates over a file in memory from message `n` on. Empty if `n` is past the last message.
    ///
    /// # Errors
    ///
    /// As [`Slice::resume`].
    pub fn slice<'a>(&self, n: usize, data: &'a [u8], options: Options) -> Result<Slice<'a>> {
        Slice::resume(data, self.start(n), options)
    }

    /// Iterates over the file behind `reader` from message `n` on. Empty if `n` is past the last message.
    ///
    /// # Errors
    ///
    /// As [`Stream::resume_at`].
    pub fn stream<R: Read + Seek>(&self, n: usize, reader: R, options: Options) -> Result<Stream<R>> {
        Stream::resume_at(reader, self.start(n), options)
    }

    fn start(&self, n: usize) -> u64 {
        self.starts.get(n).copied().unwrap_or(self.end)
    }
}
