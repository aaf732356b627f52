//! The server's message.

use super::SIGNATURE;
use crate::{Error, ErrorKind, Result};

/// Pairs of the target information that are read.
const MOST: usize = 64;
/// Octets of the target information: the answer repeats it, and counts its own octets with 16 bits.
const LONGEST: usize = 32 << 10;

/// What the server asks.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Challenge {
    pub(super) server: [u8; 8],
    pub(super) flags: u32,
    /// What the server says of itself, by number, without the end.
    pub(super) pairs: Vec<(u16, Vec<u8>)>,
    pub(super) message: Vec<u8>,
}

/// The server's time.
pub(super) const TIME: u16 = 7;

fn wrong() -> Error {
    Error::new(ErrorKind::Protocol, "the server's NTLM challenge cannot be read").doing("sign in", "")
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        octets.get(at..at.checked_add(2)?)?.try_into().ok()?,
    ))
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        octets.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

impl Challenge {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// Kind [`Protocol`](ErrorKind::Protocol) if it is none.
    pub fn read(octets: &[u8]) -> Result<Self> {
        Self::parse(octets).ok_or_else(wrong)
    }

    fn parse(octets: &[u8]) -> Option<Self> {
        if octets.get(..8)? != SIGNATURE || u32_at(octets, 8)? != 2 {
            return None;
        }
        let (length, start) = match (u16_at(octets, 40), u32_at(octets, 44)) {
            (Some(length), Some(start)) => (usize::from(length), usize::try_from(start).ok()?),
            // Servers of old have no target information.
            _ => (0, 0),
        };
        if length > LONGEST {
            return None;
        }
        let mut info = octets.get(start..start.checked_add(length)?)?;
        let mut pairs = Vec::new();
        while !info.is_empty() {
            let (id, length) = (u16_at(info, 0)?, usize::from(u16_at(info, 2)?));
            if id == 0 {
                break;
            }
            if pairs.len() >= MOST {
                return None;
            }
            let end = length.checked_add(4)?;
            pairs.push((id, info.get(4..end)?.to_vec()));
            info = info.get(end..)?;
        }
        Some(Self {
            server: octets.get(24..32)?.try_into().ok()?,
            flags: u32_at(octets, 20)?,
            pairs,
            message: octets.to_vec(),
        })
    }

    pub(super) fn pair(&self, id: u16) -> Option<&[u8]> {
        self.pairs
            .iter()
            .find(|(found, _)| *found == id)
            .map(|(_, value)| value.as_slice())
    }
}
