//! Messages to anything that takes bytes.

use std::io::{self, Write};
use std::ops::Range;

use super::encode;
use crate::read::Message;
use crate::variant::Variant;
use crate::{Envelope, Error, Result};

/// Writes messages to anything that takes bytes.
///
/// ```
/// use tegu_mbox::{Envelope, Variant, write::Writer};
///
/// let mut writer = Writer::new(Vec::new(), Variant::Mboxrd);
/// let at = writer.write(&Envelope::new("a@b", Some(1_704_067_200)), b"Subject: s\n\nFrom me\n")?;
/// assert_eq!(at, 0..56);
/// assert_eq!(
///     writer.into_inner(),
///     b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n>From me\n\n",
/// );
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    inner: Counted<W>,
    variant: Variant,
}

impl<W: Write> Writer<W> {
    /// Writes to `inner`, from its present position on, in pieces of any size: a file wants a
    /// [`BufWriter`](std::io::BufWriter) around it.
    pub fn new(inner: W, variant: Variant) -> Self {
        Self {
            inner: Counted { inner, count: 0 },
            variant,
        }
    }

    /// Writes one message and says where it stands, counted from where this writer began.
    ///
    /// # Errors
    ///
    /// [`Lossy`](crate::ErrorKind::Lossy) when the variant cannot carry the bytes; nothing was
    /// written then. [`Io`](crate::ErrorKind::Io) otherwise; part of the message may have been written.
    pub fn write(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Range<u64>> {
        encode::accept(self.variant, message)?;
        let start = self.inner.count;
        encode::encode(self.variant, envelope, message, &mut self.inner)
            .map_err(|error| Error::io("write", "a message", error))?;
        Ok(start..self.inner.count)
    }

    /// Writes a message as it was read: to the same effect as [`write`](Self::write) with its envelope and content, and
    /// without putting that together where its text stands in the file as mboxrd wants it already.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn copy(&mut self, message: &Message<'_>) -> Result<Range<u64>> {
        let quoted = message.as_mboxrd().filter(|_| self.variant == Variant::Mboxrd);
        match quoted {
            // The one thing that mboxrd cannot carry is asked for alike.
            Some(text) => {
                encode::accept(Variant::Mboxrd, text)?;
                let start = self.inner.count;
                let line = message.envelope().to_line();
                [line.as_bytes(), text, b"\n"]
                    .into_iter()
                    .try_for_each(|piece| self.inner.write_all(piece))
                    .map_err(|error| Error::io("write", "a message", error))?;
                Ok(start..self.inner.count)
            }
            None => self.write(&message.envelope(), &message.content()),
        }
    }

    /// How many bytes were written.
    pub fn len(&self) -> u64 {
        self.inner.count
    }

    /// Whether no message was written.
    pub fn is_empty(&self) -> bool {
        self.inner.count == 0
    }

    /// What was written to. It is not flushed.
    pub fn into_inner(self) -> W {
        self.inner.inner
    }
}

/// Counts what goes through.
#[derive(Debug)]
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.count += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
