//! The write-ahead log of a journal in one file, as a crash or somebody else left it: read, cut off or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| tegu_journal::fuzz_log(octets));
