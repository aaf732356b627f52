//! Real servers: everything goes there and back again.

use tegu_imap::mailbox::{Mailbox, SpecialUse, plan_names};
use tegu_imap::prove::{canonical_line_ends, compare, digest};
use tegu_imap::quirks::Alteration;
use tegu_imap::session::{AppendMessage, AppendOutcome};
use tegu_imap::{Credentials, Flags, InternalDate, MailboxName, Session, Uid};
use tegu_testkit::{Cyrus, Dovecot, skip_servers};

use super::support::{corpus, credentials, plain, read_back, secret};

const FOLDERS: [&str; 6] = [
    "Sent",
    "Архив/2023/Отчёты & сметы",
    "Сводка \"Ё\"",
    "Счета 100% & долги",
    "Projects/Alpha (old) [v1.0]",
    "back\\slash {3}",
];

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
            let AppendOutcome::Stored { uids } = outcome else {
                panic!("{folder}: {outcome:?}")
            };
            assert_eq!(uids.map(|(_, uids)| uids), Some(vec![found.0]));
        }
        let status = session.status(&name).await.unwrap();
        assert_eq!(status.messages as usize, corpus.len());
    }
    // Counted together they are what they are one by one, with all that the server can tell.
    let names: Vec<MailboxName> = folders
        .iter()
        .map(|folder| MailboxName::new(folder).unwrap())
        .collect();
    for (name, counted) in names.iter().zip(session.status_all(&names).await.unwrap()) {
        let counted = counted.unwrap();
        assert_eq!(counted, session.status(name).await.unwrap());
        assert_eq!(counted.size.is_some(), session.capabilities().has("STATUS=SIZE"));
        let selected = session.examine(name).await.unwrap();
        assert_eq!(counted.highest_mod_seq.map(|sequence| sequence > 1), Some(true));
        assert_eq!(
            (
                Some(selected.uid_validity),
                selected.uid_next,
                selected.highest_mod_seq
            ),
            (counted.uid_validity, counted.uid_next, counted.highest_mod_seq)
        );
    }
    let listed = session.list().await.unwrap();
    let subscribed = session.subscriptions().await.unwrap();
    session.unsubscribe(&names[0]).await.unwrap();
    let mut rows = session.inventory().await.unwrap();
    rows.retain(|row| names.contains(&row.mailbox.name));
    assert_eq!(rows.len(), names.len());
    for row in rows {
        let status = session.status(&row.mailbox.name).await.unwrap();
        assert_eq!(
            (row.status, row.subscribed),
            (Some(status), row.mailbox.name != names[0])
        );
    }
    session.subscribe(&names[0]).await.unwrap();
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
        let anna = Credentials::password("anna", secret(Cyrus::password()));
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
            .chain([Mailbox::new(
                MailboxName::new("INBOX/Подпапка").unwrap(),
                Some('/'),
                vec![],
            )])
            .chain([Mailbox::new(
                MailboxName::new("INBOX").unwrap(),
                Some('/'),
                vec![],
            )])
            .collect();
        let boris = Credentials::password("boris", secret(Cyrus::password()));
        let mut session = Session::connect(&plain(server.port()), &boris).await.unwrap();
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
        let anna = Credentials::password("anna", secret(password));
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
    let master = Credentials::password("admin", secret("adminp")).authorize_as("anna");
    let mut session = Session::connect(&plain(server.port()), &master).await.unwrap();
    assert_eq!(session.status(&inbox).await.unwrap().messages, 2);
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

/// Names that one side takes and the other does not: after planning each can be created, and all stay apart.
#[tokio::test]
async fn names_that_the_target_refuses_become_names_that_it_takes() {
    if skip_servers() {
        return;
    }
    let (dovecot, cyrus) = (Dovecot::start(), Cyrus::start());
    let classic = Cyrus::builder().classic_namespace().start();
    let deep = ["Вложенная папка"; 12].join("/");
    let mut names: Vec<String> = [
        "~home",
        "..",
        "a/../b",
        "x//y",
        "a ",
        " a",
        "TEST ",
        "a%b",
        "a*b",
        "a\\b",
        "a\"b",
        "a;b",
        "x.y",
        "#news",
        "&",
        "&-",
        "ё",
        "Ё",
        "e\u{301}",
        "é",
        "😀",
        "INBOX/под",
        "inbox/Под2",
        "\u{f8ff}x",
        "Ж\u{a0}",
        "{3}",
        "a{3+}",
        &deep,
    ]
    .map(str::to_owned)
    .into();
    names.extend([90, 94, 95, 120, 255].map(|length| "Ж".repeat(length)));
    names.extend([255, 256, 400].map(|length| "a".repeat(length)));
    let source: Vec<Mailbox> = names
        .iter()
        .map(|name| Mailbox::new(MailboxName::new(name).unwrap(), Some('/'), vec![]))
        .collect();
    for (port, password) in [
        (dovecot.port(), Dovecot::password()),
        (cyrus.port(), Cyrus::password()),
        (classic.port(), Cyrus::password()),
    ] {
        let anna = Credentials::password("anna", secret(password));
        let mut session = Session::connect(&plain(port), &anna).await.unwrap();
        let plan = plan_names(&source, &session.layout().await.unwrap());
        assert_eq!(plan.mappings.len(), source.len());
        for mapping in &plan.mappings {
            session.create(&mapping.target).await.unwrap();
            let one = &corpus()[..1];
            session.append(&mapping.target, one).await.unwrap();
        }
        let listed = session.list().await.unwrap();
        for mapping in &plan.mappings {
            assert!(
                listed.iter().any(|mailbox| mailbox.name == mapping.target),
                "{mapping:?}"
            );
            assert_eq!(
                session.status(&mapping.target).await.unwrap().messages,
                1,
                "{mapping:?}"
            );
        }
        // A second look at the target changes no name.
        let again = plan_names(&source, &session.layout().await.unwrap());
        let targets = |plan: &tegu_imap::mailbox::NamePlan| {
            let target = |mapping: &tegu_imap::mailbox::Mapping| mapping.target.clone();
            plan.mappings.iter().map(target).collect::<Vec<_>>()
        };
        assert_eq!(targets(&again), targets(&plan));
        assert!(again.mappings.iter().all(|mapping| !mapping.create));
    }
}
