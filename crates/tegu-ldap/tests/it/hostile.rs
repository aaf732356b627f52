//! Servers that send what no server should: an error each time, and the process lives.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits};
use tegu_ldap::{Entry, ErrorKind, Result};
use tegu_net::Timeouts;

use tegu_testkit::ScriptedLdap;
use tegu_testkit::ldap_wire::{self, Request, ber_bomb, entry, message, result, tlv};

/// A server whose n-th search is answered by `answer`, which gets the number of the request.
pub(super) fn start(
    answer: impl Fn(&mut TcpStream, i32, usize) -> std::io::Result<()> + Send + Sync + 'static,
) -> String {
    let server = ScriptedLdap::start(move |client, request: &Request, n| answer(client, request.id, n));
    server.url().to_owned()
}

pub(super) fn page_end(id: i32, cookie: &[u8]) -> Vec<u8> {
    ldap_wire::page_end(id, 0, cookie)
}

/// Signs in without TLS, as scripted servers have none.
pub(super) async fn connect(url: &str) -> Result<Client> {
    let mut timeouts = Timeouts::default();
    (timeouts.connect, timeouts.idle) = (Duration::from_secs(5), Duration::from_secs(5));
    let endpoint = Endpoint::dangerously_without_tls(url)?.timeouts(timeouts);
    Client::connect(&endpoint, &somebody()).await
}

fn somebody() -> Credentials {
    Credentials::password("cn=a", "hunter2".to_owned())
}

pub(super) async fn read(url: &str) -> Result<Vec<Entry>> {
    let mut limits = SearchLimits::default();
    limits.answer = Duration::from_millis(700);
    limits.barren_pages = 5;
    read_with(url, &limits).await
}

pub(super) async fn read_with(url: &str, limits: &SearchLimits) -> Result<Vec<Entry>> {
    let mut client = connect(url).await?;
    client.search("dc=x", &AttributeSet::exchange(), limits).await
}

#[tokio::test]
async fn a_sound_server_is_read() {
    let url = start(|client, id, n| {
        let dn = format!("cn={n},dc=x");
        let sent = entry(dn.as_bytes(), &[("cn", &[b"a"]), ("userPassword", &[b"hash"])]);
        client.write_all(&message(id, &sent))?;
        client.write_all(&page_end(id, if n < 3 { b"more" } else { b"" }))
    });
    let entries = read(&url).await.unwrap();
    assert_eq!(entries.len(), 4);
    assert_eq!((entries[3].text("cn"), entries[3].withheld()), (Some("a"), 1));
    assert!(!entries[3].has("userPassword"));
}

#[tokio::test]
async fn values_stay_the_bytes_that_they_are() {
    let guid: &[u8] = b"0123456789abcdef";
    let url = start(move |client, id, _| {
        let odd: &[&[u8]] = &[b"ok", b"\xff\xfe", b"fine"];
        let sent = entry(b"cn=a", &[("description", odd), ("objectGUID", &[guid])]);
        client.write_all(&message(id, &sent))?;
        client.write_all(&message(id, &result(0x65, 0)))
    });
    let entries = read(&url).await.unwrap();
    // Some libraries sort the odd value to the front and take the identity for text.
    assert!(
        entries[0]
            .get("description")
            .eq([&b"ok"[..], b"\xff\xfe", b"fine"])
    );
    assert!(entries[0].get("objectGUID").eq([guid]));
}

#[tokio::test]
async fn unsound_messages_are_errors() {
    let cases: Vec<(&str, ErrorKind, Vec<u8>)> = vec![
        ("nest of 20,000", ErrorKind::Protocol, ber_bomb(20_000)),
        (
            "nest inside a message",
            ErrorKind::Protocol,
            message(2, &tlv(0x64, &[&tlv(4, &[b"cn=a"]), &ber_bomb(20_000)])),
        ),
        ("empty message", ErrorKind::Protocol, vec![0x30, 0]),
        (
            "two gigabytes",
            ErrorKind::Limit,
            [vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], vec![0; 100_000]].concat(),
        ),
        (
            "no number",
            ErrorKind::Protocol,
            tlv(0x30, &[&tlv(4, &[b"zz"]), &result(0x65, 0)]),
        ),
        (
            "name not UTF-8",
            ErrorKind::Protocol,
            message(2, &entry(b"cn=\xff", &[("cn", &[b"a"])])),
        ),
        (
            "attribute no name",
            ErrorKind::Protocol,
            message(2, &entry(b"cn=a", &[("c n", &[b"a"])])),
        ),
        (
            "no attributes",
            ErrorKind::Protocol,
            message(2, &tlv(0x64, &[&tlv(4, &[b"cn=a"])])),
        ),
        (
            "bad controls",
            ErrorKind::Protocol,
            tlv(
                0x30,
                &[&[2, 1, 2], &result(0x65, 0), &tlv(0xa0, &[&tlv(4, &[b"z"])])],
            ),
        ),
        (
            "length of lengths",
            ErrorKind::Protocol,
            [vec![0x30, 0xff], vec![0xff; 127]].concat(),
        ),
        (
            "answer to something else",
            ErrorKind::Protocol,
            message(99, &result(0x65, 0)),
        ),
        (
            "bind instead of an end",
            ErrorKind::Protocol,
            message(2, &result(0x61, 0)),
        ),
        ("notice", ErrorKind::Connect, message(0, &result(0x78, 52))),
        ("paging control without a cookie", ErrorKind::Protocol, {
            let control = tlv(0x30, &[&tlv(4, &[b"1.2.840.113556.1.4.319"]), &tlv(4, &[b"zz"])]);
            tlv(0x30, &[&[2, 1, 2], &result(0x65, 0), &tlv(0xa0, &[&control])])
        }),
        ("silence", ErrorKind::Timeout, vec![]),
        ("half a message", ErrorKind::Timeout, vec![0x30, 0x10, 2]),
        ("referral", ErrorKind::Refused, {
            let referral = tlv(0xa3, &[&tlv(4, &[b"ldap://127.0.0.1:1/dc=x"])]);
            message(2, &tlv(0x65, &[&[0x0a, 1, 10, 4, 0, 4, 0], &referral]))
        }),
    ];
    for (name, kind, bytes) in cases {
        let url = start(move |client, _, _| client.write_all(&bytes));
        let error = read(&url).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert_eq!(error.to_string().lines().count(), 1, "{name}: {error}");
    }
}

