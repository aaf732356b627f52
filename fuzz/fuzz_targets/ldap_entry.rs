//! Whatever an entry holds, it is one object of the directory, and nothing about it costs more than its size allows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_ldap::entry::{AttributeName, Entry};
use tegu_ldap::ldif::{Limits, ModificationOp, Reader};
use tegu_ldap::lookup::{Found, Index};
use tegu_ldap::{Directory, Dn, Profile, check, delta, gal, plan};

/// Attributes that the model looks into.
const NAMES: &[&str] = &[
    "objectClass",
    "mail",
    "proxyAddresses",
    "targetAddress",
    "legacyExchangeDN",
    "mailNickname",
    "userPrincipalName",
    "sAMAccountName",
    "displayName",
    "cn",
    "member",
    "altRecipient",
    "msExchGenericForwardingAddress",
    "authOrig",
    "dLMemRejectPerms",
    "msExchEnableModeration",
    "msExchModeratedByLink",
    "publicDelegates",
    "mailLocalAddress",
    "mailAlternateAddress",
    "objectGUID",
    "objectSid",
    "msExchRecipientTypeDetails",
    "userAccountControl",
    "groupType",
    "thumbnailPhoto",
    "mDBStorageQuota",
    "member;range=0-1",
    "msExchDynamicDLFilter",
    "msExchHideFromAddressLists",
];

/// Octets as entries: each begins with 0x01 and its name; each value with 0x02, the number of its attribute, and its octets.
fn entries(data: &[u8]) -> Vec<Entry> {
    let mut out = Vec::new();
    for object in data.split(|&b| b == 1).take(200) {
        let mut parts = object.split(|&b| b == 2);
        let name = String::from_utf8_lossy(parts.next().unwrap_or_default());
        let mut entry = Entry::new(Dn::new(&*name));
        for part in parts {
            let [number, value @ ..] = part else { continue };
            let attribute = NAMES[usize::from(*number) % NAMES.len()];
            entry.push(AttributeName::new(attribute).expect("a name"), value);
        }
        out.push(entry);
    }
    out
}

fuzz_target!(|data: &[u8]| {
    let entries = entries(data);
    let profile =
        Profile::builtin(if data.len() % 2 == 0 { "samba" } else { "openldap" }).expect("it is built in");
    let options = check::CheckOptions::new()
        .accepted_domains(["a.example"])
        .expect("a domain");
    let options = options.profile(profile.clone());
    let (directory, findings, plan) = frugal(data.len(), || {
        let directory = Directory::from_entries(&entries);
        let findings = check::run(&directory, &options);
        let plan = plan::plan(&directory, &profile, &findings);
        (directory, findings, plan)
    });
    assert_eq!(directory.len(), entries.len());
    for finding in &findings {
        assert_eq!(finding.to_string().lines().count(), 1);
    }
    let changes = plan.changes().iter();
    for step in changes
        .flat_map(|c| c.steps())
        .filter(|s| s.op() == ModificationOp::Add)
    {
        assert!(
            !step
                .value()
                .contains(|c: char| c.is_whitespace() || c.is_control() || c == '\u{200b}')
        );
    }
    for text in [plan.apply_ldif(), plan.undo_ldif()] {
        let text = text.expect("a plan is LDIF");
        let records: Vec<_> = Reader::new(text.as_bytes(), Limits::default()).collect();
        assert_eq!(records.len(), plan.changes().len());
        assert!(records.iter().all(Result::is_ok));
    }
    assert!(gal::address_list(&directory).len() <= directory.len());
    let same = delta::compare(&directory, &directory);
    assert!(same.added.len() + same.removed.len() <= directory.len() && same.changed.is_empty());
    let index = Index::of(&directory);
    for recipient in directory.recipients() {
        for address in recipient.addresses().all() {
            assert!(!matches!(index.lookup(address.as_str()), Found::Nobody));
        }
    }
});
