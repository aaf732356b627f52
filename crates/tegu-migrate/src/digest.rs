//! Digests of content.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, io};
use tegu_imap::prove::Digester;

/// BLAKE3 of an item's content.
///
/// For messages the content is taken with each line ending in CRLF, as RFC 9051 transports it: an mbox file that ends its lines
/// in LF and an IMAP server that answers in CRLF hold the same message.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of bytes as they are.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of a message, whatever its line ends.
    pub fn of_message(bytes: &[u8]) -> Self {
        Self(*tegu_imap::prove::digest(bytes).as_bytes())
    }

    /// The same for a message that comes in pieces.
    ///
    /// ```
    /// use tegu_migrate::Digest;
    ///
    /// let mut digest = Digest::writer();
    /// digest.update(b"Subject: s\n");
    /// digest.update(b"\ntext\n");
    /// assert_eq!(digest.finish(), Digest::of_message(b"Subject: s\r\n\r\ntext\r\n"));
    /// ```
    pub fn writer() -> DigestWriter {
        DigestWriter::default()
    }

    /// A digest that was kept as octets.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 16 hexadecimal digits, for file names.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(16);
        text
    }
}

/// Takes a message as it passes; how it is cut does not matter.
#[derive(Clone, Debug, Default)]
pub struct DigestWriter(Digester);

impl DigestWriter {
    /// Takes the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// [`Digest::of_message`] of what was written.
    pub fn finish(self) -> Digest {
        Digest(*self.0.finish().as_bytes())
    }

    /// How many octets were written, with each line ending in CRLF.
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

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hash = blake3::Hash::from_hex(text.as_bytes()).map_err(de::Error::custom)?;
        Ok(Self(*hash.as_bytes()))
    }
}