#[tokio::test]
async fn an_unsound_answer_to_the_bind_is_an_error() {
    let answers: [(&str, Vec<u8>); 3] = [
        ("nest", ber_bomb(20_000)),
        ("no text", message(1, &tlv(0x61, &[&[0x0a, 1, 0]]))),
        ("search end", message(1, &result(0x65, 0))),
    ];
    for (name, bytes) in answers {
        let server = ScriptedLdap::start_with_bind(move |_| bytes.clone(), |_, _, _| Ok(()));
        assert_eq!(
            read(server.url()).await.unwrap_err().kind(),
            ErrorKind::Protocol,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_cut_connection_is_an_error_that_may_be_tried_again() {
    let url = start(|client, id, _| {
        client.write_all(&message(id, &entry(b"cn=a", &[("cn", &[b"a"])])))?;
        client.shutdown(std::net::Shutdown::Both)
    });
    let error = read(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_search_ends_in_time() {
    let url = start(|client, id, n| {
        std::thread::sleep(Duration::from_millis(50));
        let dn = format!("cn={n}");
        client.write_all(&message(id, &entry(dn.as_bytes(), &[("cn", &[b"a"])])))?;
        client.write_all(&page_end(id, b"again"))
    });
    let mut limits = SearchLimits::default();
    limits.total = Duration::from_millis(400);
    let begin = Instant::now();
    let error = read_with(&url, &limits).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_search_that_was_dropped_does_not_look_finished() {
    let url = start(|client, id, n| {
        if n == 0 {
            client.write_all(&message(id, &entry(b"cn=a", &[("cn", &[b"a"])])))?;
            return client.write_all(&page_end(id, b"more"));
        }
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    });
    let mut client = connect(&url).await.unwrap();
    let mut pages = client.pages("dc=x", &AttributeSet::exchange(), &SearchLimits::default());
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 1);
    assert!(
        tokio::time::timeout(Duration::from_millis(100), pages.next())
            .await
            .is_err()
    );
    assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn what_still_comes_for_a_dropped_search_is_not_taken_for_the_next_one() {
    let url = start(|client, id, n| {
        if n == 0 {
            // Late, and in the middle of the second search.
            std::thread::sleep(Duration::from_millis(300));
            client.write_all(&message(id, &entry(b"cn=late", &[("cn", &[b"late"])])))?;
            return client.write_all(&page_end(id, b""));
        }
        client.write_all(&message(id, &entry(b"cn=right", &[("cn", &[b"right"])])))?;
        client.write_all(&page_end(id, b""))
    });
    let mut client = connect(&url).await.unwrap();
    let (all, limits) = (AttributeSet::exchange(), SearchLimits::default());
    let first = tokio::time::timeout(Duration::from_millis(100), client.search("dc=x", &all, &limits)).await;
    assert!(first.is_err());
    let entries = client.search("dc=x", &all, &limits).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].text("cn"), Some("right"));
}

/// A server with a group whose members come in parts that `part` names, in answer to the n-th request for one.
#[tokio::test]
async fn nobody_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = read(&format!("ldap://{free}")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains(&free.to_string()), "{error}");
}

#[tokio::test]
async fn start_tls_does_not_take_bytes_from_before_tls() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let agreed = message(1, &result(0x78, 0));
        client
            .write_all(&[agreed, message(2, &result(0x61, 0))].concat())
            .unwrap();
        std::thread::sleep(Duration::from_secs(2));
    });
    let endpoint = Endpoint::new(&format!("ldap://{address}")).unwrap();
    let error = Client::connect(&endpoint, &somebody()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

/// `ldap://` means StartTLS: a server without it gets no password, not even on a loopback address.
#[tokio::test]
async fn a_password_does_not_travel_in_clear() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.write_all(&message(1, &result(0x78, 2))).unwrap();
        let mut received = Vec::new();
        let _ = client.read_to_end(&mut received);
        received
    });
    let endpoint = Endpoint::new(&format!("ldap://{address}")).unwrap();
    let error = Client::connect(&endpoint, &somebody()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let received = server.join().unwrap();
    assert!(
        received.ends_with(b"1.3.6.1.4.1.1466.20037"),
        "StartTLS and nothing else"
    );
}

/// A server would take it for an anonymous bind.
#[tokio::test]
async fn an_empty_name_or_password_is_refused() {
    let server = ScriptedLdap::start(|_, _, _| Ok(()));
    let endpoint = Endpoint::dangerously_without_tls(server.url()).unwrap();
    for (name, password) in [("cn=a", ""), ("", "hunter2")] {
        let credentials = Credentials::password(name, password.to_owned());
        let error = Client::connect(&endpoint, &credentials).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    Client::connect(&endpoint, &Credentials::anonymous())
        .await
        .unwrap();
}
