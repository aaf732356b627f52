//! Reading cards never panics and costs no more than a file is long, and what it writes reads as the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Limits, prove, strict, vcard};
use tegu_fuzz::frugal;

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let target = if first % 2 == 0 {
        vcard::Version::V3
    } else {
        vcard::Version::V4
    };
    let limits = Limits::default();
    let Ok(split) = frugal(data.len(), || vcard::cards(data, target, &limits)) else {
        return;
    };
    for item in split.items.iter().filter(|item| !item.is_lossy()) {
        let body = item
            .body
            .as_deref()
            .expect("an item that is not lossy has a body");
        assert_eq!(strict::card(body), Ok(()));
        let again = vcard::cards(body, target, &limits).expect("what was written is a card");
        assert_eq!(again.items.len(), 1);
        assert_eq!(again.items[0].body.as_deref(), Some(body));
        assert!(!again.items[0].is_lossy(), "{:?}", again.items[0].findings);
        assert_eq!(prove::contact(body, body), Ok(()));
    }
});
