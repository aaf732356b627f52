//! Reading a server's XML never panics, and an access control list in it is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    tegu_dav::fuzz_multistatus(data);
    tegu_dav::client::acl::fuzz_acl(data);
});
