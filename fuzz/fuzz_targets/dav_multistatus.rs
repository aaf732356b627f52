//! Reading a server's XML never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| tegu_dav::fuzz_multistatus(data));
