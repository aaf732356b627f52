//! A compressed connection: a hostile stream ends and makes no more than its octets can, and what is sent arrives.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| tegu_imap::session::fuzz_deflate(octets));
