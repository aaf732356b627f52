//! The integration tests of tegu-mbox, in one binary.

#![allow(clippy::unwrap_used)]

mod it;
