//! A client over a stream in memory: no sockets, no server.

use tegu_ldap::client::{AttributeSet, Client, ClientOptions, Credentials, Endpoint, SearchLimits, Stream};
use tegu_ldap::{ErrorKind, Result};
use tegu_net::{Secret, SecretRequest};
use tegu_testkit::ldap_wire::{entry, message, page_end, result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::JoinHandle;

/// Answers the n-th request with the n-th of these, and returns the requests.
fn serve(mut server: DuplexStream, answers: Vec<Vec<u8>>) -> JoinHandle<Vec<Vec<u8>>> {
    tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let mut request = vec![0; 64 << 10];
            let length = server.read(&mut request).await.unwrap();
            request.truncate(length);
            requests.push(request);
            server.write_all(&answer).await.unwrap();
        }
        requests
    })
}

/// What a server says to a sign-in, by result code.
fn bound(id: i32, code: u8) -> Vec<u8> {
    message(id, &result(0x61, code))
}

async fn sign_in(credentials: &Credentials, answers: Vec<Vec<u8>>) -> (Result<Client>, Vec<Vec<u8>>) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let server = serve(theirs, answers);
    let endpoint = Endpoint::new("ldaps://directory.example").unwrap();
    let options = ClientOptions::default();
    let client = Client::from_stream(Stream::new(ours), &endpoint, credentials, &options).await;
    (client, server.await.unwrap())
}

#[tokio::test]
async fn a_directory_is_read_over_a_stream_of_the_callers_own() {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let found = message(2, &entry(b"cn=Ann,dc=x", &[("mail", &[b"ann@x.example"])]));
    let server = serve(theirs, vec![bound(1, 0), [found, page_end(2, 0, b"")].concat()]);
    let endpoint = Endpoint::dangerously_without_tls("ldap://directory.example").unwrap();
    // A dialer gives the stream once.
    let stream = std::sync::Mutex::new(Some(Stream::new(ours)));
    let endpoint = endpoint.dialer(move |_host, _port| {
        let stream = stream.lock().unwrap().take();
        async move { stream.ok_or_else(|| std::io::Error::other("one connection only")) }
    });
    let reader = Credentials::password("cn=reader", "hunter2".to_owned());
    let mut client = Client::connect(&endpoint, &reader).await.unwrap();
    let (all, limits) = (AttributeSet::exchange(), SearchLimits::default());
    let entries = client.search("dc=x", &all, &limits).await.unwrap();
    assert_eq!(entries[0].text("mail"), Some("ann@x.example"));
    let requests = server.await.unwrap();
    assert!(requests[0].ends_with(b"hunter2"));
    assert!(
        !requests[1]
            .windows(12)
            .any(|w| w.eq_ignore_ascii_case(b"userPassword"))
    );
}

#[tokio::test]
async fn a_certificate_signs_in_by_sasl() {
    let external = Credentials::external().authorize_as("dn:cn=Ann,dc=x");
    let (client, requests) = sign_in(&external, vec![bound(1, 0)]).await;
    client.unwrap();
    assert!(requests[0].ends_with(b"\x04\x08EXTERNAL\x04\x0edn:cn=Ann,dc=x"));
}

#[tokio::test]
async fn a_password_from_a_provider_is_asked_for_again_once() {
    let provider = |request| async move {
        let password = if request == SecretRequest::Fresh {
            "new"
        } else {
            "old"
        };
        Ok(password.to_owned().into())
    };
    let reader = Credentials::password("cn=reader", Secret::provider(provider));
    let (client, requests) = sign_in(&reader, vec![bound(1, 49), bound(2, 0)]).await;
    client.unwrap();
    assert!(requests[0].ends_with(b"old") && requests[1].ends_with(b"new"));

    let (client, requests) = sign_in(&reader, vec![bound(1, 49), bound(2, 49)]).await;
    assert_eq!(client.unwrap_err().kind(), ErrorKind::Authentication);
    assert_eq!(requests.len(), 2);

    // The same password again would only bring the account nearer to being locked.
    let fixed = Credentials::password("cn=reader", "old".to_owned());
    let (client, requests) = sign_in(&fixed, vec![bound(1, 49)]).await;
    let error = client.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(
        error.to_string(),
        "sign in to ldaps://directory.example:636 as `cn=reader`: wrong user name or password (result 49)"
    );
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn what_ldap_cannot_do_is_said_before_anything_is_sent() {
    let token = Credentials::token("ann", "t".to_owned());
    let (client, _) = sign_in(&token, vec![]).await;
    assert_eq!(client.unwrap_err().kind(), ErrorKind::Unsupported);
    let other = Credentials::password("cn=a", "secret".to_owned());
    for credentials in [
        other.clone().authorize_as("dn:cn=b"),
        other.mechanism("DIGEST-MD5"),
    ] {
        let (client, _) = sign_in(&credentials, vec![]).await;
        assert_eq!(client.unwrap_err().kind(), ErrorKind::Config);
    }
}
