//! Real servers: everything goes there and back again.

use std::time::Duration;

use tegu_imap::mailbox::{Mailbox, SpecialUse, plan_names};
use tegu_imap::prove::{canonical_line_ends, compare, digest};
use tegu_imap::quirks::Alteration;
use tegu_imap::session::{AppendMessage, AppendOutcome, Timeouts};
use tegu_imap::wire::Body;
use tegu_imap::{Credentials, Endpoint, ErrorKind, Flags, InternalDate, MailboxName, Security, Session, Uid};
use tegu_testkit::proxy::{Direction, Fault, Proxy};
use tegu_testkit::{Cyrus, Dovecot, skip_servers};

use super::support::{awkward, plain, secret};

const FOLDERS: [&str; 6] = [
    "Sent",
    "Архив/2023/Отчёты & сметы",
    "Сводка \"Ё\"",
    "Счета 100% & долги",
    "Projects/Alpha (old) [v1.0]",
    "back\\slash {3}",
];

fn credentials(user: &str) -> Credentials {
    Credentials::login(user, secret(Dovecot::password()))
}

fn corpus() -> Vec<AppendMessage> {
    let sets: [&[&str]; 4] = [
        &[],
        &["\\Seen"],
        &["\\Flagged", "$Forwarded"],
        &["\\Answered", "NonJunk", "\\Draft"],
    ];
    let zones = [0, 180, -210, 345];
    awkward()
        .into_iter()
        .enumerate()
        .map(|(at, body)| {
            let date = InternalDate::new(1_300_000_000 + at as i64 * 86_399, zones[at % 4]);
            AppendMessage::new(sets[at % 4].iter().copied().collect(), date, body.into())
        })
        .collect()
}

async fn read_back(
    session: &mut Session,
    name: &MailboxName,
) -> Vec<(Uid, Flags, Option<InternalDate>, Body)> {
    session.examine(name).await.unwrap();
    let snapshot = session.snapshot(Uid::MIN).await.unwrap();
    let mut stream = session.fetch_bodies(&snapshot.uids()).await.unwrap();
    let mut messages = Vec::new();
    while let Some(message) = stream.next().await.unwrap() {
        messages.push((message.uid, message.flags, message.internal_date, message.body));
    }
    assert!(stream.missing().is_empty());
    messages.sort_by_key(|message| message.0);
    for (entry, message) in snapshot.entries.iter().zip(&messages) {
        assert_eq!(
            (entry.uid, &entry.flags, entry.internal_date),
            (message.0, &message.1, message.2)
        );
        assert_eq!(
            Some(entry.size),
            message.3.bytes().map(|octets| octets.len() as u64)
        );
    }
    messages
}

/// Stores the corpus in every folder and reads it back: octets, flags, keywords, dates, order, UIDs.
async fn there_and_back(session: &mut Session, folders: &[&str], corpus: &[AppendMessage]) {
    for folder in folders {
        let name = MailboxName::new(folder).unwrap();
        session.create(&name).await.unwrap();
        // Once more is no error.
        session.create(&name).await.unwrap();
        session.subscribe(&name).await.unwrap();
        let outcomes = session.append(&name, corpus).await.unwrap();
        let found = read_back(session, &name).await;
        assert_eq!(found.len(), corpus.len(), "{folder}");
        for (sent, found) in corpus.iter().zip(&found) {
            let octets = found.3.bytes().unwrap();
            assert_eq!(digest(&sent.body), digest(octets), "{}", octets.escape_ascii());
        }
        let bodies = found
            .iter()
            .filter_map(|message| message.3.bytes())
            .map(|octets| digest(octets));
        assert!(
            compare(corpus.iter().map(|message| digest(&message.body)), bodies).is_proved(),
            "{folder}"
        );
        for ((sent, outcome), found) in corpus.iter().zip(outcomes).zip(&found) {
            // Dovecot keeps the instant and tells it in its own zone.
            let instant = |date: Option<InternalDate>| date.map(InternalDate::unix_seconds);
            assert_eq!(
                (&sent.flags, instant(sent.internal_date)),
                (&found.1, instant(found.2)),
                "{folder}"
            );
            assert_eq!(
                Some(digest(&sent.body)),
                found.3.bytes().map(|octets| digest(octets))
            );
            let AppendOutcome::Stored { uid } = outcome else {
                panic!("{folder}: {outcome:?}")
            };
            assert_eq!(uid.map(|(_, uid)| uid), Some(found.0));
        }
        let status = session.status(&name).await.unwrap();
        assert_eq!(status.messages as usize, corpus.len());
    }
    let listed = session.list().await.unwrap();
    let subscribed = session.subscriptions().await.unwrap();
    for folder in folders {
        assert!(
            listed
                .iter()
                .any(|mailbox| mailbox.name.as_str() == *folder && mailbox.selectable),
            "{folder}"
        );
        assert!(subscribed.iter().any(|name| name.as_str() == *folder), "{folder}");
    }
}

