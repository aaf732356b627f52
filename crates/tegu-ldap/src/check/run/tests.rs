#![allow(clippy::unwrap_used)]
use super::*;
use crate::ldif;

fn codes(text: &str, options: &CheckOptions) -> Vec<&'static str> {
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    run(&Directory::from_entries(entries), options)
        .iter()
        .map(Finding::code)
        .collect()
}

fn user(name: &str, rest: &str) -> String {
    format!("dn: CN={name},DC=x\nobjectClass: user\ncn: {name}\n{rest}\n")
}

fn a_example() -> CheckOptions {
    CheckOptions::new().with_accepted_domains(["A.example"]).unwrap()
}

#[test]
fn a_sound_account_has_no_findings() {
    let text = user(
        "a",
        "mail: a@a.example\nproxyAddresses: SMTP:A@A.example\nproxyAddresses: smtp:b@a.example\n",
    );
    let options = a_example().with_profile(Profile::builtin("openldap").unwrap());
    assert!(codes(&text, &options).is_empty());
}

#[test]
fn an_account_that_nobody_mails_needs_no_address() {
    assert!(codes(&user("service", ""), &a_example()).is_empty());
}

#[test]
fn duplicates_are_found_over_attributes_and_kinds_and_shown_on_both_sides() {
    let text = user(
        "a",
        "mail: a@a.example\nproxyAddresses: SMTP:a@a.example\nproxyAddresses: smtp:sales@a.example\n",
    ) + "dn: CN=g,DC=x\nobjectClass: group\ncn: g\nmail: Sales@A.example\nmember: CN=a,DC=x\n\n\
           dn: CN=c,DC=x\nobjectClass: contact\ncn: c\nmail: sales@a.example\n";
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    let findings = run(&Directory::from_entries(entries), &a_example());
    assert_eq!(findings.len(), 3, "{findings:?}");
    for finding in &findings {
        let Issue::AddressDuplicate { others, .. } = finding.issue() else {
            panic!("{finding}")
        };
        assert_eq!(others.len(), 2);
        assert!(!others.contains(finding.dn()));
    }
}

#[test]
fn the_same_domain_in_both_forms_is_one_address() {
    let text = user("a", "mail: a@пример.рф\n") + &user("b", "mail: a@xn--e1afmkfd.xn--p1ai\n");
    let accepted = CheckOptions::new().with_accepted_domains(["пример.рф"]).unwrap();
    assert_eq!(codes(&text, &accepted), ["LDAP-ADDRESS-DUPLICATE"; 2]);
}

#[test]
fn each_fault_of_an_account() {
    let cases = [
        ("proxyAddresses: SMTP:a@a.example\n", &["LDAP-MAIL-MISSING"][..]),
        (
            "mail: a@a.example\nproxyAddresses: SMTP:b@a.example\n",
            &["LDAP-MAIL-DIFFERS"],
        ),
        ("mail: a@a.example\nmail: b@a.example\n", &["LDAP-MAIL-SEVERAL"]),
        ("mail: a@other.example\n", &["LDAP-MAIN-FOREIGN"]),
        (
            "mail: a@a.example\nproxyAddresses: smtp:a@other.example\n",
            &["LDAP-ALIAS-FOREIGN"],
        ),
        (
            "mail: a@a.example\nproxyAddresses: smtp:a b@a.example\n",
            &["LDAP-ADDRESS-MALFORMED"],
        ),
        (
            "mail: a@a.example\nproxyAddresses: sip:a@a.example\n",
            &["LDAP-ADDRESS-OTHER"],
        ),
        (
            "mail: a@a.example\nuserAccountControl: 514\n",
            &["LDAP-USER-DISABLED"],
        ),
        (
            "mail: a@a.example\nuserAccountControl: 514\nmsExchRecipientTypeDetails: 4\n",
            &["LDAP-DISABLED-BY-DESIGN"],
        ),
        ("mail: a@a.example\ntitle:: /w==\n", &["LDAP-NOT-UTF8"]),
        ("mail: анна@a.example\n", &["LDAP-ADDRESS-UNSTORABLE"]),
        ("msExchRecipientTypeDetails: 1\n", &["LDAP-MAIL-MISSING"]),
    ];
    let options = a_example().with_profile(Profile::builtin("389ds").unwrap());
    for (rest, expected) in cases {
        assert_eq!(codes(&user("a", rest), &options), expected, "{rest}");
    }
}

#[test]
fn groups() {
    let group = |rest: &str| format!("dn: CN=g,DC=x\nobjectClass: group\ncn: g\n{rest}");
    assert!(codes(&group(""), &a_example()).is_empty());
    assert_eq!(
        codes(&group("mail: g@a.example\n"), &a_example()),
        ["LDAP-GROUP-EMPTY"]
    );
    assert_eq!(
        codes(
            &group("mail: g@a.example\nmember;range=0-0: CN=a\n"),
            &a_example()
        ),
        ["LDAP-GROUP-PARTIAL"]
    );
}

#[test]
fn a_finding_is_one_line_and_proposes() {
    let text = user(
        "a",
        "mail: a@a.example\nproxyAddresses:: c210cDpzbXRwOmIKQGEuZXhhbXBsZQ==\n",
    );
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    let findings = run(&Directory::from_entries(entries), &a_example());
    assert_eq!(findings[0].proposal(), Some("b@a.example"));
    assert_eq!(findings[0].to_string().lines().count(), 1);
}

#[test]
fn a_bad_accepted_domain_is_the_callers_fault() {
    let error = CheckOptions::new().with_accepted_domains(["a b"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn a_name_may_come_from_the_dn_and_is_missed_otherwise() {
    let named = "dn: CN=a,DC=x\nobjectClass: user\nmail: a@a.example\n";
    assert!(codes(named, &a_example()).is_empty());
    let nameless = "dn: uid=a,dc=x\nobjectClass: user\nmail: a@a.example\n";
    assert_eq!(codes(nameless, &a_example()), ["LDAP-NAME-MISSING"]);
}
