//! Answers of a name server: read or refused; a name is the one that a question holds, and nothing is longer than the answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::{Bound, within};

/// Sixteen pointers for each name, and a name of 255 octets for each record of eighteen.
const COST: Bound = Bound {
    base: 8 << 10,
    per_byte: 256,
};

fuzz_target!(|answer: &[u8]| within(COST, answer.len(), || tegu_net::fuzz_dns(answer)));
