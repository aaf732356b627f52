//! Tables and JSON of Windows tools, in any encoding, never make the readers panic, and what they read is a directory that
//! can be checked, planned and looked up.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_ldap::encoding::TextEncoding;
use tegu_ldap::export::{Export, Limits};
use tegu_ldap::lookup::Index;
use tegu_ldap::{Profile, check, gal, plan};

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let mut limits = Limits::default();
    (limits.value_bytes, limits.row_bytes, limits.columns, limits.rows) = (4 << 10, 16 << 10, 64, 200);
    let encoding = match first % 4 {
        0 => TextEncoding::named("windows-1251").expect("a code page"),
        _ => TextEncoding::unicode(),
    };
    let mut export = Export::default();
    let (table, json) = rest.split_at(rest.len() * usize::from(first / 4) / 64);
    // An error keeps the rows before it.
    let _ = export.read_csv(table, encoding, &limits);
    let _ = export.read_json(json, encoding, &limits);
    let directory = export.into_directory();
    let findings = check::run(&directory, &check::CheckOptions::new());
    for finding in &findings {
        assert_eq!(finding.to_string().lines().count(), 1);
    }
    let profile = Profile::builtin("samba").expect("it is built in");
    let plan = plan::plan(&directory, &profile, &findings);
    plan.apply_ldif().expect("a plan is LDIF");
    assert!(gal::address_list(&directory).len() <= directory.len());
    let index = Index::of(&directory);
    for grant in directory.grants() {
        let _ = grant.resolve(&index);
    }
    for account in directory.accounts() {
        if let Some(address) = account.address() {
            assert!(!matches!(
                index.lookup(address.as_str()),
                tegu_ldap::lookup::Found::Nobody
            ));
        }
    }
});
