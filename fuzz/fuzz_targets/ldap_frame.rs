//! The guard takes any bytes in any cut without a panic, holds no more than its limit, and says the same about a
//! stream however it arrives.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_ldap::ErrorKind;
use tegu_ldap::guard::{Framer, GuardLimits, Reply};

fn read(data: &[u8], step: usize) -> (Vec<(i32, Reply, Vec<u8>)>, Option<ErrorKind>) {
    let mut limits = GuardLimits::default();
    limits.frame_bytes = 64 << 10;
    limits.elements = 1_000;
    let mut framer = Framer::new(limits);
    let mut seen = Vec::new();
    for chunk in data.chunks(step) {
        framer.push(chunk);
        loop {
            match framer.next_reply() {
                Ok(Some(frame)) => seen.push((frame.message_id(), frame.reply(), frame.bytes().to_vec())),
                Ok(None) => break,
                Err(error) => return (seen, Some(error.kind())),
            }
        }
    }
    (seen, None)
}

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let whole = read(rest, rest.len().max(1));
    assert_eq!(read(rest, usize::from(*first).max(1)), whole);
    let taken: usize = whole.0.iter().map(|(_, _, bytes)| bytes.len()).sum();
    assert!(taken <= rest.len());
});
