//! OpenLDAP: read, check, plan, apply with its own tools, read again.

use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits, Security};
use tegu_ldap::entry::AttributeName;
use tegu_ldap::{Directory, ErrorKind, Plan, Profile, Result, ldif, plan};
use tegu_net::Tls;
use tegu_testkit::Slapd;

use super::sample;

pub(super) fn endpoint(slapd: &Slapd) -> Endpoint {
    Endpoint::new(&slapd.ldaps_url()).unwrap().tls(trust(slapd))
}

fn trust(slapd: &Slapd) -> Tls {
    let pem = std::fs::read(slapd.ca_pem()).unwrap();
    Tls::default().trust_pem(&pem).unwrap()
}

pub(super) async fn connect(slapd: &Slapd, endpoint: &Endpoint) -> Result<Client> {
    let admin = Credentials::password(slapd.bind_dn(), slapd.password().to_owned());
    Client::connect(endpoint, &admin).await
}

pub(super) async fn read(slapd: &Slapd) -> Directory {
    let mut client = connect(slapd, &endpoint(slapd)).await.unwrap();
    let entries = client
        .search(
            slapd.base_dn(),
            &AttributeSet::exchange(),
            &SearchLimits::default(),
        )
        .await
        .unwrap();
    client.close().await;
    Directory::from_entries(entries)
}

fn planned(directory: &Directory, profile: &str) -> Plan {
    let profile = Profile::builtin(profile).unwrap();
    let options = CheckOptions::new().profile(profile.clone());
    let options = options
        .accepted_domains(["example.test", "corp.example.test"])
        .unwrap();
    plan::plan(directory, &profile, &check::run(directory, &options))
}

/// All that the server holds of the attributes that a plan may change, in a stable order.
fn state(slapd: &Slapd) -> Vec<String> {
    let text = slapd.search(
        "(objectClass=*)",
        &["mail", "mailLocalAddress", "objectClass", "proxyAddresses"],
    );
    let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
    let mut out: Vec<String> = entries
        .iter()
        .flat_map(|e| {
            e.attributes().flat_map(move |a| {
                a.values()
                    .map(move |v| format!("{} {} {}", e.dn().key(), a.name(), String::from_utf8_lossy(v)))
            })
        })
        .collect();
    out.sort();
    out
}

#[tokio::test]
async fn a_plan_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    slapd.load_ldif(&sample::organisation(slapd.base_dn(), true));
    for profile in ["openldap", "tegu", "samba"] {
        let before = state(&slapd);
        let directory = read(&slapd).await;
        assert_eq!(directory.len(), sample::RECIPIENTS);
        assert_eq!((directory.groups().len(), directory.contacts().len()), (1, 1));
        assert_eq!(directory.groups()[0].members().len(), 5);
        let plan = planned(&directory, profile);
        assert!(plan.held_back().is_empty(), "{:?}", plan.held_back());
        // Ivan has no mail, Maria another one, and neither the shared mailbox nor the room has any.
        let mail = plan
            .changes()
            .iter()
            .filter(|c| c.steps().iter().any(|s| s.attribute() == "mail"))
            .count();
        assert_eq!(mail, 4, "{profile}");
        slapd.ldapmodify(&plan.apply_ldif().unwrap());
        let again = read(&slapd).await;
        assert!(again.accounts().iter().all(|a| a.mail() == a.primary()));
        let second = planned(&again, profile);
        assert!(second.is_empty(), "{profile}: {}", second.apply_ldif().unwrap());
        slapd.ldapmodify(&plan.undo_ldif().unwrap());
        assert_eq!(state(&slapd), before, "{profile}");
    }
}

/// Twenty thousand accounts of Active Directory, and a group for every two hundred.
#[tokio::test]
async fn a_plan_of_twenty_thousand_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    const COUNT: usize = 20_000;
    // Before it starts, slapd's own tool loads a thousand times quicker.
    let slapd = Slapd::builder()
        .exchange_schema()
        .load(sample::many("dc=corp,dc=example,dc=test", COUNT))
        .start();
    let before = state(&slapd);
    let directory = read(&slapd).await;
    assert_eq!(directory.accounts().len(), COUNT);
    assert_eq!(directory.groups().len(), COUNT / 200);
    assert!(
        directory
            .groups()
            .iter()
            .all(|g| g.members().len() == 200 && g.has_all_members())
    );
    let plan = planned(&directory, "openldap");
    assert_eq!(plan.changes().len(), COUNT);
    slapd.ldapmodify(&plan.apply_ldif().unwrap());
    let again = read(&slapd).await;
    assert!(again.accounts().iter().all(|a| a.mail() == a.primary()));
    assert!(planned(&again, "openldap").is_empty());
    slapd.ldapmodify(&plan.undo_ldif().unwrap());
    assert_eq!(state(&slapd), before);
}

