//! Little-endian numbers out of octets that may be too short.

use crate::{Error, ErrorKind, Result};
use std::fmt;

/// An error that says that the file is damaged, and where.
pub(crate) fn damaged(what: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Malformed, what)
}

/// An error that says which limit was exceeded.
pub(crate) fn exceeded(what: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Limit, what)
}

macro_rules! number {
    ($($name:ident),*) => {$(
        pub(crate) fn $name(data: &[u8], at: usize) -> Result<$name> {
            const LENGTH: usize = size_of::<$name>();
            data.get(at..)
                .and_then(|rest| rest.first_chunk::<LENGTH>())
                .map(|octets| $name::from_le_bytes(*octets))
                .ok_or_else(|| short(at, LENGTH, data.len()))
        }
    )*};
}

number!(u8, u16, u32, u64, i16, i32, i64, f32, f64);

/// `length` octets from `at` on.
pub(crate) fn part(data: &[u8], at: usize, length: usize) -> Result<&[u8]> {
    data.get(at..)
        .and_then(|rest| rest.get(..length))
        .ok_or_else(|| short(at, length, data.len()))
}

/// A block identifier or file offset: 4 octets in ANSI files, otherwise 8.
pub(crate) fn word(data: &[u8], at: usize, width: usize) -> Result<u64> {
    if width == 4 {
        u32(data, at).map(u64::from)
    } else {
        u64(data, at)
    }
}

#[cold]
fn short(at: usize, length: usize, have: usize) -> Error {
    damaged(format_args!("{length} octets at {at} lie outside of {have}"))
}

/// Reads a structure from its beginning to its end.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let taken = part(self.data, self.at, length)?;
        self.at += length;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(u8(self.take(1)?, 0).unwrap_or_default())
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        u16(self.take(2)?, 0)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        u32(self.take(4)?, 0)
    }

    pub(crate) fn i32(&mut self) -> Result<i32> {
        i32(self.take(4)?, 0)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// A count, if as many structures of at least `size` octets can follow.
    pub(crate) fn count(&self, count: u32, size: usize) -> Result<usize> {
        let count = count as usize;
        if count
            .checked_mul(size)
            .is_some_and(|octets| octets <= self.rest().len())
        {
            Ok(count)
        } else {
            Err(damaged(format_args!(
                "{count} entries do not fit into what follows"
            )))
        }
    }
}
