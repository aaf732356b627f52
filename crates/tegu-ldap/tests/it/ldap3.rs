//! Reading through a connection of the crate `ldap3`.

use ldap3::{Ldap, LdapConnAsync, Scope, SearchEntry};
use tegu_ldap::client::{AttributeSet, Client, ClientOptions, SearchLimits};
use tegu_ldap::{Directory, Entry, ErrorKind};
use tegu_testkit::{LimitedAd, Slapd};

use super::limited::{group, user};
use super::sample;

async fn ldap(url: &str, bind_dn: &str, password: &str) -> Ldap {
    let (connection, mut ldap) = LdapConnAsync::new(url).await.unwrap();
    ldap3::drive!(connection);
    ldap.simple_bind(bind_dn, password)
        .await
        .unwrap()
        .success()
        .unwrap();
    ldap
}

fn json(directory: &Directory) -> serde_json::Value {
    serde_json::to_value(directory).unwrap()
}

#[tokio::test]
async fn a_borrowed_connection_reads_what_ours_reads() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    slapd.load_ldif(&sample::organisation(slapd.base_dn(), true));
    let ours = super::slapd::read(&slapd).await;
    let mut ldap = ldap(&slapd.ldap_url(), &slapd.bind_dn(), slapd.password()).await;

    let mut client = Client::from_ldap3(ldap.clone(), &ClientOptions::default());
    let (all, mut limits) = (AttributeSet::exchange(), SearchLimits::default());
    limits.page_entries = 3;
    let mut pages = client.pages(slapd.base_dn(), &all, &limits);
    let (mut sizes, mut directory) = (Vec::new(), Directory::default());
    while let Some(page) = pages.next().await.unwrap() {
        sizes.push(page.len());
        directory.extend(page);
    }
    assert!(
        sizes.len() > 2 && sizes.iter().all(|size| *size <= 3),
        "{sizes:?}"
    );
    assert_eq!(json(&directory), json(&ours));

    limits.entries = 4;
    let error = client.search(slapd.base_dn(), &all, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    let error = client.search("dc=nowhere", &all, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(
        client
            .root_dse()
            .await
            .unwrap()
            .naming_contexts()
            .next()
            .is_some()
    );

    // What the caller has read already.
    let names: Vec<_> = all.names().iter().map(|name| name.as_str()).collect();
    let filter = tegu_ldap::Filter::recipients().to_string();
    let found = ldap.search(slapd.base_dn(), Scope::Subtree, &filter, names).await;
    let (found, _) = found.unwrap().success().unwrap();
    let entries: Vec<Entry> = found
        .iter()
        .map(|found| Entry::try_from(found.clone()).unwrap())
        .collect();
    assert_eq!(json(&Directory::from_entries(entries)), json(&ours));
    let entries = found
        .into_iter()
        .map(|found| Entry::try_from(SearchEntry::construct(found)).unwrap());
    assert_eq!(Directory::from_entries(entries).len(), ours.len());
}

#[tokio::test]
async fn members_in_parts_and_changes_come_too() {
    let mut entries: Vec<_> = (0..2_000).map(user).collect();
    entries.push(group("everybody", 1_600));
    let server = LimitedAd::start(entries);
    let ldap = ldap(server.url(), "CN=reader", "secret").await;
    let mut client = Client::from_ldap3(ldap, &ClientOptions::default());
    let (all, limits) = (AttributeSet::exchange(), SearchLimits::default());
    let read = client.search(server.base_dn(), &all, &limits).await.unwrap();
    assert_eq!(server.pages(), [1_000, 1_000, 1]);
    let directory = Directory::from_entries(read);
    assert_eq!(directory.groups()[0].members().len(), 1_600);
    assert!(directory.groups()[0].has_all_members());
}
