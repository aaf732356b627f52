//! Scripts of anybody: what is read and written again reads back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_sieve::script::{Limits, parse};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    frugal(data.len(), || {
        let Ok(script) = parse(&text, &Limits::default()) else {
            return;
        };
        let written = script.to_string();
        let again = parse(&written, &Limits::default()).expect("what is written is Sieve");
        assert_eq!(again.to_string(), written);
        assert_eq!(script.lines().len(), script.commands.len());
    });
});
