//! The integration tests of tegu-mbox, in one binary.

#![allow(clippy::unwrap_used)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it skipped and what it counted"
)]

mod it;
