#![allow(clippy::unwrap_used)]

mod ways;

use super::*;
use crate::ErrorKind;
use crate::ldif;

fn codes(text: &str, options: &CheckOptions) -> Vec<&'static str> {
    check(text, options).iter().map(Finding::code).collect()
}

fn user(name: &str, rest: &str) -> String {
    format!("dn: CN={name},DC=x\nobjectClass: user\ncn: {name}\n{rest}\n")
}

fn a_example() -> CheckOptions {
    CheckOptions::new().accepted_domains(["A.example"]).unwrap()
}

#[test]
fn a_sound_account_has_no_findings() {
    let text = user(
        "a",
        "mail: a@a.example\nproxyAddresses: SMTP:A@A.example\nproxyAddresses: smtp:b@a.example\n",
    );
    let options = a_example().profile(Profile::builtin("openldap").unwrap());
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
        assert_eq!(others.total(), 2);
        assert!(!others.first().contains(finding.dn()));
    }
}

#[test]
fn the_same_domain_in_both_forms_is_one_address() {
    let text = user("a", "mail: a@пример.рф\n") + &user("b", "mail: a@xn--e1afmkfd.xn--p1ai\n");
    let accepted = CheckOptions::new().accepted_domains(["пример.рф"]).unwrap();
    assert_eq!(codes(&text, &accepted), ["LDAP-ADDRESS-DUPLICATE"; 2]);
}

