//! Ways to log in and what is switched on then, against a scripted server and real ones.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tegu_imap::prove::digest;
use tegu_imap::quirks::Server;
use tegu_imap::session::DelegatedLogin;
use tegu_imap::{Credentials, ErrorKind, MailboxName, Session, SessionOptions};
use tegu_net::{Secret, SecretError, SecretRequest, Stream, Tls};
use tegu_testkit::{Cyrus, Dovecot, skip_servers};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::support::{
    GREETING, Heard, corpus, credentials, inbox, local, login, plain, read_back, scripted, secret, trusting,
};

/// A server that answers line by line, so that SASL is seen as it is; an empty answer hangs up.
async fn line_server(
    greeting: &str,
    mut answer: impl FnMut(&str) -> String + Send + 'static,
) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, greeting) = (Heard::default(), greeting.to_owned());
    let log = Arc::clone(&heard);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(greeting.as_bytes()).await.unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let text = line.trim_end().to_owned();
            line.clear();
            let reply = answer(&text);
            log.lock().unwrap().push(text);
            if reply.is_empty() || stream.write_all(reply.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    (port, heard)
}

type Asked = Arc<Mutex<Vec<SecretRequest>>>;

/// A callback that gives out these tokens in turn, the last one for ever, and notes what it is asked for.
fn in_turn(
    tokens: &'static [&'static str],
) -> (
    impl Fn(SecretRequest) -> std::future::Ready<Result<secrecy::SecretString, SecretError>>,
    Asked,
) {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    let callback = move |request| {
        let mut log = log.lock().unwrap();
        let token = tokens.get(log.len()).or(tokens.last());
        log.push(request);
        let token = token.map(|token| secret(token));
        std::future::ready(token.ok_or_else(|| "the provider is down".into()))
    };
    (callback, asked)
}

