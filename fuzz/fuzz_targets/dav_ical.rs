//! Splitting never panics and costs no more than a file is long, and what it writes splits into the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Limits, prove, split};
use tegu_fuzz::{Bound, frugal, warm_up};

/// What `Limits` allow: 32 resources' steps, and eight for each byte.
const STEPS: Bound = Bound {
    base: 32 * 20_000 + 20_000,
    per_byte: 8,
};

fuzz_target!(|data: &[u8]| {
    warm_up();
    let limits = Limits::default().max_steps(20_000);
    let before = tegu_dav::fuzz_steps();
    let first = frugal(data.len(), || split::calendar(data, &limits));
    STEPS.check("steps", tegu_dav::fuzz_steps() - before, data.len());
    let Ok(first) = first else { return };
    for item in first.items.iter().filter(|item| !item.is_lossy()) {
        let body = item
            .body
            .as_deref()
            .expect("an item that is not lossy has a body");
        let again = split::calendar(body, &limits).expect("what was written is a calendar");
        assert_eq!(again.items.len(), 1);
        assert_eq!(again.items[0].body.as_deref(), Some(body));
        assert_eq!(prove::calendar(body, body), Ok(()));
    }
});
