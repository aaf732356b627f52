//! The integration tests of tegu-pst, in one binary.

#![allow(clippy::unwrap_used)]

mod it;
