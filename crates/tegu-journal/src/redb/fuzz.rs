use super::{open::replay, store::Pending, wal::scan};

/// Reads octets as a write-ahead log, and each change in it.
pub fn fuzz_log(octets: &[u8]) {
    let mut pending = Pending::default();
    let _ = replay(&mut pending, octets);
    if let Ok((end, Some(left))) = scan(octets) {
        assert!(end <= octets.len() as u64, "what is whole is part of the file");
        for change in &left.changes {
            let _ = replay(&mut pending, change);
        }
    }
}
