//! Recurrences: nothing panics, no list is longer than its octets allow, and a rule is one line of RFC 5545.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_pst::recurrence::Recurrence;

fuzz_target!(|data: &[u8]| {
    let read = frugal(data.len(), || {
        [Recurrence::appointment(data, None), Recurrence::task(data)]
    });
    for series in read.into_iter().flatten() {
        let entries = series.deleted.len() + series.modified.len() + series.exceptions.len();
        assert!(entries <= data.len() / 4);
        assert!(series.excluded().len() <= series.deleted.len());
        if let Ok(rule) = series.rule(Some("20240101")) {
            assert!(rule.starts_with("FREQ="));
            assert!(
                rule.bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || b"=;,-".contains(&octet))
            );
        }
    }
});
