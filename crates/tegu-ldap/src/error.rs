//! The errors that this crate makes most.

use std::fmt::Display;

use crate::{Error, ErrorKind};

/// Returns the input is not of the expected format.
pub(crate) fn malformed(message: impl Display) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

/// A named limit was exceeded.
pub(crate) fn over_limit(message: impl Display) -> Error {
    Error::new(ErrorKind::Limit, message)
}
