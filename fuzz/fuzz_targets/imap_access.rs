//! Rights, permissions and messages of Exchange, whatever is read: no panic, no right more than was there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::access::Rights;
use tegu_imap::content::examine;
use tegu_imap::quirks::{backoff, placeholder};
use tegu_imap::wire::{Decoder, Response};
use tegu_rights::Permissions;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let rights = Rights::of(&text);
    assert_eq!(rights.to_string().parse::<Rights>().unwrap(), rights);
    let modern = rights.modern();
    assert_eq!(modern.modern(), modern);
    assert!(modern.old().modern().without(modern).is_empty());
    if let Some(permissions) = Permissions::parse(&text) {
        let (_, lost) = permissions.rights();
        assert!(lost.iter().all(|permission| permissions.contains(permission)));
        assert_eq!(
            Permissions::parse(&format!("{{{permissions}}}")),
            Some(permissions)
        );
    }
    let _ = (examine(data), placeholder(data), backoff(&text));
    let mut decoder = Decoder::default();
    for line in [
        "ACL x ",
        "LISTRIGHTS x y ",
        "MYRIGHTS x ",
        "QUOTA x ",
        "QUOTAROOT x ",
    ] {
        decoder.push(b"* ");
        decoder.push(line.as_bytes());
        decoder.push(data);
        decoder.push(b"\r\n");
        while let Ok(Some(response)) = decoder.next_response() {
            if let Response::Quota(quota) = response {
                let _ = (quota.octets_left(), quota.messages_left());
            }
        }
    }
});
