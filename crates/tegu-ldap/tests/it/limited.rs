//! A domain controller with the limits of Active Directory: 1,000 entries in a page, 1,500 values at a time.

use tegu_ldap::Directory;
use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits};
use tegu_testkit::{AdEntry, LimitedAd};

pub(super) async fn connect(server: &LimitedAd) -> Client {
    let endpoint = Endpoint::dangerously_without_tls(server.url()).unwrap();
    let reader = Credentials::password("CN=reader", "secret".to_owned());
    Client::connect(&endpoint, &reader).await.unwrap()
}

pub(super) fn user(number: usize) -> AdEntry {
    let guid: Vec<u8> = (0..16)
        .map(|i| u8::try_from((number >> (8 * (i % 3))) & 0xff).unwrap())
        .collect();
    AdEntry::new(format!("CN=user{number},OU=Staff,DC=corp,DC=example,DC=test"))
        .with("objectClass", ["top", "person", "organizationalPerson", "user"])
        .with("objectGUID", [guid])
        .with("cn", [format!("user{number}")])
        .with("mail", [format!("user{number}@example.test")])
}

pub(super) fn group(name: &str, members: usize) -> AdEntry {
    AdEntry::new(format!("CN={name},OU=Staff,DC=corp,DC=example,DC=test"))
        .with("objectClass", ["top", "group"])
        .with("groupType", ["8"])
        .with("mail", [format!("{name}@example.test")])
        .with("member", (0..members).map(|n| user(n).dn))
}

#[tokio::test]
async fn all_entries_and_all_members_come() {
    let mut entries: Vec<_> = (0..3_200).map(user).collect();
    entries.push(group("exact", 1_500));
    entries.push(group("one-more", 1_501));
    entries.push(group("everybody", 3_200));
    let server = LimitedAd::start(entries);
    let mut client = connect(&server).await;
    let limits = SearchLimits::default();
    let read = client
        .search(server.base_dn(), &AttributeSet::exchange(), &limits)
        .await
        .unwrap();
    assert_eq!(read.len(), 3_203);
    assert_eq!(server.pages(), [1_000, 1_000, 1_000, 203]);
    assert_eq!(
        server.ranges(),
        [
            "member;range=1500-*",
            "member;range=1500-*",
            "member;range=3000-*"
        ]
    );
    let directory = Directory::from_entries(read);
    for (group, members) in directory.groups().iter().zip([1_500, 1_501, 3_200]) {
        assert!(group.has_all_members());
        let expected: Vec<_> = (0..members).map(|n| user(n).dn).collect();
        let found: Vec<_> = group.members().iter().map(|dn| dn.as_str()).collect();
        assert_eq!(found, expected, "{}", group.dn());
    }
}

#[tokio::test]
async fn pages_are_as_small_as_the_server_wants_them() {
    let server = LimitedAd::start_with_limits((0..25).map(user).collect(), 10, 1_500);
    let mut client = connect(&server).await;
    let all = AttributeSet::exchange();
    let read = client
        .search(server.base_dn(), &all, &SearchLimits::default())
        .await
        .unwrap();
    let names: std::collections::HashSet<_> = read.iter().map(|e| e.dn().key()).collect();
    assert_eq!((read.len(), names.len()), (25, 25));
    assert_eq!(server.pages(), [10, 10, 5]);
}

#[tokio::test]
async fn the_server_says_what_it_is() {
    let server = LimitedAd::start(vec![user(1)]);
    let mut client = connect(&server).await;
    let root = client.root_dse().await.unwrap();
    assert!(root.is_active_directory());
    assert_eq!(root.default_base(), Some(server.base_dn()));
    assert!(root.supports_control("1.2.840.113556.1.4.319"));
}

/// Programs of many threads spawn what they wait for.
#[tokio::test]
async fn a_read_can_be_spawned() {
    let server = LimitedAd::start(vec![user(1)]);
    let mut client = connect(&server).await;
    let base = server.base_dn().to_owned();
    let read = tokio::spawn(async move {
        let (all, limits) = (AttributeSet::exchange(), SearchLimits::default());
        let entries = client.search(&base, &all, &limits).await?;
        client.close().await;
        Ok::<_, tegu_ldap::Error>(entries.len())
    });
    assert_eq!(read.await.unwrap().unwrap(), 1);
}
