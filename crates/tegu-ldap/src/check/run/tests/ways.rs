//! The ways that mail takes, and values that cannot be seen or that thousands share.

use super::{a_example, check, codes, user};
use crate::Profile;
use crate::check::{CheckOptions, Issue};

/// The findings as `code name`, in order.
fn found(text: &str, options: &CheckOptions) -> Vec<String> {
    check(text, options)
        .iter()
        .map(|f| format!("{} {}", f.code(), f.dn().first_value().unwrap_or_default()))
        .collect()
}

fn person(name: &str, rest: &str) -> String {
    let rest =
        format!("displayName: {name}\nmail: {name}@a.example\nproxyAddresses: SMTP:{name}@a.example\n{rest}");
    user(name, &rest)
}

#[test]
fn forwarding_in_loops_and_to_nobody() {
    let text = person("self", "altRecipient: cn=self, dc=x\n")
        + &person("one", "altRecipient: CN=two,DC=x\n")
        + &person("two", "msExchGenericForwardingAddress: smtp:ONE@a.example\n")
        + &person("into", "altRecipient: CN=one,DC=x\n")
        + &person("gone", "altRecipient: CN=deleted,DC=x\n")
        + &person("typo", "msExchGenericForwardingAddress: smtp:nobody@a.example\n")
        + &person(
            "out",
            "msExchGenericForwardingAddress: smtp:me@elsewhere.example\n",
        )
        + &person("pc", "altRecipient: CN=box,DC=x\n")
        + "dn: CN=box,DC=x\nobjectClass: computer\n";
    let found: Vec<_> = found(&text, &a_example())
        .into_iter()
        .filter(|line| line.starts_with("LDAP-FORWARD-"))
        .collect();
    assert_eq!(
        found,
        [
            "LDAP-FORWARD-LOOP self",
            "LDAP-FORWARD-LOOP one",
            "LDAP-FORWARD-LOOP two",
            "LDAP-FORWARD-UNKNOWN gone",
            "LDAP-FORWARD-UNKNOWN typo"
        ]
    );
}

#[test]
fn groups_in_circles_and_members_that_are_nobody() {
    let group = |name: &str, members: &[&str]| {
        let members: String = members.iter().map(|m| format!("member: CN={m},DC=x\n")).collect();
        format!(
            "dn: CN={name},DC=x\nobjectClass: group\ndisplayName: {name}\nproxyAddresses: SMTP:{name}@a.example\n{members}\n"
        )
    };
    let text = group("own", &["own", "ann"])
        + &group("a", &["b"])
        + &group("b", &["c", "ann"])
        + &group("c", &["a"])
        + &group("between", &["a", "own"])
        + &group("hole", &["ann", "deleted"])
        + &person("ann", "");
    assert_eq!(
        found(&text, &a_example()),
        [
            "LDAP-GROUP-CYCLE own",
            "LDAP-GROUP-CYCLE a",
            "LDAP-GROUP-CYCLE b",
            "LDAP-GROUP-CYCLE c",
            "LDAP-GROUP-MEMBERS hole"
        ]
    );
    // Depth costs no stack.
    let deep: String = (0..50_000)
        .map(|n| group(&format!("g{n}"), &[&format!("g{}", (n + 1) % 50_000)]))
        .collect();
    assert_eq!(found(&deep, &a_example()).len(), 50_000);
}

#[test]
fn a_contact_for_a_local_mailbox() {
    let contact = |name: &str, target: &str| {
        format!(
            "dn: CN={name},DC=x\nobjectClass: contact\ndisplayName: {name}\ntargetAddress: SMTP:{target}\n\n"
        )
    };
    let text = contact("in", "ANN@a.example") + &contact("out", "ann@elsewhere.example") + &person("ann", "");
    assert_eq!(found(&text, &a_example()), ["LDAP-CONTACT-LOCAL in"]);
}

#[test]
fn moderation_and_rules_about_senders_of_lists_and_mailboxes() {
    let ann = person("ann", "");
    let list = |rules: &str| {
        format!(
            "dn: CN=list,DC=x\nobjectClass: group\ndisplayName: list\nproxyAddresses: SMTP:list@a.example\n\
             member: CN=ann,DC=x\n{rules}\n"
        )
    };
    for (rules, code) in [
        ("authOrig: CN=ann,DC=x\n", "SENDERS"),
        ("dLMemSubmitPerms: CN=list,DC=x\n", "SENDERS"),
        ("unauthOrig: CN=ann,DC=x\n", "SENDERS"),
        ("dLMemRejectPerms: CN=list,DC=x\n", "SENDERS"),
        ("msExchRequireAuthToSendTo: TRUE\n", "SENDERS"),
        ("msExchEnableModeration: TRUE\n", "MODERATED"),
        (
            "msExchEnableModeration: TRUE\nmsExchModeratedByLink: CN=ann,DC=x\n",
            "MODERATED",
        ),
    ] {
        let (of_lists, of_mailboxes) = match code {
            "SENDERS" => ("LDAP-GROUP-SENDERS list", "LDAP-ACCOUNT-SENDERS boss"),
            _ => ("LDAP-MODERATED list", "LDAP-MODERATED boss"),
        };
        assert_eq!(found(&(list(rules) + &ann), &a_example()), [of_lists], "{rules}");
        assert_eq!(
            found(&(person("boss", rules) + &list("") + &ann), &a_example()),
            [of_mailboxes],
            "{rules}"
        );
    }
    for rules in [
        "msExchEnableModeration: FALSE\n",
        "msExchRequireAuthToSendTo: FALSE\n",
    ] {
        let text = list(rules) + &person("boss", rules) + &ann;
        assert!(found(&text, &a_example()).is_empty(), "{rules}");
    }
}

