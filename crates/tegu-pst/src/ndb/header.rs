//! The header of a file ([MS-PST] section 2.2.2.6).

use super::crypt::{Crypt, crc};
use crate::{
    Error, ErrorKind, Finding, Result,
    bytes::{damaged, part, u8, u16, u32, word},
};

/// The layout of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// Outlook 97 to 2002: offsets of 32 bits, strings in a code page.
    Ansi,
    /// Since Outlook 2003: offsets of 64 bits, strings in UTF-16.
    Unicode,
    /// OST files since Outlook 2013: as Unicode, with pages of 4 KiB and compressed blocks. Not in the published format.
    Unicode4k,
}

impl Format {
    /// The name in reports: `ansi`, `unicode` or `unicode-4k`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ansi => "ansi",
            Self::Unicode => "unicode",
            Self::Unicode4k => "unicode-4k",
        }
    }

    pub(crate) fn page_size(self) -> usize {
        if self == Self::Unicode4k { 4096 } else { 512 }
    }

    /// Octets of a block identifier and of a file offset.
    pub(crate) fn width(self) -> usize {
        if self == Self::Ansi { 4 } else { 8 }
    }

    pub(crate) fn block_trailer(self) -> usize {
        match self {
            Self::Ansi => 12,
            Self::Unicode => 16,
            Self::Unicode4k => 24,
        }
    }

    pub(crate) fn block_alignment(self) -> usize {
        if self == Self::Unicode4k { 512 } else { 64 }
    }

    /// The most octets of a block, with its trailer.
    pub(crate) fn block_size(self) -> usize {
        if self == Self::Unicode4k { 65_536 } else { 8192 }
    }

    /// The most octets of data in one block.
    pub(crate) fn block_capacity(self) -> usize {
        self.block_size() - self.block_trailer()
    }
}

/// What a file was made for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Personal folders.
    Pst,
    /// The cached copy of a mailbox.
    Ost,
    /// A client that is unknown here.
    Other,
}

impl Content {
    /// The name in reports: `pst`, `ost` or `other`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pst => "pst",
            Self::Ost => "ost",
            Self::Other => "other",
        }
    }
}

/// A reference to a page: its identifier and its offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRef {
    pub(crate) bid: u64,
    pub(crate) ib: u64,
}

/// What the header says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Header {
    /// The layout.
    pub format: Format,
    /// What the file was made for.
    pub content: Content,
    /// The version number.
    pub version: u16,
    /// How blocks are obfuscated.
    pub crypt: Crypt,
    /// The length that the file should have.
    pub file_size: u64,
    pub(crate) nodes: PageRef,
    pub(crate) blocks: PageRef,
}

/// Octets of the longest header.
pub(crate) const LENGTH: usize = 564;

impl Header {
    /// Reads a header. `data` are the first 564 octets of the file, or all of a shorter one.
    ///
    /// # Errors
    ///
    /// [`Malformed`](ErrorKind::Malformed) if this is no such file; [`Unsupported`](ErrorKind::Unsupported) for a version or an
    /// encryption that is unknown, and for address books (PAB).
    pub fn read(data: &[u8], findings: &mut Vec<Finding>) -> Result<Self> {
        if data.get(..4) != Some(b"!BDN") {
            return Err(damaged(
                "the file does not begin with !BDN: it is neither PST nor OST",
            ));
        }
        let content = match part(data, 8, 2)? {
            b"SM" => Content::Pst,
            b"SO" => Content::Ost,
            b"AB" => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "the file is a personal address book (PAB); import it into Outlook and export a PST",
                ));
            }
            _ => Content::Other,
        };
        let version = u16(data, 10)?;
        let format = match version {
            14 | 15 => Format::Ansi,
            21..=35 => Format::Unicode,
            36 => Format::Unicode4k,
            37 => Format::Unicode,
            other => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format_args!("version {other} of the format is unknown"),
                ));
            }
        };
        let ansi = format == Format::Ansi;
        let width = format.width();
        let (size, nodes, blocks, crypt) = if ansi {
            (168, 184, 192, 461)
        } else {
            (184, 216, 232, 513)
        };
        if crc(part(data, 8, 471)?) != u32(data, 4)? {
            findings.push(Finding::lossy(
                "PST-HEADER-CRC",
                "the check sum of the header is wrong",
            ));
        }
        if !ansi && crc(part(data, 8, 516)?) != u32(data, 524)? {
            findings.push(Finding::lossy(
                "PST-HEADER-CRC",
                "the second check sum of the header is wrong",
            ));
        }
        let reference = |at| -> Result<PageRef> {
            Ok(PageRef {
                bid: word(data, at, width)?,
                ib: word(data, at + width, width)?,
            })
        };
        Ok(Self {
            format,
            content,
            version,
            crypt: Crypt::from_header(u8(data, crypt)?)?,
            file_size: word(data, size, width)?,
            nodes: reference(nodes)?,
            blocks: reference(blocks)?,
        })
    }
}
