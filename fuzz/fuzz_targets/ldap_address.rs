//! Addresses of every kind: what is read reads back as itself, and a lookup takes any text.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tegu_ldap::address::{Imcea, ProxyAddress, SmtpAddress, domain_key};
use tegu_ldap::lookup::Index;
use tegu_ldap::profile::ToolRule;
use tegu_ldap::{Directory, ldif};

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
    let text = "dn: CN=Ann,DC=x\nobjectClass: user\nmail: ann@a.example\nproxyAddresses: X500:/o=A/cn=ann\n";
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default());
    Directory::from_entries(entries.expect("sound LDIF"))
});

static INDEX: LazyLock<Index<'static>> = LazyLock::new(|| Index::of(&DIRECTORY));

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(address) = SmtpAddress::parse(text) {
        let again = SmtpAddress::parse(address.key()).expect("a key is an address");
        assert_eq!(again, address);
        assert_eq!(again.key(), address.key());
        assert_eq!(
            domain_key(address.domain()).as_deref(),
            Ok(address.ascii_domain())
        );
        if let Some(ascii) = address.to_ascii() {
            assert!(ascii.is_ascii());
            assert_eq!(SmtpAddress::parse(&ascii).as_ref(), Ok(&address));
            let _ = ToolRule::Freeipa.refuses(&ascii);
        }
    }
    let _ = ProxyAddress::parse(text);
    if let Ok(packed) = Imcea::parse(text) {
        let again = Imcea::parse(&packed.encode("a.example"));
        // What is packed may be longer than what was read, and too long.
        if let Ok(again) = again {
            assert_eq!(again, packed);
        }
    }
    let _ = INDEX.lookup(text);
});