/// A server that lets in whoever shows the token `good`, and tells others why not as RFC 7628 and XOAUTH2 have it.
async fn token_server(capabilities: &str, why: &str) -> (u16, Heard) {
    let challenge = BASE64_STANDARD.encode(format!(r#"{{"status":"{why}"}}"#));
    let greeting = format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] x\r\n");
    let mut tag = String::new();
    let mut waits_for_farewell = false;
    line_server(&greeting, move |line| {
        if let Some((command_tag, rest)) = line.split_once(" AUTHENTICATE ") {
            tag = command_tag.to_owned();
            if !rest.contains(' ') {
                return "+ \r\n".into();
            }
        } else if line.contains(' ') {
            return "* BYE\r\n".into();
        }
        if std::mem::take(&mut waits_for_farewell) {
            return format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n");
        }
        let message = line.rsplit(' ').next().unwrap_or_default();
        let message = String::from_utf8(BASE64_STANDARD.decode(message).unwrap()).unwrap();
        if message.contains("auth=Bearer good\u{1}\u{1}") {
            return format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n");
        }
        waits_for_farewell = true;
        format!("+ {challenge}\r\n")
    })
    .await
}

fn encoded(message: &str) -> String {
    BASE64_STANDARD.encode(message)
}

#[tokio::test]
async fn a_token_is_shown_by_the_mechanism_that_is_offered() {
    for (capabilities, mechanism, message) in [
        (
            "AUTH=XOAUTH2 SASL-IR",
            "XOAUTH2",
            "user=anna\u{1}auth=Bearer good\u{1}\u{1}",
        ),
        (
            "AUTH=XOAUTH2",
            "XOAUTH2",
            "user=anna\u{1}auth=Bearer good\u{1}\u{1}",
        ),
        ("AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR", "OAUTHBEARER", ""),
        ("AUTH=OAUTHBEARER", "OAUTHBEARER", ""),
    ] {
        let (port, heard) = token_server(capabilities, "invalid_token").await;
        let (callback, asked) = in_turn(&["good"]);
        let session = Session::connect(
            &plain(port),
            &Credentials::token("anna", Secret::provider(callback)),
        )
        .await
        .unwrap();
        drop(session);
        assert_eq!(*asked.lock().unwrap(), [SecretRequest::Any]);
        let bearer = format!("n,a=anna,\u{1}host=127.0.0.1\u{1}port={port}\u{1}auth=Bearer good\u{1}\u{1}");
        let message = encoded(if message.is_empty() { &bearer } else { message });
        let lines = heard.lock().unwrap().clone();
        if capabilities.contains("SASL-IR") {
            assert_eq!(lines, [format!("T1 AUTHENTICATE {mechanism} {message}")]);
        } else {
            assert_eq!(lines, [format!("T1 AUTHENTICATE {mechanism}"), message]);
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_replaced_once() {
    for (capabilities, farewell) in [
        ("AUTH=XOAUTH2 SASL-IR", ""),
        ("AUTH=XOAUTH2", ""),
        ("AUTH=OAUTHBEARER SASL-IR", "AQ=="),
        ("AUTH=OAUTHBEARER", "AQ=="),
    ] {
        let (port, heard) = token_server(capabilities, "invalid_token").await;
        let (callback, asked) = in_turn(&["old", "good"]);
        Session::connect(
            &plain(port),
            &Credentials::token("anna", Secret::provider(callback)),
        )
        .await
        .unwrap();
        assert_eq!(*asked.lock().unwrap(), [SecretRequest::Any, SecretRequest::Fresh]);
        let lines = heard.lock().unwrap().clone();
        assert!(lines.iter().any(|line| line == farewell), "{lines:?}");
    }
}

#[tokio::test]
async fn a_token_that_stays_refused_ends_the_log_in() {
    // A fresh one that is refused too, the same one again, a reason that no other token changes.
    for (why, tokens, asked_for, shown) in [
        ("invalid_token", &["old", "bad", "good"][..], 2, 2),
        ("401", &["old"], 2, 1),
        ("insufficient_scope", &["old", "good"], 1, 1),
    ] {
        let (port, heard) = token_server("AUTH=XOAUTH2 SASL-IR", why).await;
        let (callback, asked) = in_turn(tokens);
        let credentials = Credentials::token("anna", Secret::provider(callback)).mechanism("XOAUTH2");
        let error = Session::connect(&plain(port), &credentials).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Authentication, false)
        );
        assert!(error.to_string().contains(why), "{error}");
        for text in [format!("{error} {error:?}"), format!("{credentials:?}")] {
            assert!(!text.contains("old") && !text.contains("good"), "{text}");
        }
        assert_eq!(asked.lock().unwrap().len(), asked_for);
        let lines = heard.lock().unwrap();
        assert_eq!(
            lines.iter().filter(|line| line.contains("AUTHENTICATE")).count(),
            shown
        );
    }
}

#[tokio::test]
async fn no_token_no_mechanism_and_no_end() {
    let (port, heard) = token_server("AUTH=XOAUTH2 SASL-IR", "x").await;
    let (callback, _) = in_turn(&[]);
    let error = Session::connect(
        &plain(port),
        &Credentials::token("anna", Secret::provider(callback)),
    )
    .await
    .unwrap_err();
    // The provider may be up again later.
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Authentication, true)
    );
    assert!(error.to_string().contains("the provider is down"), "{error}");
    assert!(heard.lock().unwrap().is_empty());

    let (port, heard) = token_server("AUTH=XOAUTH2 SASL-IR AUTH=PLAIN", "x").await;
    let (callback, asked) = in_turn(&["good"]);
    let credentials = Credentials::token("anna", Secret::provider(callback)).mechanism("OAUTHBEARER");
    let error = Session::connect(&plain(port), &credentials).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(heard.lock().unwrap().is_empty() && asked.lock().unwrap().is_empty());

    for credentials in [
        Credentials::password("a", secret("hunter2")).mechanism("PLAIN"),
        Credentials::token("a", Secret::provider(in_turn(&["hunter2"]).0)).mechanism("XOAUTH2"),
        Credentials::external(),
    ] {
        let greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=EXTERNAL] x\r\n";
        let (port, heard) = line_server(greeting, |_| "+ bW9yZQ==\r\n".into()).await;
        let error = Session::connect(&plain(port), &credentials).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{credentials:?}");
        let lines = heard.lock().unwrap();
        // The secret goes out once, however often the server asks.
        assert_eq!(lines.iter().filter(|line| line.len() > 8).count(), 1, "{lines:?}");
        assert_eq!(lines.len(), 4);
    }
}