#[tokio::test]
async fn dovecot_there_and_back() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    assert_eq!(session.quirks().server, tegu_imap::quirks::Server::Dovecot);
    assert_eq!(session.delimiter(), Some('/'));
    there_and_back(&mut session, &FOLDERS, &corpus()).await;
    let listed = session.list().await.unwrap();
    let sent = listed
        .iter()
        .find(|mailbox| mailbox.name.as_str() == "Sent")
        .unwrap();
    assert_eq!(sent.special_use, Some(SpecialUse::Sent));
    let parent = listed
        .iter()
        .find(|mailbox| mailbox.name.as_str() == "Архив")
        .unwrap();
    assert!(!parent.selectable);
    session.logout().await.unwrap();
}

#[tokio::test]
async fn cyrus_there_and_back() {
    if skip_servers() {
        return;
    }
    for classic in [false, true] {
        let builder = Cyrus::builder();
        let server = if classic {
            builder.classic_namespace()
        } else {
            builder
        }
        .start();
        let anna = Credentials::login("anna", secret(Cyrus::password()));
        let mut session = Session::connect(&plain(server.port()), &anna).await.unwrap();
        assert_eq!(session.quirks().server, tegu_imap::quirks::Server::Cyrus);
        let (prefix, delimiter) = if classic { ("INBOX.", '.') } else { ("", '/') };
        assert_eq!(
            (session.namespace_prefix(), session.delimiter()),
            (prefix, Some(delimiter))
        );
        // What Cyrus refuses is told message by message, and everything else is stored.
        let inbox = MailboxName::new("INBOX").unwrap();
        let outcomes = session.append(&inbox, &corpus()).await.unwrap();
        let refused = |outcome: &AppendOutcome| match outcome {
            AppendOutcome::Refused {
                text,
                transient: false,
                ..
            } => Some(text.clone()),
            _ => None,
        };
        let texts: Vec<String> = outcomes.iter().filter_map(refused).collect();
        let bare = "Message contains bare newlines";
        assert_eq!(texts, [bare, bare, "Message contains invalid header", bare]);
        assert_eq!(
            session.status(&inbox).await.unwrap().messages as usize,
            corpus().len() - 4
        );
        // With canonical line ends it takes all that has a header.
        let mut corpus = corpus();
        let altered = |message: &AppendMessage| session.quirks().alteration(&message.body);
        assert_eq!(
            corpus.iter().filter_map(altered).collect::<Vec<_>>(),
            [Alteration::EightBitHeader; 2]
        );
        corpus.retain(|message| !message.body.starts_with(b"no header") && altered(message).is_none());
        for message in &mut corpus {
            message.body = canonical_line_ends(message.body.clone());
        }
        let source: Vec<Mailbox> = FOLDERS
            .iter()
            .map(|folder| Mailbox::new(MailboxName::new(folder).unwrap(), Some('/'), vec![]))
            .chain([Mailbox::new(
                MailboxName::new("x !\"#$%&'()*+,-.:;<=>?@[]^_`{|}~").unwrap(),
                Some('/'),
                vec![],
            )])
            .collect();
        let plan = plan_names(&source, &session.layout().await.unwrap());
        let folders: Vec<&str> = plan
            .mappings
            .iter()
            .map(|mapping| mapping.target.as_str())
            .collect();
        assert_eq!(folders.len(), source.len());
        there_and_back(&mut session, &folders, &corpus).await;
    }
}

#[tokio::test]
async fn reading_leaves_the_source_as_it_was() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let inbox = MailboxName::new("INBOX").unwrap();
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    session.append(&inbox, &corpus()).await.unwrap();
    let before = read_back(&mut session, &inbox).await;
    let mut again = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    let selected = again.examine(&inbox).await.unwrap();
    assert!(selected.read_only);
    assert_eq!(selected.exists as usize, before.len());
    assert_eq!(read_back(&mut again, &inbox).await, before);
    // A second opinion of a session that may write, and what it tells of flags.
    let selected = again.select(&inbox).await.unwrap();
    assert!(!selected.read_only && selected.accepts_new_keywords);
    assert!(selected.permanent_flags.contains("\\Seen"));
    let tail = again
        .snapshot(before[before.len() - 1].0.next().unwrap())
        .await
        .unwrap();
    assert!(tail.entries.is_empty());
}

