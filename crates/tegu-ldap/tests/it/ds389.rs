//! 389 Directory Server, which has no assertion control: plans applied with OpenLDAP's tools, and what happens when the directory
//! changed in between.

use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits};
use tegu_ldap::{Directory, Finding, Plan, Profile, plan};
use tegu_testkit::Ds389;

const PEOPLE: &[(&str, &str)] = &[
    ("filled", "mail: filled@example.test\n"),
    ("old", "mail: old.name@example.test\n"),
    ("empty", ""),
];

/// A server with three people: one has the right `mail`, one another, and one none.
fn start() -> Ds389 {
    let server = Ds389::builder().exchange_schema().start();
    for (name, mail) in PEOPLE {
        server.load_ldif(&format!(
            "dn: {}\nobjectClass: inetOrgPerson\nobjectClass: exchangeRecipient\nuid: {name}\ncn: {name}\nsn: {name}\n\
             displayName: {name}\nmsExchRecipientTypeDetails: 1\nproxyAddresses: SMTP:{name}@example.test\n\
             proxyAddresses: smtp:{name}@corp.example.test\n{mail}",
            dn(&server, name)
        ));
    }
    server
}

fn dn(server: &Ds389, name: &str) -> String {
    format!("uid={name},ou=people,{}", server.base_dn())
}

async fn read(server: &Ds389) -> Directory {
    let endpoint = Endpoint::dangerously_without_tls(&server.ldap_url()).unwrap();
    let manager = Credentials::password(server.bind_dn(), server.password().to_owned());
    let mut client = Client::connect(&endpoint, &manager).await.unwrap();
    let entries = client
        .search(
            server.base_dn(),
            &AttributeSet::exchange(),
            &SearchLimits::default(),
        )
        .await
        .unwrap();
    Directory::from_entries(entries)
}

fn checked(directory: &Directory) -> (Vec<Finding>, Plan) {
    let profile = Profile::builtin("389ds").unwrap();
    let options = CheckOptions::new()
        .accepted_domains(["example.test", "corp.example.test"])
        .unwrap()
        .profile(profile.clone());
    let findings = check::run(directory, &options);
    let plan = plan::plan(directory, &profile, &findings);
    (findings, plan)
}

/// The codes of what is found on one person.
fn codes(findings: &[Finding], name: &str) -> Vec<&'static str> {
    let start = format!("uid={name},");
    findings
        .iter()
        .filter(|f| f.dn().as_str().starts_with(&start))
        .map(Finding::code)
        .collect()
}

/// Everything that a plan may change, as the server returns it, sorted.
fn state(server: &Ds389) -> Vec<String> {
    let text = server.search("(uid=*)", &["mail", "mailAlternateAddress", "objectClass"]);
    let mut out: Vec<String> = text
        .split("\n\n")
        .flat_map(|entry| {
            let (name, rest) = entry.split_once('\n').unwrap_or_default();
            rest.lines().map(move |line| format!("{name} {line}"))
        })
        .collect();
    out.sort();
    out
}

fn mail(server: &Ds389, name: &str) -> Vec<String> {
    let text = server.search(&format!("(uid={name})"), &["mail"]);
    let mut out: Vec<String> = text
        .lines()
        .filter_map(|l| l.strip_prefix("mail: "))
        .map(Into::into)
        .collect();
    out.sort();
    out
}

#[tokio::test]
async fn a_plan_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = start();
    let before = state(&server);
    let directory = read(&server).await;
    assert!(
        directory.accounts().iter().all(|a| a.id().len() == 36),
        "entryUUID is the identity"
    );
    let (findings, plan) = checked(&directory);
    assert_eq!(
        codes(&findings, "empty"),
        ["LDAP-MAIL-MISSING", "LDAP-MAIL-UNGUARDED"]
    );
    assert_eq!(codes(&findings, "old"), ["LDAP-MAIL-DIFFERS"]);
    assert_eq!((plan.changes().len(), plan.unguarded()), (3, 1));
    server.ldapmodify(&plan.apply_ldif().unwrap());
    for (name, _) in PEOPLE {
        assert_eq!(mail(&server, name), [format!("{name}@example.test")]);
    }
    let after = state(&server);
    let alias =
        |name: &str, address: &str| format!("dn: {} mailAlternateAddress: {address}@", dn(&server, name));
    for line in [
        alias("filled", "filled"),
        alias("old", "old.name"),
        alias("empty", "empty"),
    ] {
        assert!(after.iter().any(|l| l.starts_with(&line)), "{line}: {after:#?}");
    }
    let (findings, second) = checked(&read(&server).await);
    assert!(second.is_empty(), "{}", second.apply_ldif().unwrap());
    assert!(codes(&findings, "empty").is_empty(), "{findings:?}");
    server.ldapmodify(&plan.undo_ldif().unwrap());
    assert_eq!(state(&server), before);
}

