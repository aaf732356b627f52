//! Comparing two resources never panics, gives the same answer in both directions, and costs no more than both are long.
//! A resource is the same as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::prove;
use tegu_fuzz::{Bound, warm_up, within};

/// Two resources, and three zones of five hundred thousand steps in each.
const STEPS: Bound = Bound {
    base: 4_000_000,
    per_byte: 0,
};

/// The occurrences of two series, each of five hundred thousand steps at most.
const OCCURRENCES: Bound = Bound {
    base: 128 << 20,
    per_byte: 1024,
};

fuzz_target!(|data: &[u8]| {
    warm_up();
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let compare = if first % 2 == 0 {
        prove::calendar
    } else {
        prove::contact
    };
    let halves: Vec<&[u8]> = data.splitn(2, |&b| b == 0xff).collect();
    let [one, other] = halves[..] else {
        let same = within(OCCURRENCES, 2 * data.len(), || compare(data, data));
        let readable = same.as_ref().is_ok_and(|()| true)
            || same.is_err_and(|all| all.iter().all(|d| d.path.is_empty() || d.path == "times"));
        assert!(readable, "a resource differs from itself");
        return;
    };
    let before = tegu_dav::fuzz_steps();
    let there = within(OCCURRENCES, data.len(), || compare(one, other));
    STEPS.check("steps", tegu_dav::fuzz_steps() - before, data.len());
    let back = compare(other, one);
    assert_eq!(there.is_ok(), back.is_ok(), "{there:?} and {back:?}");
});