/// What a server is known to alter is altered indeed, which the proof finds without knowing it.
#[tokio::test]
async fn octets_that_the_server_alters_are_known_and_found_by_the_proof() {
    if skip_servers() {
        return;
    }
    let (dovecot, cyrus) = (Dovecot::start(), Cyrus::start());
    let stray = ["Subject: a\r\n\r\nx\r\r\ny\r\n", "Subject: b\r\n\r\nx\r"];
    let header = ["Subject: Привет\r\n\r\n", "X: ё\r\n\r\n"];
    for (port, password, bodies, alteration) in [
        (
            dovecot.port(),
            Dovecot::password(),
            stray,
            Alteration::StrayCarriageReturn,
        ),
        (
            cyrus.port(),
            Cyrus::password(),
            header,
            Alteration::EightBitHeader,
        ),
    ] {
        let inbox = MailboxName::new("INBOX").unwrap();
        let anna = Credentials::login("anna", secret(password));
        let mut session = Session::connect(&plain(port), &anna).await.unwrap();
        assert!(
            bodies
                .iter()
                .all(|body| session.quirks().alteration(body.as_bytes()) == Some(alteration))
        );
        let of = |body: &'static str| AppendMessage::new(Flags::new(), None, body.into());
        session.append(&inbox, &bodies.map(of)).await.unwrap();
        let found = read_back(&mut session, &inbox).await;
        let found = found
            .iter()
            .filter_map(|message| message.3.bytes())
            .map(|octets| digest(octets));
        let result = compare(bodies.map(|body| digest(body.as_bytes())), found);
        assert_eq!(
            (result.proved, result.missing.len(), result.unexpected.len()),
            (0, 2, 2),
            "{alteration:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_mailbox_has_an_empty_snapshot() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let inbox = MailboxName::new("INBOX").unwrap();
    let mut session = Session::connect(&plain(server.port()), &credentials("leer"))
        .await
        .unwrap();
    session.examine(&inbox).await.unwrap();
    assert!(session.snapshot(Uid::MIN).await.unwrap().entries.is_empty());
    // What comes while the mailbox is open is seen.
    let mut other = Session::connect(&plain(server.port()), &credentials("leer"))
        .await
        .unwrap();
    other.append(&inbox, &corpus()[..1]).await.unwrap();
    assert_eq!(session.snapshot(Uid::MIN).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn tls_is_verified_unless_told_otherwise() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let root = std::fs::read(server.ca_pem()).unwrap();
    for (port, security) in [
        (server.tls_port(), Security::Tls),
        (server.port(), Security::StartTls),
    ] {
        let endpoint = Endpoint::new("localhost", port, security);
        let error = Session::connect(&endpoint, &credentials("anna"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Tls, false),
            "{error}"
        );
        let trusting = endpoint.clone().with_extra_roots_pem(root.clone());
        there_and_back(
            &mut Session::connect(&trusting, &credentials(&format!("u{port}")))
                .await
                .unwrap(),
            &["x"],
            &corpus(),
        )
        .await;
        let blind = endpoint.dangerously_accept_any_certificate();
        Session::connect(&blind, &credentials("anna")).await.unwrap();
        // The certificate is for the host that was asked for, not for any.
        let wrong = Endpoint::new("127.0.0.2", port, security).with_extra_roots_pem(root.clone());
        let error = Session::connect(&wrong, &credentials("anna")).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connect),
            "{error}"
        );
    }
    // TLS where there is none.
    let endpoint = Endpoint::new("localhost", server.port(), Security::Tls);
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
    let wrong = Credentials::login("anna", secret("wrong"));
    let error = Session::connect(&plain(server.port()), &wrong).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Authentication, false)
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
async fn a_master_user_opens_the_mailbox_of_another() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let inbox = MailboxName::new("INBOX").unwrap();
    let mut owner = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    owner.append(&inbox, &corpus()[..2]).await.unwrap();
    let master = Credentials::plain(Some("anna".into()), "admin", secret("adminp"));
    let mut session = Session::connect(&plain(server.port()), &master).await.unwrap();
    assert_eq!(session.status(&inbox).await.unwrap().messages, 2);
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

#[tokio::test]
async fn a_dropped_stream_leaves_the_session_usable() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let inbox = MailboxName::new("INBOX").unwrap();
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    session.append(&inbox, &corpus()).await.unwrap();
    session.examine(&inbox).await.unwrap();
    let uids = session.snapshot(Uid::MIN).await.unwrap().uids();
    let mut stream = session.fetch_bodies(&uids).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(session.snapshot(Uid::MIN).await.unwrap().uids(), uids);
    assert_eq!(read_back(&mut session, &inbox).await.len() as u64, uids.len());
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
            (ErrorKind::Disconnected, true),
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
    let mut timeouts = Timeouts::default();
    timeouts.idle = Duration::from_millis(300);
    let endpoint = plain(proxy.port()).with_timeouts(timeouts);
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
