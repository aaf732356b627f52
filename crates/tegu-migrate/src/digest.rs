//! How the digests of content are computed: BLAKE3.
//!
//! Messages are taken with each line ending in CRLF, as RFC 9051 transports them: an mbox file that ends its lines in LF and an
//! IMAP server that answers in CRLF hold the same message.

use std::io;
use tegu_imap::prove::Digester;

#[doc(no_inline)]
pub use tegu_journal::Digest;

/// Returns the digest of octets as they are.
#[must_use]
pub fn of(octets: &[u8]) -> Digest {
    Digest::from_bytes(*blake3::hash(octets).as_bytes())
}

/// Returns the digest of a message, whatever its line ends.
#[must_use]
pub fn of_message(octets: &[u8]) -> Digest {
    Digest::from_bytes(*tegu_imap::prove::digest(octets).as_bytes())
}

/// Computes the digest of a message that comes in pieces. How it is cut does not matter.
///
/// ```
/// use tegu_migrate::digest::{self, DigestWriter};
///
/// let mut writer = DigestWriter::default();
/// writer.update(b"Subject: s\n");
/// writer.update(b"\ntext\n");
/// assert_eq!(writer.finish(), digest::of_message(b"Subject: s\r\n\r\ntext\r\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct DigestWriter(Digester);

impl DigestWriter {
    /// Takes the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// Returns what [`of_message`] returns for all octets together.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest::from_bytes(*self.0.finish().as_bytes())
    }

    /// Returns how many octets were written, counted with each line ending in CRLF.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.0.octets()
    }
}

impl io::Write for DigestWriter {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.update(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
