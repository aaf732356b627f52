//! Handshakes with nginx.

use super::support::{refused, request};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tegu_net::{Blame, Endpoint, ErrorKind, Tls, rustls};
use tegu_testkit::{Handshake, Nginx, NginxTls, skip_servers};

const OK: &str = "HTTP/1.1 200 OK";

fn endpoint(server: &NginxTls, case: Handshake, tls: Tls) -> Endpoint {
    Endpoint::new(&format!("https://localhost:{}", server.port(case)))
        .unwrap()
        .tls(tls)
}

fn trusting(server: &NginxTls) -> Tls {
    Tls::default().trust_pem(&server.ca_pem()).unwrap()
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted() {
    if skip_servers() {
        return;
    }
    let server = NginxTls::start();
    let stream = endpoint(&server, Handshake::Good, trusting(&server))
        .connect()
        .await
        .unwrap();
    assert!(stream.is_encrypted());
    let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(&server.certificate_pem());
    let certificate: rustls::pki_types::CertificateDer<'_> = certificate.unwrap();
    assert_eq!(stream.peer_certificate(), Some(&*certificate));
    assert_eq!(request(stream).await.0, OK);
    // The address stands in the certificate too.
    let by_address = Endpoint::new(&format!("https://127.0.0.1:{}", server.port(Handshake::Good)))
        .unwrap()
        .tls(trusting(&server));
    assert_eq!(request(by_address.connect().await.unwrap()).await.0, OK);
}

#[tokio::test]
async fn each_bad_certificate_is_refused_with_what_mends_it() {
    if skip_servers() {
        return;
    }
    let server = NginxTls::start();
    let trusting = || trusting(&server);
    for (case, tls, mends) in [
        (
            Handshake::Good,
            Tls::default(),
            "the issuer of the server's certificate is not trusted: set `ca` to the issuing CA's PEM file",
        ),
        (Handshake::Expired, trusting(), "has expired: renew it"),
        (
            Handshake::NotYetValid,
            trusting(),
            "check the clocks of both machines",
        ),
        (Handshake::OtherName, trusting(), "elsewhere.test"),
        (
            Handshake::Authority,
            trusting(),
            "the server presents a CA certificate as its own: issue a server certificate, or name this very certificate with `pin`",
        ),
        (Handshake::OldVersion, trusting(), "allow TLS 1.2 or 1.3"),
        (
            Handshake::NoTls,
            trusting(),
            "check the port and the scheme of the URL",
        ),
        (
            Handshake::Good,
            Tls::default().pin_sha256([7; 32]),
            "is not the pinned one: compare",
        ),
    ] {
        let endpoint = endpoint(&server, case, tls);
        let error = refused(endpoint.connect()).await;
        assert!(error.to_string().contains(mends), "{case:?}: {error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("set up TLS with {endpoint}: ")),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(!error.is_retryable());
        assert_eq!(error.at_target().blame(), Blame::Target);
    }
}

#[tokio::test]
async fn a_pin_replaces_name_dates_and_issuer() {
    if skip_servers() {
        return;
    }
    let server = NginxTls::start();
    let all = [
        Handshake::Good,
        Handshake::Expired,
        Handshake::OtherName,
        Handshake::Authority,
    ];
    let any = Tls::default().dangerously_accept_any_certificate();
    let mut pinned = Tls::default();
    for case in all {
        // Pins add up, so each is tried when it is the last of several.
        let stream = endpoint(&server, case, any.clone()).connect().await.unwrap();
        pinned = pinned.pin_sha256(Sha256::digest(stream.peer_certificate().unwrap()).into());
        let stream = endpoint(&server, case, pinned.clone()).connect().await.unwrap();
        assert_eq!(request(stream).await.0, OK, "{case:?}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_the_server_asks() {
    if skip_servers() {
        return;
    }
    let server = NginxTls::start();
    let (chain, key) = server.client_certificate_pem("anna");
    let anna = trusting(&server)
        .client_certificate_pem(&chain, key.into())
        .unwrap();
    let stream = endpoint(&server, Handshake::AsksForCertificate, anna)
        .connect()
        .await
        .unwrap();
    assert_eq!(request(stream).await, (OK.to_owned(), "CN=anna".to_owned()));
    let nobody = endpoint(&server, Handshake::AsksForCertificate, trusting(&server));
    assert_eq!(
        request(nobody.connect().await.unwrap()).await.0,
        "HTTP/1.1 400 Bad Request"
    );
}

#[tokio::test]
async fn the_callers_own_configuration_is_used_as_it_stands() {
    if skip_servers() {
        return;
    }
    let server = NginxTls::start();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    let authority = rustls::pki_types::pem::PemObject::from_pem_slice(&server.ca_pem());
    roots.add(authority.unwrap()).unwrap();
    let config = |version| {
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth()
    };
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let given = endpoint(&server, Handshake::Good, Tls::from_config(config(version)));
        assert_eq!(request(given.connect().await.unwrap()).await.0, OK);
    }
    // What is set on top of it does not count.
    let given = Tls::from_config(config(&rustls::version::TLS13)).dangerously_accept_any_certificate();
    let error = refused(endpoint(&server, Handshake::Expired, given).connect()).await;
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
}

#[tokio::test]
async fn application_protocols_are_agreed_on() {
    if skip_servers() {
        return;
    }
    let server = Nginx::before(1);
    let tls = Tls::default().trust_pem(&server.ca_pem()).unwrap();
    let endpoint = Endpoint::new(&server.url()).unwrap().tls(tls);
    for (offered, chosen) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let stream = endpoint.clone().alpn(offered).connect().await.unwrap();
        assert_eq!(stream.alpn_protocol(), chosen);
    }
    let error = refused(endpoint.alpn(&["imap"]).connect()).await;
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(error.to_string().contains("none of the protocols"), "{error}");
}
