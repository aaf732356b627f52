//! No value becomes a part of a name or of a filter, and what is parsed reads back as itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_ldap::entry::AttributeName;
use tegu_ldap::filter::{Filter, escape_value};
use tegu_ldap::{Dn, dn};

fuzz_target!(|data: &[u8]| {
    let name = AttributeName::new("cn").expect("a name");
    let filter = Filter::equal(name, data);
    assert_eq!(Filter::parse(&filter.to_string()).expect("a filter"), filter);
    assert!(!escape_value(data).contains(['*', '(', ')', '\0']));
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let escaped = Dn::new(format!("cn={},dc=x", dn::escape_value(text)));
    assert_eq!(escaped.first_value().as_deref(), Some(text));
    assert!(escaped.is_within(&Dn::new("dc=x")));
    if let Ok(parsed) = Filter::parse(text) {
        assert_eq!(Filter::parse(&parsed.to_string()).expect("a filter"), parsed);
    }
    let any = Dn::new(text);
    // The canonical form is its own canonical form.
    assert_eq!(Dn::new(any.key()).key(), any.key());
    let _ = (any.units(), any.first_value(), AttributeName::new(text));
});
