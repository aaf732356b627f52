//! Challenges of an HTTP server: the answer is one header, in which the server reads back what it said, and no password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;

fuzz_target!(|data: &[u8]| {
    if let Ok(header) = std::str::from_utf8(data) {
        frugal(data.len(), || tegu_dav::client::fuzz_digest(header));
    }
});
