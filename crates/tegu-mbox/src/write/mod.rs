//! Writing: one message after the other, in a form that reads back byte for byte.

mod append;
mod create;
mod encode;
mod lock;

use std::io::Write;
use std::ops::Range;

pub use self::append::{Appender, Recovered};
pub use self::create::create;
pub use self::encode::check;
pub use self::lock::Locking;
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
    inner: W,
    variant: Variant,
    length: u64,
    /// Kept between messages for its capacity.
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes to `inner`, from its present position on.
    pub fn new(inner: W, variant: Variant) -> Self {
        Self {
            inner,
            variant,
            length: 0,
            buffer: Vec::new(),
        }
    }

    /// Writes one message and says where it stands, counted from where this writer began.
    ///
    /// # Errors
    ///
    /// [`Unrepresentable`](crate::ErrorKind::Unrepresentable) when the variant cannot carry the bytes; nothing was
    /// written then. [`Io`](crate::ErrorKind::Io) otherwise; part of the message may have been written.
    pub fn write(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Range<u64>> {
        self.buffer.clear();
        encode::encode(self.variant, envelope, message, &mut self.buffer)?;
        self.inner
            .write_all(&self.buffer)
            .map_err(|error| Error::io("write a message", error))?;
        let start = self.length;
        self.length += self.buffer.len() as u64;
        shrink(&mut self.buffer);
        Ok(start..self.length)
    }

    /// How many bytes were written.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether no message was written.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What was written to. It is not flushed.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

/// One huge message must not hold its memory for the rest of a run.
fn shrink(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.shrink_to(1024 * 1024);
}
