//! Reading contact tables never panics, and every card that it writes is one card.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Limits, csv, vcard};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    // Without a header that is known nothing is read at all.
    let with_header = [b"First Name,Last Name,Birthday,E-mail Address,Notes,Hobby\r\n", data].concat();
    for file in [data, &with_header] {
        let Ok(split) = csv::contacts(file, &limits) else { continue };
        for item in split.items.iter().filter(|item| !item.is_lossy()) {
            let body = item.body.as_deref().expect("an item that is not lossy has a body");
            let again = vcard::cards(body, vcard::Version::V3, &limits).expect("what was written is a card");
            assert_eq!(again.items.len(), 1);
            assert!(!again.items[0].is_lossy(), "{:?}", again.items[0].findings);
        }
    }
});
