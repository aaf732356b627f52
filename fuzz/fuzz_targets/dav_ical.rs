//! Splitting never panics, and what it writes splits into the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Limits, prove, split};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    let Ok(first) = split::calendar(data, &limits) else { return };
    for item in first.items.iter().filter(|item| !item.is_lossy()) {
        let body = item.body.as_deref().expect("an item that is not lossy has a body");
        let again = split::calendar(body, &limits).expect("what was written is a calendar");
        assert_eq!(again.items.len(), 1);
        assert_eq!(again.items[0].body.as_deref(), Some(body));
        assert_eq!(prove::calendar(body, body), Ok(()));
    }
});