#[tokio::test]
async fn a_certificate_may_speak_for_its_holder() {
    for (authorise_as, initial, expected) in [
        (None, true, vec!["T1 AUTHENTICATE EXTERNAL ="]),
        (Some("anna"), true, vec!["T1 AUTHENTICATE EXTERNAL YW5uYQ=="]),
        (None, false, vec!["T1 AUTHENTICATE EXTERNAL", ""]),
    ] {
        let initial = if initial { "SASL-IR" } else { "" };
        let greeting = format!("* OK [CAPABILITY IMAP4rev1 AUTH=EXTERNAL {initial}] x\r\n");
        let (port, heard) = line_server(&greeting, |line| {
            if line.ends_with("EXTERNAL") {
                "+\r\n".into()
            } else {
                "T1 OK [CAPABILITY IMAP4rev1] in\r\n".into()
            }
        })
        .await;
        let external = Credentials::external();
        let credentials = match authorise_as {
            Some(user) => external.authorize_as(user),
            None => external,
        };
        Session::connect(&plain(port), &credentials).await.unwrap();
        assert_eq!(*heard.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn extensions_are_enabled_by_name_and_remembered() {
    let (port, heard) = scripted(GREETING, |command| {
        login(command, "ENABLE QRESYNC CONDSTORE UTF8=ACCEPT LIST-EXTENDED").unwrap_or_else(|| {
            match command.split_once(' ') {
                Some(("ENABLE", "QRESYNC X-UNKNOWN")) => "* ENABLED QRESYNC CONDSTORE\r\n$T OK\r\n".into(),
                Some(("ENABLE", "UTF8=ACCEPT")) => "* ENABLED utf8=accept\r\n$T OK\r\n".into(),
                Some(("STATUS", _)) => "* STATUS {14}\r\nR&-D/\u{410}\u{440}\u{445}\u{438} (MESSAGES 4)\r\n$T OK\r\n".into(),
                _ if command.ends_with('}') => "+".into(),
                _ => "* LIST () \"/\" \"R&-D/\u{410}\u{440}\u{445}\u{438}\u{432}\"\r\n* LIST () \"/\" &AGE-\r\n$T OK\r\n".into(),
            }
        })
    })
    .await;
    let mut session = Session::connect(&plain(port), &Credentials::password("anna", secret("p")))
        .await
        .unwrap();
    let before = MailboxName::from_wire(b"R&--D/&BBAEQARFBDgEMg-");
    let listed = session.list().await.unwrap();
    // Without UTF-8 the octets mean what modified UTF-7 makes of them, where they are that.
    assert_eq!(listed[1].name.as_str(), "a");
    let enabled = session.enable(&["QRESYNC", "X-UNKNOWN"]).await.unwrap();
    assert!(enabled.has("CONDSTORE") && !session.utf8_names());
    let enabled = session.enable(&["UTF8=ACCEPT"]).await.unwrap();
    assert!(enabled.has("QRESYNC") && enabled.has("UTF8=ACCEPT") && session.utf8_names());
    assert_eq!(*session.enabled(), enabled);
    assert_eq!(session.enable(&[]).await.unwrap(), enabled);
    let listed = session.list().await.unwrap();
    assert_eq!(listed[0].name, before);
    assert_eq!(listed[1].name.as_str(), "&AGE-");
    assert_eq!(listed[1].name.raw(), b"&-AGE-");
    session.status(&before).await.unwrap();
    session.subscribe(&MailboxName::from_wire(b"\xff")).await.unwrap();
    for name in ["", "a b", "a\r\nX LOGOUT", "(", "я", "a\0"] {
        assert_eq!(
            session.enable(&[name]).await.unwrap_err().kind(),
            ErrorKind::Config,
            "{name:?}"
        );
    }
    let heard = heard.lock().unwrap();
    let statuses: Vec<&String> = heard
        .iter()
        .filter(|command| command.starts_with("STATUS"))
        .collect();
    assert!(
        statuses[0].starts_with("STATUS {15}\r\nR&-D/Архив (MESSAGES"),
        "{statuses:?}"
    );
    let enables = heard.iter().filter(|command| command.starts_with("ENABLE"));
    assert_eq!(
        enables.collect::<Vec<_>>(),
        ["ENABLE QRESYNC X-UNKNOWN", "ENABLE UTF8=ACCEPT"]
    );
    assert_eq!(heard.last().unwrap(), "SUBSCRIBE {1}\r\n\u{fffd}");
}

#[tokio::test]
async fn without_enable_nothing_is_enabled() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "CONDSTORE").unwrap_or_default()
    })
    .await;
    let mut session = Session::connect(&plain(port), &Credentials::password("anna", secret("p")))
        .await
        .unwrap();
    assert_eq!(
        session.enable(&["CONDSTORE"]).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

/// What Exchange's and Dovecot's forms of a user name cannot hold never reaches a server.
#[tokio::test]
async fn a_delegated_user_name_is_quoted_as_any_other() {
    let (port, heard) = scripted(GREETING, |command| login(command, "").unwrap_or_default()).await;
    let delegated = DelegatedLogin::dovecot_master("an\"na\\", "admin");
    let credentials = delegated.credentials(secret("p\"")).unwrap();
    Session::connect(&plain(port), &credentials).await.unwrap();
    assert_eq!(heard.lock().unwrap()[0], r#"LOGIN "an\"na\\*admin" "p\"""#);
    let broken = DelegatedLogin::exchange_upn("admin@corp\r\nX LOGOUT", "anna");
    let error = broken.credentials(secret("p")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn dovecots_master_user_by_name_and_by_sasl() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let mut owner = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    owner.append(&inbox(), &corpus()[..2]).await.unwrap();
    let by_name = DelegatedLogin::dovecot_master("anna", "admin");
    let by_name = by_name.credentials(secret("adminp")).unwrap();
    let mut session = Session::connect(&plain(server.port()), &by_name).await.unwrap();
    assert_eq!(session.status(&inbox()).await.unwrap().messages, 2);
}

#[tokio::test]
async fn dovecot_takes_tokens_and_refuses_expired_ones() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder().oauth().start();
    for mechanism in [0, 1, 2] {
        let asked = Asked::default();
        let log = Arc::clone(&asked);
        let callback = move |request| {
            log.lock().unwrap().push(request);
            let seconds = if request == SecretRequest::Fresh {
                600
            } else {
                -600
            };
            async move { Ok(Dovecot::token("anna", seconds).into()) }
        };
        let credentials = match mechanism {
            0 => Credentials::token("anna", Secret::provider(callback)),
            1 => Credentials::token("anna", Secret::provider(callback)).mechanism("OAUTHBEARER"),
            _ => Credentials::token("anna", Secret::provider(callback)).mechanism("XOAUTH2"),
        };
        let mut session = Session::connect(&plain(server.port()), &credentials)
            .await
            .unwrap();
        assert_eq!(*asked.lock().unwrap(), [SecretRequest::Any, SecretRequest::Fresh]);
        session.append(&inbox(), &corpus()[..1]).await.unwrap();
        session.logout().await.unwrap();
    }
    let expired = Credentials::token(
        "anna",
        Secret::provider(|_| async { Ok(Dovecot::token("anna", -600).into()) }),
    );
    let error = Session::connect(&plain(server.port()), &expired)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    assert_eq!(session.status(&inbox()).await.unwrap().messages, 3);
}

#[tokio::test]
async fn dovecot_knows_a_client_by_its_certificate() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder().client_certificates().start();
    let root = std::fs::read(server.ca_pem()).unwrap();
    let (certificate, key) = server.client_pem("anna");
    let chain = std::fs::read(certificate).unwrap();
    let key = || secret(&std::fs::read_to_string(&key).unwrap());
    for (scheme, port) in [("imaps", server.tls_port()), ("imap", server.port())] {
        let tls = trusting(&root);
        let endpoint = local(scheme, port).tls(tls.clone());
        let external = Credentials::external();
        // Without a certificate nobody vouches for the client.
        Session::connect(&endpoint, &external).await.unwrap_err();
        let tls = tls.client_certificate_pem(&chain, key()).unwrap();
        let endpoint = endpoint.tls(tls.clone());
        assert!(!format!("{endpoint:?}").contains("PRIVATE KEY"));
        let mut session = Session::connect(&endpoint, &external).await.unwrap();
        session.append(&inbox(), &corpus()[..1]).await.unwrap();
        let blind = endpoint.tls(tls.dangerously_accept_any_certificate());
        Session::connect(&blind, &external).await.unwrap();
    }
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    assert_eq!(session.status(&inbox()).await.unwrap().messages, 2);
    // What is no certificate or no key is the caller's error, and shows nothing of the key.
    for (chain, key) in [
        (chain.clone(), secret("hunter2")),
        (Vec::new(), key()),
        (b"no PEM".to_vec(), key()),
    ] {
        let error = Tls::default().client_certificate_pem(&chain, key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

/// Compressed, every octet arrives as without, over TLS too.
#[tokio::test]
async fn compressed_connections_carry_the_same_octets() {
    if skip_servers() {
        return;
    }
    let (dovecot, cyrus) = (Dovecot::builder().compress().start(), Cyrus::start());
    let root = std::fs::read(dovecot.ca_pem()).unwrap();
    let secure = local("imaps", dovecot.tls_port()).tls(trusting(&root));
    let cyrus_anna = Credentials::password("anna", secret(Cyrus::password()));
    for (endpoint, user) in [
        (plain(dovecot.port()), credentials("anna")),
        (secure, credentials("boris")),
        (plain(cyrus.port()), cyrus_anna),
    ] {
        let mut session = Session::connect_with(&endpoint, &user, &SessionOptions::new().compress(true))
            .await
            .unwrap();
        assert!(session.capabilities().has("COMPRESS=DEFLATE"));
        let mut messages = corpus();
        let bad = |body: &[u8]| !body.is_ascii() || body.contains(&b'\r') && !body.ends_with(b"\n");
        messages.retain(|message| {
            message.body.starts_with(b"From: ") || (endpoint.port() != cyrus.port() && !bad(&message.body))
        });
        // Larger than any buffer on the way, and hard to compress.
        let mut noise = noise_of(3 << 20);
        noise.splice(..0, *b"From: a@example.org\r\nSubject: noise\r\n\r\n");
        let mut large = messages[0].clone();
        large.body = noise.into();
        messages.push(large);
        session.append(&inbox(), &messages).await.unwrap();
        let found = read_back(&mut session, &inbox()).await;
        let mut plainly = Session::connect(&endpoint, &user).await.unwrap();
        assert_eq!(read_back(&mut plainly, &inbox()).await, found);
        let found: Vec<_> = found
            .iter()
            .filter_map(|message| message.3.bytes())
            .map(|octets| digest(octets))
            .collect();
        let sent: Vec<_> = messages.iter().map(|message| digest(&message.body)).collect();
        assert_eq!(found, sent);
        session.logout().await.unwrap();
    }
}

/// A server that compresses as soon as it has said OK, and then sends these octets, compressed or not.
async fn deflating_server(octets: Vec<u8>, in_one_piece: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut lines = BufReader::new(stream);
        lines
            .write_all(b"* PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] x\r\n")
            .await
            .unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).await.unwrap();
        assert_eq!(line, "T1 COMPRESS DEFLATE\r\n");
        let mut answer = b"T1 OK go\r\n".to_vec();
        if !in_one_piece {
            lines.write_all(&std::mem::take(&mut answer)).await.unwrap();
            // What the client sends next is compressed, and only its coming matters.
            lines.read_u8().await.unwrap();
        }
        answer.extend(octets);
        // The client may hang up half-way.
        let _ = lines.write_all(&answer).await;
        let _ = tokio::io::copy(&mut lines, &mut tokio::io::sink()).await;
    });
    port
}

fn deflated(octets: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, octets).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_compression_bomb_meets_the_limits_and_noise_is_an_error() {
    let bomb = deflated(&[b"* LIST () \"/\" ".to_vec(), vec![b'x'; 64 << 20]].concat());
    assert!(bomb.len() < 100_000);
    for in_one_piece in [false, true] {
        for (octets, kind) in [
            (bomb.clone(), ErrorKind::Limit),
            (vec![0xff; 100], ErrorKind::Connect),
            (deflated(b"* LIST () \"/\" x\r\n"), ErrorKind::Connect),
        ] {
            let port = deflating_server(octets, in_one_piece).await;
            let compress = SessionOptions::new().compress(true);
            let session = Session::connect_with(&plain(port), &credentials("anna"), &compress).await;
            let mut session = session.unwrap();
            assert_eq!(session.list().await.unwrap_err().kind(), kind);
        }
        let answer = deflated(b"* LIST () \"/\" x\r\nT2 OK\r\n");
        let port = deflating_server(answer, in_one_piece).await;
        let compress = SessionOptions::new().compress(true);
        let session = Session::connect_with(&plain(port), &credentials("anna"), &compress).await;
        let mut session = session.unwrap();
        assert_eq!(session.list().await.unwrap()[0].name.as_str(), "x");
    }
}

/// Lines of text that do not repeat.
fn noise_of(octets: usize) -> Vec<u8> {
    let lines = (0_u64..).map(|line| {
        let mut state = line;
        let words: Vec<String> = (0..4)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                format!("{state:016x}")
            })
            .collect();
        words.concat() + "\r\n"
    });
    let mut noise = String::new();
    for line in lines {
        noise.push_str(&line);
        if noise.len() >= octets {
            break;
        }
    }
    noise.into_bytes()
}

