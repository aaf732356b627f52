//! Reading contact tables never panics and costs no more than a table is long, and every card that it writes is one card.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Limits, csv, vcard};
use tegu_fuzz::frugal;

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    // Without a header that is known nothing is read at all.
    let with_header = [
        b"First Name,Last Name,Birthday,E-mail Address,Notes,Hobby\r\n",
        data,
    ]
    .concat();
    let google = [b"First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - City,Event 1 - Label,Event 1 - Value\r\n", data].concat();
    for file in [data, &with_header, &google] {
        let Ok(split) = frugal(file.len(), || csv::contacts(file, &limits)) else {
            continue;
        };
        for item in split.items.iter().filter(|item| !item.is_lossy()) {
            let body = item
                .body
                .as_deref()
                .expect("an item that is not lossy has a body");
            let again = vcard::cards(body, vcard::Version::V3, &limits).expect("what was written is a card");
            assert_eq!(again.items.len(), 1);
            assert!(!again.items[0].is_lossy(), "{:?}", again.items[0].findings);
        }
    }
});
