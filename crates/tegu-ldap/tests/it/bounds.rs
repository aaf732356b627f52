//! Servers that send without an end, or more than a process should hold: a limit ends each.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tegu_ldap::ErrorKind;
use tegu_ldap::client::{AttributeSet, SearchLimits};
use tegu_testkit::ldap_wire::{entry, message, result, tlv};

use super::hostile::{connect, page_end, read, read_with, start};

#[tokio::test]
async fn a_cookie_without_an_end_is_stopped() {
    let url = start(|client, id, _| {
        client.write_all(&message(id, &entry(b"cn=a", &[("cn", &[b"a"])])))?;
        client.write_all(&page_end(id, b"again"))
    });
    let error = read(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[tokio::test]
async fn empty_pages_with_a_cookie_are_not_the_end() {
    let url = start(|client, id, n| {
        if n == 4 {
            client.write_all(&message(id, &entry(b"cn=a", &[("cn", &[b"a"])])))?;
        }
        client.write_all(&page_end(id, if n < 4 { b"same" } else { b"" }))
    });
    assert_eq!(read(&url).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_flood_is_stopped_by_the_size_of_the_page() {
    let url = start(|client, id, _| {
        for n in 0..5_000_000 {
            let dn = format!("cn={n}");
            client.write_all(&message(
                id,
                &entry(dn.as_bytes(), &[("description", &[&[b'x'; 10_000]])]),
            ))?;
        }
        Ok(())
    });
    let error = read(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn new_entries_without_an_end_are_stopped_by_limits() {
    let answer = |client: &mut TcpStream, id: i32, n: usize| {
        let dn = format!("cn={n}");
        client.write_all(&message(id, &entry(dn.as_bytes(), &[("cn", &[b"a"])])))?;
        client.write_all(&page_end(id, b"again"))
    };
    let mut few = SearchLimits::default();
    few.entries = 20;
    assert_eq!(
        read_with(&start(answer), &few).await.unwrap_err().kind(),
        ErrorKind::Limit
    );
    let mut short = SearchLimits::default();
    short.pages = 20;
    assert_eq!(
        read_with(&start(answer), &short).await.unwrap_err().kind(),
        ErrorKind::Limit
    );
}

fn group_in_parts(part: impl Fn(usize) -> (String, usize) + Send + Sync + 'static) -> String {
    start(move |client, id, n| {
        let (name, count) = part(n);
        let values: Vec<Vec<u8>> = (0..count)
            .map(|i| format!("cn={n}-{i},dc=x").into_bytes())
            .collect();
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let group: &[&[u8]] = &[b"group"];
        client.write_all(&message(
            id,
            &entry(
                b"cn=g,dc=x",
                &[("objectClass", group), ("member", &[]), (&name, &values)],
            ),
        ))?;
        client.write_all(&page_end(id, b""))
    })
}

#[tokio::test]
async fn members_in_parts_are_bounded_and_must_go_on() {
    // Without an end: stopped by the limit.
    let url = group_in_parts(|n| (format!("member;range={}-{}", n * 1_000, n * 1_000 + 999), 1_000));
    let mut limits = SearchLimits::default();
    limits.values = 20_000;
    let error = read_with(&url, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.to_string().contains("cn=g,dc=x"), "{error}");
    // The same part again, a hole, numbers that do not fit the values, and nothing at all.
    for (name, count) in [
        ("member;range=0-9", 10),
        ("member;range=20-29", 10),
        ("member;range=10-29", 10),
        ("member;range=10-19", 0),
        ("member;range=10-18446744073709551615", 10),
        ("cn", 1),
    ] {
        let url = group_in_parts(move |n| match n {
            0 => ("member;range=0-9".into(), 10),
            _ => (name.into(), count),
        });
        let error = read(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_group_with_a_million_members_in_one_message_is_too_large() {
    let members = tlv(4, &[b"cn=somebody,dc=x"]).repeat(1_000_000);
    let list = tlv(
        0x30,
        &[&tlv(0x30, &[&tlv(4, &[b"member"]), &tlv(0x31, &[&members])])],
    );
    let group = tlv(0x64, &[&tlv(4, &[b"cn=g"]), &list]);
    let url = start(move |client, id, _| client.write_all(&message(id, &group)));
    let error = read(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[tokio::test]
async fn an_entry_of_a_gigabyte_is_refused_before_it_is_stored() {
    let url = start(|client, id, _| {
        let head = [
            &[0x30, 0x84, 0x40, 0, 0, 0, 2, 1, u8::try_from(id).unwrap()][..],
            &[0x64, 0x84, 0x3f, 0xff, 0xff, 0xf0],
        ];
        client.write_all(&head.concat())?;
        let chunk = vec![0; 1 << 20];
        for _ in 0..1_024 {
            client.write_all(&chunk)?;
        }
        Ok(())
    });
    let begin = Instant::now();
    let error = read(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn references_are_counted_and_not_followed() {
    let url = start(|client, id, _| {
        let here = client.local_addr().unwrap();
        let reference = tlv(0x73, &[&tlv(4, &[format!("ldap://{here}/dc=x").as_bytes()])]);
        for _ in 0..3 {
            client.write_all(&message(id, &reference))?;
        }
        client.write_all(&page_end(id, b""))
    });
    let mut client = connect(&url).await.unwrap();
    let mut pages = client.pages("dc=x", &AttributeSet::exchange(), &SearchLimits::default());
    assert!(pages.next().await.unwrap().unwrap().is_empty());
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(pages.references(), 3);
}

/// Each entry is far below every other limit.
#[tokio::test]
async fn pages_are_bounded_by_octets() {
    let value = vec![b'x'; 1 << 20];
    let url = start(move |client, id, n| {
        for number in 0..8 {
            let dn = format!("cn={n}-{number},dc=x");
            client.write_all(&message(id, &entry(dn.as_bytes(), &[("description", &[&value])])))?;
        }
        client.write_all(&page_end(id, b"more"))
    });
    let mut limits = SearchLimits::default();
    limits.page_octets = 5 << 20;
    let error = read_with(&url, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("fewer entries"), "{error}");
    limits.page_octets = 16 << 20;
    limits.octets = 20 << 20;
    let error = read_with(&url, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("whole search"), "{error}");
}

#[tokio::test]
async fn members_in_parts_are_bounded_by_octets() {
    let url = group_in_parts(|n| (format!("member;range={}-{}", n * 2, n * 2 + 1), 2));
    let mut limits = SearchLimits::default();
    limits.page_octets = 200;
    let error = read_with(&url, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("200 octets"), "{error}");
}

#[tokio::test]
async fn an_entry_of_thousands_of_attributes_is_refused() {
    let names: Vec<String> = (0..50_000).map(|n| format!("a{n}")).collect();
    let value: &[&[u8]] = &[b"x"];
    let attributes: Vec<(&str, &[&[u8]])> = names.iter().map(|n| (n.as_str(), value)).collect();
    let sent = entry(b"cn=a,dc=x", &attributes);
    let url = start(move |client, id, _| {
        client.write_all(&message(id, &sent))?;
        client.write_all(&message(id, &result(0x65, 0)))
    });
    let error = read_with(&url, &SearchLimits::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("too many attributes"), "{error}");
}
