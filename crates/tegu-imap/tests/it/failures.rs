//! Real servers that refuse, hang up, fall silent, or are not who they should be.

use std::time::Duration;

use tegu_imap::prove::digest;
use tegu_imap::session::{AppendMessage, AppendOutcome};
use tegu_imap::{Credentials, Endpoint, ErrorKind, Flags, MailboxName, Session, Uid};
use tegu_net::Tls;
use tegu_testkit::proxy::{Direction, Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::support::{corpus, credentials, idle, local, plain, read_back, secret, trusting};

#[tokio::test]
async fn tls_is_verified_unless_told_otherwise() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let root = std::fs::read(server.ca_pem()).unwrap();
    for (port, scheme) in [(server.tls_port(), "imaps"), (server.port(), "imap")] {
        let endpoint = local(scheme, port);
        let error = Session::connect(&endpoint, &credentials("anna"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Tls, false),
            "{error}"
        );
        let trusted = endpoint.clone().tls(trusting(&root));
        let inbox = MailboxName::new("INBOX").unwrap();
        let user = credentials(&format!("u{port}"));
        let mut session = Session::connect(&trusted, &user).await.unwrap();
        session.append(&inbox, &corpus()).await.unwrap();
        let found = read_back(&mut session, &inbox).await;
        let found = found
            .iter()
            .filter_map(|message| message.3.bytes())
            .map(|octets| digest(octets));
        assert!(found.eq(corpus().iter().map(|message| digest(&message.body))));
        let blind = endpoint.tls(Tls::default().dangerously_accept_any_certificate());
        Session::connect(&blind, &credentials("anna")).await.unwrap();
        // The certificate is for the host that was asked for, not for any.
        let wrong = Endpoint::new(&format!("{scheme}://127.0.0.2:{port}")).unwrap();
        let wrong = wrong.tls(trusting(&root));
        let error = Session::connect(&wrong, &credentials("anna")).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connect),
            "{error}"
        );
    }
    // TLS where there is none.
    let endpoint = local("imaps", server.port());
    assert_eq!(
        Session::connect(&endpoint, &credentials("anna"))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Tls
    );
}

#[tokio::test]
async fn errors_say_what_to_do() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let wrong = Credentials::password("anna", secret("wrong"));
    let error = Session::connect(&plain(server.port()), &wrong).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Authentication, false)
    );
    let token = Credentials::token("anna", secret("token"));
    let error = Session::connect(&plain(server.port()), &token).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Unsupported, false)
    );
    let said = error.to_string();
    assert!(
        said.contains("the server offers neither OAUTHBEARER nor XOAUTH2 (it offers LOGIN, PLAIN)"),
        "{said}"
    );
    let error = Session::connect(&plain(1), &credentials("anna"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    let missing = MailboxName::new("нет").unwrap();
    assert_eq!(
        session.examine(&missing).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        session.append(&missing, &corpus()[..1]).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    // The session goes on.
    assert!(!session.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn quota_refuses_single_messages() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder().quota(50_000).start();
    let inbox = MailboxName::new("INBOX").unwrap();
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    let of = |octets| AppendMessage::new(Flags::new(), None, vec![b'x'; octets].into());
    let outcomes = session
        .append(&inbox, &[of(1000), of(90_000), of(1000)])
        .await
        .unwrap();
    let stored: Vec<bool> = outcomes
        .iter()
        .map(|outcome| matches!(outcome, AppendOutcome::Stored { .. }))
        .collect();
    assert_eq!(stored, [true, false, true], "{outcomes:?}");
}

/// Wherever the connection is cut, the call ends with an error that a retry can follow, never with a false result.
#[tokio::test]
async fn a_cut_connection_is_an_error_and_never_half_a_message() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let inbox = MailboxName::new("INBOX").unwrap();
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    session.append(&inbox, &corpus()).await.unwrap();
    let whole = read_back(&mut session, &inbox).await;
    let digests: Vec<_> = whole
        .iter()
        .filter_map(|message| message.3.bytes())
        .map(|octets| digest(octets))
        .collect();

    let fault = |bytes| Fault::CutAfter {
        bytes,
        direction: Direction::ToClient,
    };
    let target = ([127, 0, 0, 1], server.port()).into();
    for bytes in (0..24_000).step_by(800) {
        let proxy = Proxy::start(target, fault(bytes));
        let mut seen = Vec::new();
        let result: tegu_imap::Result<()> = async {
            let mut session = Session::connect(&plain(proxy.port()), &credentials("anna")).await?;
            session.examine(&inbox).await?;
            let uids = session.snapshot(Uid::MIN).await?.uids();
            let mut stream = session.fetch_bodies(&uids).await?;
            while let Some(message) = stream.next().await? {
                seen.extend(message.body.bytes().map(|octets| digest(octets)));
            }
            Ok(())
        }
        .await;
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Connect, true),
            "{bytes}: {error}"
        );
        assert!(seen.iter().all(|found| digests.contains(found)), "{bytes}");
    }
}

#[tokio::test]
async fn a_black_hole_is_a_timeout() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into(), Fault::None);
    let endpoint = plain(proxy.port()).timeouts(idle(Duration::from_millis(300)));
    let mut session = Session::connect(&endpoint, &credentials("anna")).await.unwrap();
    proxy.set(Fault::BlackHole);
    let error = session.list().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
    assert_eq!(
        Session::connect(&endpoint, &credentials("anna"))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Timeout
    );
}