#[test]
fn each_fault_of_an_account() {
    let cases = [
        (
            "proxyAddresses: SMTP:a@a.example\n",
            &["LDAP-MAIL-MISSING", "LDAP-MAIL-UNGUARDED"][..],
        ),
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
    let options = a_example().profile(Profile::builtin("389ds").unwrap());
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
        ["LDAP-GROUP-PARTIAL", "LDAP-GROUP-MEMBERS"]
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
    let error = CheckOptions::new().accepted_domains(["a b"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn a_name_may_come_from_the_dn_and_is_missed_otherwise() {
    let named = "dn: CN=a,DC=x\nobjectClass: user\nmail: a@a.example\n";
    assert!(codes(named, &a_example()).is_empty());
    let nameless = "dn: uid=a,dc=x\nobjectClass: user\nmail: a@a.example\n";
    assert_eq!(codes(nameless, &a_example()), ["LDAP-NAME-MISSING"]);
}

/// Returns the rules of IdFix that are not about the whole form of an address, each with a value that breaks it.
#[test]
fn each_rule_of_idfix() {
    let long = |n: usize| "x".repeat(n);
    let cases: Vec<(String, &str, &str)> = vec![
        (format!("displayName: {}", long(256)), "LDAP-VALUE-LENGTH", ""),
        ("displayName:: YSA=".into(), "LDAP-VALUE-CHARACTER", "a"),
        (format!("givenName: {}", long(64)), "LDAP-VALUE-LENGTH", ""),
        (format!("mailNickname: {}", long(65)), "LDAP-VALUE-LENGTH", ""),
        ("mailNickname: .ann".into(), "LDAP-VALUE-CHARACTER", "ann"),
        ("mailNickname: a n,n@x".into(), "LDAP-VALUE-CHARACTER", "annx"),
        (
            format!("sAMAccountName: {}\nmailNickname: a", long(21)),
            "LDAP-VALUE-LENGTH",
            "",
        ),
        (
            "sAMAccountName: a*b\nmailNickname: a".into(),
            "LDAP-VALUE-CHARACTER",
            "ab",
        ),
        (
            format!("userPrincipalName: {}@a.example", long(104)),
            "LDAP-VALUE-LENGTH",
            "",
        ),
        (
            "userPrincipalName: a&b@a.example".into(),
            "LDAP-VALUE-CHARACTER",
            "ab@a.example",
        ),
        (
            "userPrincipalName:: w7xAYS5leGFtcGxl".into(),
            "LDAP-VALUE-CHARACTER",
            "@a.example",
        ),
        (
            "userPrincipalName: a.@a.example".into(),
            "LDAP-LOGIN-MALFORMED",
            "",
        ),
        (
            "proxyAddresses: x500:/o=a/cn=[b]".into(),
            "LDAP-VALUE-CHARACTER",
            "/o=a/cn=b",
        ),
        (
            format!("proxyAddresses: x500:/o={}", long(256)),
            "LDAP-VALUE-LENGTH",
            "",
        ),
        (
            "proxyAddresses: x400:c=de;a=[b]".into(),
            "LDAP-VALUE-CHARACTER",
            "c=de;a=b",
        ),
        (
            "proxyAddresses: sip:a b@a.example".into(),
            "LDAP-VALUE-CHARACTER",
            "ab@a.example",
        ),
        (
            "proxyAddresses: smtp:b@a.invalidtld".into(),
            "LDAP-DOMAIN-UNKNOWN",
            "",
        ),
        (
            "targetAddress: SMTP:b@corp.local".into(),
            "LDAP-DOMAIN-UNKNOWN",
            "",
        ),
        (
            "targetAddress: SMTP:a\\b@b.example".into(),
            "LDAP-ADDRESS-MALFORMED",
            "",
        ),
        (
            "proxyAddresses: smtp:a,b@a.example".into(),
            "LDAP-ADDRESS-MALFORMED",
            "a,b",
        ),
        (
            "proxyAddresses: smtp:b@a@a.example".into(),
            "LDAP-ADDRESS-MALFORMED",
            "",
        ),
        ("proxyAddresses: smtp:b@a".into(), "LDAP-ADDRESS-MALFORMED", ""),
        (
            "proxyAddresses: b@a.example".into(),
            "LDAP-ADDRESS-MALFORMED",
            "b@a.example",
        ),
    ];
    for (line, code, proposal) in cases {
        let text = user("a", &format!("displayName: a\nmail: a@a.example\n{line}\n"));
        let text = if line.starts_with("displayName") {
            text.replace("displayName: a\n", "")
        } else {
            text
        };
        let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
        let findings = run(&Directory::from_entries(entries), &CheckOptions::new());
        let found = findings.iter().find(|f| f.code() == code);
        let found = found.unwrap_or_else(|| panic!("{line}: {findings:?}"));
        if code != "LDAP-ADDRESS-MALFORMED" {
            assert_eq!(found.proposal().unwrap_or_default(), proposal, "{line}");
        }
        assert_eq!(found.to_string().lines().count(), 1);
    }
}

#[test]
fn what_idfix_calls_wrong_and_is_not() {
    for line in [
        "proxyAddresses: x500:/o=First/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=a",
        "proxyAddresses: smtp:a@xn--e1afmkfd.xn--p1ai",
        "proxyAddresses:: c210cDphQNC/0YDQuNC80LXRgC7RgNGE",
        "userPrincipalName: A@a.example",
    ] {
        let text = user("a", &format!("mail: a@a.example\n{line}\n"));
        assert!(codes(&text, &CheckOptions::new()).is_empty(), "{line}");
    }
    // The organisation's own domain may be one that nobody else knows.
    let ours = CheckOptions::new().accepted_domains(["corp.local"]).unwrap();
    assert!(codes(&user("a", "mail: a@corp.local\n"), &ours).is_empty());
}

#[test]
fn names_that_several_objects_have_are_shown_on_each_side() {
    let text = user(
        "a",
        "mail: a@a.example\nmailNickname: Same\nuserPrincipalName: x@a.example\nsAMAccountName: s\n",
    ) + &user(
        "b",
        "mail: b@a.example\nmailNickname: same\nuserPrincipalName: X@A.example\nsAMAccountName: s\n",
    ) + &user("c", "proxyAddresses: X500:/O=Old/cn=a\n")
        + &user("d", "legacyExchangeDN: /o=old/CN=a\n");
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    let findings = run(&Directory::from_entries(entries), &CheckOptions::new());
    let duplicates: Vec<_> = findings
        .iter()
        .filter_map(|f| match f.issue() {
            Issue::ValueDuplicate {
                attribute, others, ..
            } => Some((f.dn().as_str(), &**attribute, others.first()[0].as_str())),
            _ => None,
        })
        .collect();
    // The short names do not count where there are logins.
    assert_eq!(
        duplicates,
        [
            ("CN=a,DC=x", "mailNickname", "CN=b,DC=x"),
            ("CN=a,DC=x", "userPrincipalName", "CN=b,DC=x"),
            ("CN=b,DC=x", "mailNickname", "CN=a,DC=x"),
            ("CN=b,DC=x", "userPrincipalName", "CN=a,DC=x"),
            ("CN=c,DC=x", "x500", "CN=d,DC=x"),
            ("CN=d,DC=x", "x500", "CN=c,DC=x"),
        ]
    );
}

#[test]
fn blanks_propose_what_idfix_proposes() {
    let text = user(
        "Ann Smith",
        "mail: a@a.example\nsAMAccountName: ann\ngivenName: Ann\nsn: O'Smith\n",
    );
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    let findings = run(&Directory::from_entries(entries), &CheckOptions::new());
    let found: Vec<_> = findings.iter().map(|f| (f.code(), f.proposal())).collect();
    assert_eq!(
        found,
        [
            ("LDAP-VALUE-BLANK", Some("Ann Smith")),
            ("LDAP-VALUE-BLANK", Some("Ann.OSmith"))
        ]
    );
}

#[test]
fn what_a_move_would_leave_behind_is_said() {
    let cases = [
        (
            "altRecipient: CN=b,DC=x\ndeliverAndRedirect: TRUE\n",
            "LDAP-FORWARD",
        ),
        ("publicDelegates: CN=b,DC=x\n", "LDAP-DELEGATES"),
        ("msExchArchiveGUID:: AAECAwQFBgcICQoLDA0ODw==\n", "LDAP-ARCHIVE"),
        ("thumbnailPhoto: no photo\n", "LDAP-PHOTO"),
        (
            "proxyAddresses: smtp:\u{430}nn@a.example\n",
            "LDAP-ADDRESS-LOOKALIKE",
        ),
        (
            "proxyAddresses: Microsoft.Exchange.Data.ProxyAddressCollection\n",
            "LDAP-NOT-EXPORTED",
        ),
    ];
    for (line, code) in cases {
        assert_eq!(
            codes(
                &(user("a", &format!("mail: a@a.example\n{line}")) + &user("b", "mail: b@a.example\n")),
                &CheckOptions::new()
            ),
            [code]
        );
    }
    let list = |line: &str| {
        let group = "dn: CN=g,DC=x\nobjectClass: group\ncn: g\nmail: g@a.example\nmember: CN=a,DC=x\n";
        format!("{group}{line}\n\n") + &user("a", "mail: a@a.example\n")
    };
    for line in [
        "authOrig: CN=a,DC=x",
        "dLMemRejectPerms: CN=a,DC=x",
        "msExchRequireAuthToSendTo: TRUE",
    ] {
        assert_eq!(codes(&list(line), &a_example()), ["LDAP-GROUP-SENDERS"], "{line}");
    }
}

#[test]
fn what_a_target_does_not_take() {
    let account =
        "dn: uid=a,dc=x\nobjectClass: account\nobjectClass: posixAccount\ncn: a\nuid: a\nmail: a@a.example\n";
    let openldap = a_example().profile(Profile::builtin("openldap").unwrap());
    assert_eq!(codes(account, &openldap), ["LDAP-CLASS-MISSING"]);
    // 389DS has a class that can be added.
    let ds = a_example().profile(Profile::builtin("389ds").unwrap());
    assert!(codes(account, &ds).is_empty());
    let ipa = CheckOptions::new().profile(Profile::builtin("freeipa").unwrap());
    assert_eq!(
        codes(&user("a", "mail: a@пример.рф\n"), &ipa),
        ["LDAP-ADDRESS-TOOLS"]
    );
}

fn check(text: &str, options: &CheckOptions) -> Vec<Finding> {
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    run(&Directory::from_entries(entries), options)
}
