//! What changed since the last read.

use tegu_ldap::client::{AttributeSet, SearchLimits};
use tegu_ldap::{Directory, ErrorKind};
use tegu_testkit::{LimitedAd, Slapd};

use super::limited::{connect, user};

fn json(directory: &Directory) -> serde_json::Value {
    let mut value = serde_json::to_value(directory).unwrap();
    for list in ["accounts", "groups", "contacts", "set_aside"] {
        value[list]
            .as_array_mut()
            .unwrap()
            .sort_by_key(|o| o["id"].as_str().unwrap().to_owned());
    }
    value
}

#[tokio::test]
async fn a_domain_controller_is_read_on_from_a_number() {
    let server = LimitedAd::start((0..50).map(user).collect());
    let (all, limits) = (AttributeSet::exchange(), SearchLimits::default());
    let mut client = connect(&server).await;
    let first = client
        .changes(server.base_dn(), &all, None, &limits)
        .await
        .unwrap();
    let mut bookmark = first.bookmark.clone();
    let mut directory = Directory::default();
    assert_eq!(directory.apply(first).added, 50);

    let nothing = client
        .changes(server.base_dn(), &all, Some(&bookmark), &limits)
        .await
        .unwrap();
    assert!(nothing.changed.is_empty() && nothing.deleted.is_empty());
    for round in 0..3 {
        server.put(user(7).with("title", [format!("round {round}")]));
        server.put(user(100 + round));
        server.delete(&user(20 + round).dn);
        let changes = client
            .changes(server.base_dn(), &all, Some(&bookmark), &limits)
            .await
            .unwrap();
        assert_eq!((changes.changed.len(), changes.deleted.len()), (2, 1));
        bookmark = changes.bookmark.clone();
        let applied = directory.apply(changes);
        assert_eq!((applied.added, applied.changed, applied.removed), (1, 1, 1));
        let anew = client.search(server.base_dn(), &all, &limits).await.unwrap();
        assert_eq!(json(&directory), json(&Directory::from_entries(anew)));
    }

    server.become_another_controller();
    let error = client
        .changes(server.base_dn(), &all, Some(&bookmark), &limits)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[tokio::test]
async fn openldap_is_read_on_from_a_time() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::start();
    let person = |n: usize| {
        let dn = format!("uid=u{n},ou=people,{}", slapd.base_dn());
        format!(
            "dn: {dn}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: u{n}\nsn: u\nmail: u{n}@example.test\n\n"
        )
    };
    slapd.load_ldif(&(0..10).map(person).collect::<String>());
    let (all, limits) = (AttributeSet::exchange(), SearchLimits::default());
    let mut client = super::slapd::connect(&slapd, &super::slapd::endpoint(&slapd))
        .await
        .unwrap();
    let first = client
        .changes(slapd.base_dn(), &all, None, &limits)
        .await
        .unwrap();
    let bookmark = first.bookmark.clone();
    let mut directory = Directory::default();
    directory.apply(first);
    assert_eq!(directory.accounts().len(), 10);

    slapd.load_ldif(&person(10));
    let base = slapd.base_dn();
    slapd.ldapmodify(&format!(
        "dn: uid=u3,ou=people,{base}\nchangetype: modify\nreplace: mail\nmail: new@example.test\n\n\
         dn: uid=u4,ou=people,{base}\nchangetype: delete\n\n\
         dn: uid=u5,ou=people,{base}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n"
    ));
    let changes = client
        .changes(base, &all, Some(&bookmark), &limits)
        .await
        .unwrap();
    let applied = directory.apply(changes);
    assert_eq!((applied.added, applied.removed), (1, 1));
    let anew = client.search(base, &all, &limits).await.unwrap();
    assert_eq!(json(&directory), json(&Directory::from_entries(anew)));
}
