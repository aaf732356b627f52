//! A saved plan is refused, or adds up and is the same after it was saved again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_plan::Plan;

fuzz_target!(|json: &[u8]| {
    let Ok(plan) = Plan::from_json(json) else { return };
    assert!(plan.balances());
    let saved = plan.to_json().expect("what was read can be written");
    let again = Plan::from_json(&saved).expect("what was written can be read");
    assert_eq!(again.to_json().expect("as before"), saved);
});
