//! What each target refuses, and how a plan lives with it.

use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::{Directory, Plan, Profile, ldif, plan};
use tegu_testkit::Slapd;

use super::slapd::read;

fn planned(directory: &Directory, profile: &str) -> Plan {
    let profile = Profile::builtin(profile).unwrap();
    let options = CheckOptions::new().profile(profile.clone());
    plan::plan(directory, &profile, &check::run(directory, &options))
}

fn file(text: &str) -> Directory {
    Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
}

/// A value that somebody set after the directory was read is neither replaced nor joined by another.
#[tokio::test]
async fn an_address_that_was_filled_in_since_stays() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    let dn = format!("CN=a,{}", slapd.base_dn());
    slapd.load_ldif(&format!(
        "dn: {dn}\nobjectClass: user\ncn: a\nsn: a\nproxyAddresses: SMTP:a@example.test\n"
    ));
    let plan = planned(&read(&slapd).await, "openldap");
    let text = plan.apply_ldif().unwrap();
    assert!(text.contains("control: 1.3.6.1.1.12 true:: "), "{text}");
    slapd.ldapmodify(&format!(
        "dn: {dn}\nchangetype: modify\nadd: mail\nmail: other@example.test\n"
    ));
    let refused = slapd.try_ldapmodify(&text).unwrap_err();
    assert!(refused.contains("Assertion Failed (122)"), "{refused}");
    let now = slapd.search("(cn=a)", &["mail"]);
    assert!(
        now.contains("mail: other@example.test\n") && !now.contains("a@example.test\nmail"),
        "{now}"
    );
    // While it is empty, the change is made.
    slapd.ldapmodify(&format!("dn: {dn}\nchangetype: modify\ndelete: mail\n"));
    slapd.ldapmodify(&text);
    assert!(
        slapd
            .search("(cn=a)", &["mail"])
            .contains("mail: a@example.test\n")
    );
}

#[tokio::test]
async fn openldap_takes_ascii_only_and_the_plan_writes_no_other() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    let dn = format!("uid=a,ou=people,{}", slapd.base_dn());
    slapd.load_ldif(&format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nuid: a\ncn: a\nsn: a\n"
    ));
    let refused = slapd.try_ldapmodify(&format!(
        "dn: {dn}\nchangetype: modify\nadd: mail\nmail: a@пример.рф\n"
    ));
    assert!(refused.unwrap_err().contains("Invalid syntax (21)"));
    // The source names the entry as the target does, and has the address in the other spelling.
    let source =
        format!("dn: {dn}\nobjectClass: inetOrgPerson\nuid: a\ncn: a\nproxyAddresses: SMTP:a@пример.рф\n");
    slapd.ldapmodify(&planned(&file(&source), "openldap").apply_ldif().unwrap());
    assert!(
        slapd
            .search("(uid=a)", &["mail"])
            .contains("mail: a@xn--e1afmkfd.xn--p1ai\n")
    );
}

#[tokio::test]
async fn openldap_takes_an_address_twice_and_the_checks_do_not() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    for name in ["a", "b"] {
        let dn = format!("uid={name},ou=people,{}", slapd.base_dn());
        let address = if name == "a" {
            "same@example.test"
        } else {
            "Same@Example.test"
        };
        slapd.load_ldif(&format!(
            "dn: {dn}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: a\nmail: {address}\n"
        ));
    }
    let directory = read(&slapd).await;
    let codes: Vec<_> = check::run(&directory, &CheckOptions::new())
        .iter()
        .map(|f| f.code())
        .collect();
    assert_eq!(codes, ["LDAP-ADDRESS-DUPLICATE"; 2]);
}

#[tokio::test]
async fn an_entry_without_a_class_for_mail_is_held_back() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    let dn = format!("uid=a,ou=people,{}", slapd.base_dn());
    let account = format!(
        "dn: {dn}\nobjectClass: account\nobjectClass: posixAccount\nuid: a\ncn: a\nuidNumber: 1\ngidNumber: 1\nhomeDirectory: /\n"
    );
    slapd.load_ldif(&account);
    let refused = slapd.try_ldapmodify(&format!(
        "dn: {dn}\nchangetype: modify\nadd: mail\nmail: a@example.test\n"
    ));
    assert!(refused.unwrap_err().contains("Object class violation (65)"));
    let plan = planned(
        &file(
            &format!("{account}mail: old@example.test\nproxyAddresses: SMTP:a@example.test\n")
                .replace("mail: old@example.test\n", ""),
        ),
        "openldap",
    );
    let held: Vec<_> = plan.held_back().iter().map(|h| h.code()).collect();
    assert_eq!((plan.is_empty(), held), (true, vec!["LDAP-CLASS-MISSING"]));
}

#[test]
fn what_389ds_needs_stands_before_what_needs_it() {
    let text = "dn: uid=a,dc=x\nobjectClass: inetOrgPerson\nuid: a\nmail: a@example.test\nproxyAddresses: SMTP:a@example.test\n\
                proxyAddresses: smtp:b@example.test\n";
    let apply = planned(&file(text), "389ds").apply_ldif().unwrap();
    assert!(
        apply.contains("add: objectClass\nobjectClass: mailRecipient\n-\nadd: mailAlternateAddress\nmailAlternateAddress: b@example.test\n-\n"),
        "{apply}"
    );
}

/// A value with a blank at its end gives way to the same without, in one step that the server takes.
#[tokio::test]
async fn openldap_takes_the_clean_value_in_place_of_the_other() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    let dn = format!("uid=a,ou=people,{}", slapd.base_dn());
    // `a@example.test ` and `b@example.test ` in base64.
    slapd.load_ldif(&format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nobjectClass: inetLocalMailRecipient\nuid: a\ncn: a\nsn: a\n\
         mail:: YUBleGFtcGxlLnRlc3Qg\nmailLocalAddress:: YkBleGFtcGxlLnRlc3Qg\n"
    ));
    let plan = planned(&read(&slapd).await, "openldap");
    let steps = plan.changes()[0].steps().len();
    assert_eq!((plan.changes().len(), steps), (1, 4));
    slapd.ldapmodify(&plan.apply_ldif().unwrap());
    let now = slapd.search("(uid=a)", &["mail", "mailLocalAddress"]);
    assert!(
        now.contains("mail: a@example.test\n") && now.contains("mailLocalAddress: b@example.test\n"),
        "{now}"
    );
    assert!(planned(&read(&slapd).await, "openldap").is_empty());
    slapd.ldapmodify(&plan.undo_ldif().unwrap());
    let undone = slapd.search("(uid=a)", &["mail"]);
    assert!(undone.contains("mail:: YUBleGFtcGxlLnRlc3Qg"), "{undone}");
}
