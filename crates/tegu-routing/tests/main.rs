//! The integration tests of tegu-routing, in one binary.

#![allow(clippy::unwrap_used)]

mod it;
