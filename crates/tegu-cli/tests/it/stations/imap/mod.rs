//! `tegu imap`.

mod faults;
mod scan;
#[path = "../../../../../tegu-imap/tests/it/support.rs"]
#[allow(dead_code, reason = "the tests of tegu-imap use the rest")]
mod support;
