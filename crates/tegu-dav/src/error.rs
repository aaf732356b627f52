//! The error type of all tegu crates.

pub(crate) use tegu_outcome::one_line;
pub use tegu_outcome::{Blame, Error, ErrorKind, Result};
