//! Tests of the changes to one object.
#![allow(clippy::unwrap_used)]
use crate::check::{self, CheckOptions};
use crate::ldif::{self, ChangeKind, Limits, ModificationOp, Record};
use crate::{Directory, Entry, Plan, Profile, plan};
use proptest::prelude::*;

fn entries(text: &str) -> Vec<Entry> {
    ldif::read_entries(text.as_bytes(), &Limits::default()).unwrap()
}

fn planned(entries: &[Entry], profile: &str) -> Plan {
    let profile = Profile::builtin(profile).unwrap();
    let directory = Directory::from_entries(entries.to_vec());
    let options = CheckOptions::new().profile(profile.clone());
    let findings = check::run(&directory, &options);
    plan::plan(&directory, &profile, &findings)
}

/// A directory that applies LDIF the way a server does: refusing what does not fit.
fn apply(entries: &[Entry], ldif: &str) -> Vec<Entry> {
    let mut out = entries.to_vec();
    for record in ldif::Reader::new(ldif.as_bytes(), Limits::default()) {
        let Record::Change(change) = record.unwrap() else {
            panic!("no change")
        };
        let ChangeKind::Modify(steps) = change.kind() else {
            panic!("no modification")
        };
        let entry = out.iter_mut().find(|e| e.dn() == change.dn()).unwrap();
        for step in steps {
            let mut values: Vec<_> = entry.get(step.name().as_str()).map(<[u8]>::to_vec).collect();
            for value in step.values() {
                match step.op() {
                    ModificationOp::Add => {
                        assert!(!values.contains(value), "value is there");
                        values.push(value.clone());
                    }
                    _ => {
                        let at = values.iter().position(|v| v == value).expect("no such value");
                        values.remove(at);
                    }
                }
            }
            let mut changed = Entry::new(entry.dn().clone());
            for attribute in entry.attributes().filter(|a| a.name() != step.name()) {
                changed.push_attribute(attribute);
            }
            for value in values {
                changed.push(step.name().clone(), value);
            }
            *entry = changed;
        }
    }
    out
}

fn sorted(entries: &[Entry]) -> Vec<Vec<(String, Vec<Vec<u8>>)>> {
    let one = |e: &Entry| {
        let mut all: Vec<_> = e
            .attributes()
            .map(|a| {
                let mut values: Vec<_> = a.values().map(<[u8]>::to_vec).collect();
                values.sort();
                (a.name().as_str().to_ascii_lowercase(), values)
            })
            .collect();
        all.sort();
        all
    };
    entries.iter().map(one).collect()
}

#[test]
fn doubtful_addresses_are_held_back() {
    let text = "dn: CN=a\nobjectClass: user\nproxyAddresses: SMTP:x@a.example\n\n\
                dn: CN=b\nobjectClass: user\nproxyAddresses: SMTP:b@a.example\nmail: x@a.example\n";
    let plan = planned(&entries(text), "tegu");
    // Neither may a take the address nor b give it up before a person has said whose it is.
    assert!(plan.is_empty());
    let codes: Vec<_> = plan
        .held_back()
        .iter()
        .map(|h| (h.dn().as_str(), h.code()))
        .collect();
    assert_eq!(
        codes,
        [
            ("CN=a", "LDAP-ADDRESS-DUPLICATE"),
            ("CN=b", "LDAP-ADDRESS-DUPLICATE")
        ]
    );
}

#[test]
fn several_values_are_left_to_a_person() {
    let text = "dn: CN=a\nobjectClass: user\nproxyAddresses: SMTP:x@a.example\nmail: y@a.example\nmail: z@a.example\n";
    let plan = planned(&entries(text), "openldap");
    assert_eq!(plan.held_back()[0].code(), "LDAP-MAIL-SEVERAL");
    let attributes: Vec<_> = plan
        .changes()
        .iter()
        .flat_map(|c| c.steps())
        .map(|s| s.attribute())
        .collect();
    assert_eq!(
        attributes,
        ["objectClass", "mailLocalAddress", "mailLocalAddress"]
    );
}

#[test]
fn rooms_and_shared_mailboxes_get_their_address_and_contacts_do_not() {
    let text = "dn: CN=a\nobjectClass: user\nmsExchRecipientTypeDetails: 16\nproxyAddresses: SMTP:r@a.example\n\n\
                dn: CN=b\nobjectClass: contact\ntargetAddress: SMTP:c@b.example\nproxyAddresses: SMTP:c@b.example\n";
    assert_eq!(planned(&entries(text), "tegu").changes().len(), 1);
}

fn address() -> impl Strategy<Value = String> {
    "[ab]{1,2}@(a\\.example|пример\\.рф|xn--e1afmkfd\\.xn--p1ai)"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn applied_twice_changes_nothing_and_undone_is_as_before(
        users in prop::collection::vec(
            (prop::option::of(address()), prop::collection::vec((any::<bool>(), address()), 0..4)),
            1..5,
        ),
        profile in prop::sample::select(Profile::builtin_names().collect::<Vec<_>>()),
    ) {
        let mut text = String::new();
        for (i, (mail, proxies)) in users.iter().enumerate() {
            text += &format!("dn: CN=Имя {i},DC=x\nobjectClass: user\n");
            if let Some(mail) = mail {
                text += &format!("mail: {mail}\n");
            }
            let mut seen = std::collections::HashSet::new();
            for (primary, address) in proxies.iter().filter(|p| seen.insert(*p)) {
                text += &format!("proxyAddresses: {}:{address}\n", if *primary { "SMTP" } else { "smtp" });
            }
            text += "\n";
        }
        let before = entries(&text);
        let plan = planned(&before, profile);
        let after = apply(&before, &plan.apply_ldif().unwrap());
        let second = planned(&after, profile);
        prop_assert!(second.is_empty(), "{:?}", second);
        let undone = apply(&after, &plan.undo_ldif().unwrap());
        prop_assert_eq!(sorted(&before), sorted(&undone));
    }
}

#[test]
fn blanks_around_mail_are_removed() {
    let dirty =
        entries("dn: CN=a\nobjectClass: user\nmail:: YUBhLmV4YW1wbGUg\nproxyAddresses: SMTP:a@a.example\n");
    let ldif = planned(&dirty, "samba").apply_ldif().unwrap();
    assert!(
        ldif.contains("delete: mail\nmail:: YUBhLmV4YW1wbGUg\n-\nadd: mail\nmail: a@a.example\n-\n"),
        "{ldif}"
    );
}

#[test]
fn a_nul_in_a_dn_does_not_end_the_record() {
    let odd = entries("dn:: Q0490LAAQURFTA==\nobjectClass: user\nproxyAddresses: SMTP:a@a.example\n");
    let ldif = planned(&odd, "samba").apply_ldif().unwrap();
    assert!(
        !ldif.contains('\0') && ldif.contains("dn:: Q0490LAAQURFTA==\n"),
        "{ldif}"
    );
}