#[tokio::test]
async fn a_value_that_changed_in_between_is_not_overwritten_and_gets_no_second() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = start();
    let (_, plan) = checked(&read(&server).await);
    server.ldapmodify(&format!(
        "dn: {}\nchangetype: modify\nreplace: mail\nmail: newer@example.test\n",
        dn(&server, "old")
    ));
    let refused = server.try_ldapmodify(&plan.apply_ldif().unwrap()).unwrap_err();
    assert!(refused.contains("No such attribute (16)"), "{refused}");
    assert_eq!(mail(&server, "old"), ["newer@example.test"]);
    // The change is made as a whole or not at all.
    let classes: Vec<_> = state(&server)
        .into_iter()
        .filter(|l| l.starts_with("dn: uid=old,") && l.contains("mailRecipient"))
        .collect();
    assert!(classes.is_empty(), "{classes:?}");
}

/// No request can have this server check that an attribute is empty, so the plan says so, and what came of it is found.
#[tokio::test]
async fn what_was_filled_in_between_stays_and_the_findings_say_so_before_and_after() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = start();
    let (findings, plan) = checked(&read(&server).await);
    assert!(codes(&findings, "empty").contains(&"LDAP-MAIL-UNGUARDED"));
    let text = plan.apply_ldif().unwrap();
    assert!(
        text.starts_with("version: 1\n\n# Changes for the profile 389ds")
            && text.contains("\n# 1 of them fill an attribute that was empty.")
            && text.contains("plan right before you apply this file"),
        "{text}"
    );
    let warned = format!(
        "\n# mail was empty. Nothing here checks that it still is (LDAP-MAIL-UNGUARDED).\ndn: {}\n",
        dn(&server, "empty")
    );
    assert!(text.contains(&warned), "{text}");
    assert_eq!(text.matches("(LDAP-MAIL-UNGUARDED)").count(), 1, "{text}");
    server.ldapmodify(&format!(
        "dn: {}\nchangetype: modify\nadd: mail\nmail: theirs@example.test\n",
        dn(&server, "empty")
    ));
    server.ldapmodify(&text);
    assert_eq!(
        mail(&server, "empty"),
        ["empty@example.test", "theirs@example.test"]
    );
    // The next check says so, and its plan leaves the decision to a person.
    let (findings, second) = checked(&read(&server).await);
    assert_eq!(codes(&findings, "empty"), ["LDAP-MAIL-SEVERAL"]);
    assert!(
        second
            .changes()
            .iter()
            .all(|c| c.steps().iter().all(|s| s.attribute() != "mail")),
        "{}",
        second.apply_ldif().unwrap()
    );
    // Undoing removes ours alone.
    server.ldapmodify(&plan.undo_ldif().unwrap());
    assert_eq!(mail(&server, "empty"), ["theirs@example.test"]);
}

/// A fresh plan after somebody filled the attribute changes nothing about it in silence: the value is deleted by value, so the change
/// is safe again.
#[tokio::test]
async fn a_fresh_export_right_before_finds_what_was_filled() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = start();
    server.ldapmodify(&format!(
        "dn: {}\nchangetype: modify\nadd: mail\nmail: theirs@example.test\n",
        dn(&server, "empty")
    ));
    let (findings, plan) = checked(&read(&server).await);
    assert_eq!(codes(&findings, "empty"), ["LDAP-MAIL-DIFFERS"]);
    assert_eq!(plan.unguarded(), 0);
    server.ldapmodify(&plan.apply_ldif().unwrap());
    assert_eq!(mail(&server, "empty"), ["empty@example.test"]);
}