/// What a server says before STARTTLS may be anybody's, so that nothing follows from it.
#[tokio::test]
async fn a_forged_greeting_decides_nothing() {
    if skip_servers() {
        return;
    }
    let dovecot = Dovecot::start();
    let root = std::fs::read(dovecot.ca_pem()).unwrap();
    let port = dovecot.port();
    let endpoint = local("imap", port).tls(trusting(&root)).dialer(move |host: String, port: u16| async move {
        let mut server = BufReader::new(TcpStream::connect((host.as_str(), port)).await.unwrap());
        let (client, mut forger) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let mut greeting = String::new();
            server.read_line(&mut greeting).await.unwrap();
            let forged = b"* OK [CAPABILITY IMAP4rev1 STARTTLS XFORGED] The Microsoft Exchange IMAP4 service is ready.\r\n";
            forger.write_all(forged).await.unwrap();
            // Either may hang up whenever it likes.
            let _ = tokio::io::copy_bidirectional(&mut server, &mut forger).await;
        });
        Ok(Stream::new(client))
    });
    let session = Session::connect(&endpoint, &credentials("anna")).await.unwrap();
    assert_eq!(session.quirks().server, Server::Dovecot);
    assert!(!session.capabilities().has("XFORGED"));
    session.logout().await.unwrap();
}