#[tokio::test]
async fn a_plan_for_a_directory_that_changed_since_is_refused() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    slapd.load_ldif(&sample::organisation(slapd.base_dn(), true));
    let plan = planned(&read(&slapd).await, "tegu");
    let maria = plan
        .changes()
        .iter()
        .find(|c| c.steps().len() == 2)
        .unwrap()
        .dn()
        .clone();
    let mut change = ldif::Writer::new(Vec::new()).unwrap();
    let mail = AttributeName::new("mail").unwrap();
    let step = ldif::Modification::new(
        ldif::ModificationOp::Replace,
        mail,
        vec![b"new@example.test".to_vec()],
    );
    change
        .change(&ldif::Change::new(maria, ldif::ChangeKind::Modify(vec![step])))
        .unwrap();
    slapd.ldapmodify(&String::from_utf8(change.into_inner()).unwrap());
    let refused = slapd.try_ldapmodify(&plan.apply_ldif().unwrap()).unwrap_err();
    assert!(refused.contains("No such attribute"), "{refused}");
    assert!(
        state(&slapd)
            .iter()
            .any(|line| line.ends_with("mail new@example.test"))
    );
}

#[tokio::test]
async fn live_and_file_give_the_same() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    slapd.load_ldif(&sample::organisation(slapd.base_dn(), true));
    let live = read(&slapd).await;
    let text = slapd.search(
        &tegu_ldap::Filter::recipients().to_string(),
        &["*", "entryUUID", "modifyTimestamp"],
    );
    let file =
        Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap());
    assert_eq!(
        serde_json::to_value(&live).unwrap(),
        serde_json::to_value(&file).unwrap()
    );
}

#[tokio::test]
async fn pages_and_start_tls() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    let mut people = String::new();
    for i in 0..1_234 {
        people += &format!(
            "dn: uid=u{i},ou=people,{}\nobjectClass: inetOrgPerson\nuid: u{i}\ncn: u{i}\nsn: u\nuserPassword: secret\n\
             mail: u{i}@example.test\n\n",
            slapd.base_dn()
        );
    }
    slapd.load_ldif(&people);
    let endpoint = Endpoint::new(&slapd.ldap_url()).unwrap().tls(trust(&slapd));
    assert_eq!(endpoint.security(), Security::StartTls);
    let mut client = connect(&slapd, &endpoint).await.unwrap();
    let mut limits = SearchLimits::default();
    limits.page_entries = 100;
    let mut pages = client.pages(slapd.base_dn(), &AttributeSet::exchange(), &limits);
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        assert!(page.iter().all(|e| e.has("mail") && e.withheld() == 0));
        sizes.push(page.len());
    }
    assert_eq!(sizes.iter().sum::<usize>(), 1_234);
    assert_eq!(sizes.len(), 13);
    // The connection serves further searches.
    let again = client
        .search(slapd.base_dn(), &AttributeSet::exchange(), &limits)
        .await
        .unwrap();
    assert_eq!(again.len(), 1_234);
}

#[tokio::test]
async fn what_goes_wrong_has_its_kind() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    let one_line = |error: &tegu_ldap::Error| {
        let text = error.to_string();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("wrong-password"), "{text}");
    };

    let wrong = Credentials::password(slapd.bind_dn(), "wrong-password".to_owned());
    let error = Client::connect(&endpoint(&slapd), &wrong).await.unwrap_err();
    one_line(&error);
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");

    let untrusted = Endpoint::new(&slapd.ldaps_url()).unwrap();
    let error = connect(&slapd, &untrusted).await.unwrap_err();
    one_line(&error);
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    connect(
        &slapd,
        &untrusted.tls(Tls::default().dangerously_accept_any_certificate()),
    )
    .await
    .unwrap();

    let plain_port = Endpoint::new(&slapd.ldap_url().replace("ldap:", "ldaps:")).unwrap();
    let error = connect(&slapd, &plain_port).await.unwrap_err();
    one_line(&error);
    assert!(
        matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connect),
        "{error}"
    );

    let mut client = connect(&slapd, &endpoint(&slapd)).await.unwrap();
    let limits = SearchLimits::default();
    let error = client
        .search("dc=nowhere", &AttributeSet::exchange(), &limits)
        .await
        .unwrap_err();
    one_line(&error);
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let mut pages = client.pages("dc=nowhere", &AttributeSet::exchange(), &limits);
    assert!(pages.next().await.is_err());
    assert!(pages.next().await.is_err(), "a search that failed has no end");
    // The connection is as good as before.
    let all = AttributeSet::exchange();
    assert!(
        client
            .search(slapd.base_dn(), &all, &limits)
            .await
            .unwrap()
            .is_empty()
    );
}