/// People will sign in by `mail`, whatever they are used to.
#[test]
fn a_login_other_than_the_address_is_said() {
    for (login, code) in [
        ("ann@a.example", None),
        ("ANN@A.example", None),
        ("a.smith@a.example", Some("LDAP-LOGIN-DIFFERS ann")),
        ("ann@corp.local", Some("LDAP-LOGIN-DIFFERS ann")),
    ] {
        let text = person("ann", &format!("userPrincipalName: {login}\n"));
        assert_eq!(
            found(&text, &a_example()).first().map(String::as_str),
            code,
            "{login}"
        );
    }
    // Nobody signs in to these.
    let nobody = "userPrincipalName: room@corp.local\nmsExchRecipientTypeDetails: 16\n";
    assert!(found(&person("room", nobody), &a_example()).is_empty());
}

#[test]
fn blanks_and_invisible_characters_in_addresses() {
    let with = |mail: &str, proxy: &str| {
        let encode = |name: &str, value: &str| {
            use base64::Engine as _;
            format!(
                "{name}:: {}\n",
                base64::engine::general_purpose::STANDARD.encode(value)
            )
        };
        "dn: CN=ann,DC=x\nobjectClass: user\ndisplayName: Ann\nmailNickname: ann\n".to_owned()
            + &encode("mail", mail)
            + &encode("proxyAddresses", "SMTP:ann@a.example")
            + &encode("proxyAddresses", proxy)
            + "\n"
    };
    let clean = "smtp:a@a.example";
    assert!(found(&with("ann@a.example", clean), &a_example()).is_empty());
    let unseen = [
        " ",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "\u{a0}",
        "\u{200b}",
        "\u{200e}",
        "\u{ad}",
        "\u{2060}",
        "\u{feff}",
        "  \u{200b}\t",
    ];
    for unseen in unseen {
        for mail in [
            format!("{unseen}ann@a.example"),
            format!("ann@a.example{unseen}"),
            format!("{unseen}ann@a.example{unseen}"),
        ] {
            let findings = check(&with(&mail, clean), &a_example());
            assert_eq!(findings.len(), 1, "{mail:?}: {findings:?}");
            assert_eq!(findings[0].code(), "LDAP-VALUE-CHARACTER", "{mail:?}");
            assert_eq!(findings[0].proposal(), Some("ann@a.example"));
        }
        for proxy in [
            format!("{unseen}smtp:a@a.example"),
            format!("smtp:{unseen}a@a.example"),
            format!("smtp:a@a.example{unseen}"),
        ] {
            let findings = check(&with("ann@a.example", &proxy), &a_example());
            assert_eq!(findings.len(), 1, "{proxy:?}: {findings:?}");
            assert_eq!(findings[0].code(), "LDAP-VALUE-CHARACTER", "{proxy:?}");
            assert_eq!(findings[0].proposal(), Some(clean));
        }
        // One that is nothing else is no address.
        let findings = check(&with("ann@a.example", &format!("smtp:{unseen}")), &a_example());
        assert_eq!(findings[0].code(), "LDAP-ADDRESS-MALFORMED", "{unseen:?}");
        assert_eq!(findings[0].proposal(), None);
    }
    for proxy in ["smtp:a\u{200b}@a.example", "smtp:a@a\u{2060}.example"] {
        let findings = check(&with("ann@a.example", proxy), &a_example());
        assert_eq!(findings[0].code(), "LDAP-ADDRESS-MALFORMED", "{proxy:?}");
        assert_eq!(findings[0].proposal(), Some("a@a.example"));
    }
}

#[test]
fn an_address_of_thousands_is_linear() {
    let text: String = (0..6_000)
        .map(|n| format!("dn: CN=u{n},DC=x\nobjectClass: user\nmail: info@a.example\n\n"))
        .collect();
    let findings = check(&text, &a_example());
    let duplicates = findings.iter().filter_map(|f| match f.issue() {
        Issue::AddressDuplicate { others, .. } => Some(others),
        _ => None,
    });
    let (mut count, mut names) = (0, 0);
    for others in duplicates {
        assert_eq!(others.total(), 5_999);
        assert!(others.to_string().ends_with(" and 5994 more"), "{others}");
        (count, names) = (count + 1, names + others.first().len());
    }
    assert_eq!((count, names), (6_000, 60_000));
}

/// A server with assertions, or with one value of `mail`, refuses to fill what somebody else has filled.
#[test]
fn only_a_directory_without_a_guard_has_unguarded_changes() {
    for (profile, guarded) in [
        ("openldap", true),
        ("samba", true),
        ("red-adm", true),
        ("389ds", false),
        ("freeipa", false),
        ("ald-pro", false),
        ("tegu", false),
    ] {
        let options = a_example().profile(Profile::builtin(profile).unwrap());
        let found = codes(&user("a", "proxyAddresses: SMTP:a@a.example\n"), &options);
        assert_eq!(!found.contains(&"LDAP-MAIL-UNGUARDED"), guarded, "{profile}");
    }
}
