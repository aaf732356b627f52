//! A sidecar is read without panic; what counts of it follows on each other, and comes back from its own lines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_mbox::sidecar::{Entry, decode};

fuzz_target!(|data: &[u8]| {
    let [length, text @ ..] = data else { return };
    let mbox_length = u64::from(*length) << 4;
    let sidecar = decode(text, mbox_length).unwrap();
    let mut end = 0;
    for entry in &sidecar.entries {
        assert!(entry.start == end && entry.end > end && entry.end <= mbox_length);
        assert_eq!(Entry::from_line(entry.to_line().as_bytes()).as_ref(), Some(entry));
        end = entry.end;
    }
    assert_eq!(sidecar.covered(), end);
    let lines: String = sidecar.entries.iter().map(Entry::to_line).collect();
    let again = decode(lines.as_bytes(), mbox_length).unwrap();
    assert!(!again.torn);
    assert_eq!(again.entries, sidecar.entries);
    // What a crash leaves behind the last line takes nothing away.
    let torn = decode(
        [lines.as_bytes(), b"{\"start\":"].concat().as_slice(),
        mbox_length,
    )
    .unwrap();
    assert!(torn.torn);
    assert_eq!(torn.entries, sidecar.entries);
});
