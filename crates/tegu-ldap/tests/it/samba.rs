//! Samba as an Active Directory domain controller: single-valued `mail`, UTF-8, TLS before a password.

use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, LeadsTo, SearchLimits};
use tegu_ldap::{Directory, Plan, Profile, plan};
use tegu_net::Tls;
use tegu_testkit::SambaAd;

use super::sample;

async fn sign_in(samba: &SambaAd) -> Client {
    let pem = std::fs::read(samba.ca_pem()).unwrap();
    let endpoint = Endpoint::new(&samba.ldap_url())
        .unwrap()
        .tls(Tls::default().trust_pem(&pem).unwrap());
    let administrator = Credentials::password(samba.bind_dn(), samba.password().to_owned());
    Client::connect(&endpoint, &administrator).await.unwrap()
}

async fn read(samba: &SambaAd) -> Directory {
    let mut client = sign_in(samba).await;
    let entries = client
        .search(
            samba.base_dn(),
            &AttributeSet::exchange(),
            &SearchLimits::default(),
        )
        .await
        .unwrap();
    Directory::from_entries(entries)
}

fn planned(directory: &Directory) -> Plan {
    let profile = Profile::builtin("samba").unwrap();
    let options = CheckOptions::new().profile(profile.clone());
    plan::plan(directory, &profile, &check::run(directory, &options))
}

#[tokio::test]
async fn a_plan_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let samba = SambaAd::start();
    samba.load_ldif(&sample::organisation(samba.base_dn(), true));
    traps(&samba);
    connection_points(&samba).await;
    let before = read(&samba).await;
    assert!(
        before.accounts().iter().all(|a| a.id().len() == 36),
        "objectGUID is the identity"
    );
    // krbtgt and the like are recognised.
    assert!(!before.set_aside().is_empty());
    let plan = planned(&before);
    let people: Vec<_> = plan
        .changes()
        .iter()
        .map(|c| c.dn().first_value().unwrap())
        .collect();
    assert_eq!(people.len(), 4, "{people:?}");
    samba.ldapmodify(&plan.apply_ldif().unwrap());
    let after = read(&samba).await;
    assert!(planned(&after).is_empty());
    samba.ldapmodify(&plan.undo_ldif().unwrap());
    let undone = read(&samba).await;
    assert_eq!(
        serde_json::to_value(&before).unwrap(),
        serde_json::to_value(&undone).unwrap()
    );
}

/// What a domain refuses and what it does not.
fn traps(samba: &SambaAd) {
    let dn = format!("CN=Ann Smith,OU=Staff,{}", samba.base_dn());
    let change = |change: &str| samba.try_ldapmodify(&format!("dn: {dn}\nchangetype: modify\n{change}\n"));
    // One value only, so that adding to one that was filled in between is refused without a condition.
    let refused = change("add: mail\nmail: second@example.test").unwrap_err();
    assert!(refused.contains("SINGLE-VALUE attribute mail"), "{refused}");
    // Letters of any alphabet, and an address that another entry has.
    let cyrillic = "replace: mail\nmail:: 0LBAZXhhbXBsZS50ZXN0";
    change(cyrillic).unwrap();
    change("replace: mail\nmail: olga@example.test").unwrap();
    change("replace: mail\nmail: ann@example.test").unwrap();
}

/// Exchange's servers as they register themselves, and entries that lead nowhere.
async fn connection_points(samba: &SambaAd) {
    let base = samba.base_dn();
    let add = |name: &str, keywords: &[&str], bindings: &[&str]| {
        use std::fmt::Write as _;
        let mut entry = format!(
            "dn: CN={name},CN=Services,CN=Configuration,{base}\nchangetype: add\nobjectClass: serviceConnectionPoint\n"
        );
        for keyword in keywords {
            writeln!(entry, "keywords: {keyword}").unwrap();
        }
        for binding in bindings {
            writeln!(entry, "serviceBindingInformation: {binding}").unwrap();
        }
        samba.ldapmodify(&entry);
    };
    let url = "77378F46-2C66-4aa9-A6A6-3E7A48B19596";
    let forest = "67661d7F-8FC4-4fa7-BFAC-E1D7794C1F68";
    let at = |host: &str| format!("https://{host}.corp.example/Autodiscover/Autodiscover.xml");
    add(
        "EX2",
        &[&url.to_lowercase(), "Site=Berlin", "Site=Köln"],
        &[&at("ex2")],
    );
    add("EX1", &[url], &[&at("ex1"), "urn:uuid:1"]);
    add("EX1-AGAIN", &[url], &[&at("ex1")]);
    add("OTHER", &[forest], &["LDAP://other.example", &at("ex3")]);
    add("PRINTER", &["printer"], &[&at("ex4")]);
    let found = sign_in(samba).await.connection_points().await.unwrap();
    let found: Vec<_> = found
        .into_iter()
        .map(|point| (point.leads_to, point.sites))
        .collect();
    let expected = [
        (LeadsTo::Url(at("ex1")), vec![]),
        (
            LeadsTo::Url(at("ex2")),
            vec!["Berlin".to_owned(), "Köln".to_owned()],
        ),
        (LeadsTo::Forest("LDAP://other.example".to_owned()), vec![]),
    ];
    assert_eq!(found, expected);
}

/// A thousand accounts: loaded once, and kept as a copy of the domain's folder for later runs on this machine.
#[tokio::test]
async fn a_plan_of_a_thousand_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    const COUNT: usize = 1_000;
    let samba = SambaAd::builder()
        .load(sample::many("DC=corp,DC=example,DC=test", COUNT))
        .start();
    let before = read(&samba).await;
    let many = |d: &Directory| {
        d.accounts()
            .iter()
            .filter(|a| a.sam_account_name().is_some_and(|s| s.starts_with("many")))
            .count()
    };
    assert_eq!(many(&before), COUNT);
    assert!(
        before
            .accounts()
            .iter()
            .all(|a| a.sid().is_some_and(|sid| sid.starts_with("S-1-5-21-")))
    );
    let plan = planned(&before);
    // Two thirds lack the right mail; the further addresses stand in proxyAddresses already.
    assert_eq!(plan.changes().len(), COUNT - COUNT / 3);
    samba.ldapmodify(&plan.apply_ldif().unwrap());
    assert!(planned(&read(&samba).await).is_empty());
    samba.ldapmodify(&plan.undo_ldif().unwrap());
    let state = |directory: &Directory| {
        let mut value = serde_json::to_value(directory).unwrap();
        for list in ["accounts", "groups", "contacts"] {
            let list = value[list].as_array_mut().unwrap();
            list.sort_by_key(|o| o["id"].as_str().unwrap().to_owned());
        }
        value
    };
    assert_eq!(state(&before), state(&read(&samba).await));
}
