//! Any text is a profile or an error, and a profile that is accepted plans LDIF.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_ldap::ldif::{Limits, Reader};
use tegu_ldap::{Directory, Profile, SmtpAddress, check, ldif, plan};

const PEOPLE: &str = "dn: CN=a,DC=x\nobjectClass: user\ncn: a\nproxyAddresses: SMTP:a@a.example\nproxyAddresses: smtp:b@a.example\n\n\
                      dn: CN=c,DC=x\nobjectClass: inetOrgPerson\ncn: c\nmail: old@a.example\nproxyAddresses: SMTP:c@a.example\n";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(profile) = Profile::from_toml(text) else {
        return;
    };
    let address = SmtpAddress::parse("ann@\u{43f}\u{440}\u{438}.\u{440}\u{444}").expect("an address");
    for place in [Some(profile.mail()), profile.aliases()].into_iter().flatten() {
        let value = place.encode(&address).unwrap_or_default();
        assert!(!value.contains(char::is_whitespace));
    }
    let directory = Directory::from_entries(
        ldif::read_entries(PEOPLE.as_bytes(), &Limits::default()).expect("sound LDIF"),
    );
    let options = check::CheckOptions::new().profile(profile.clone());
    let findings = check::run(&directory, &options);
    let plan = plan::plan(&directory, &profile, &findings);
    for text in [plan.apply_ldif(), plan.undo_ldif()] {
        let text = text.expect("a plan is LDIF");
        let records: Vec<_> = Reader::new(text.as_bytes(), Limits::default()).collect();
        assert_eq!(records.len(), plan.changes().len());
        assert!(records.iter().all(Result::is_ok), "{text}");
    }
});
