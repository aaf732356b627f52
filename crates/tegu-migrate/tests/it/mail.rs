//! Mail between real IMAP servers, and between servers and files.

use crate::{
    imap::{end, fill, flat, route, session},
    oracle,
    scene::{Scene, counts, problems},
};
use std::{collections::BTreeSet, fs};
use tegu_imap::MailboxName;
use tegu_migrate::Entity;
use tegu_testkit::{
    Cyrus, Dovecot,
    proxy::{Direction, Fault, Proxy},
};

#[tokio::test]
async fn between_two_servers() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 400, 1).await;
    let scene = Scene::new();
    let head = scene.head("job");
    let config = route(&head, &end(source.port()), &end(target.port()));
    let before = oracle::mailbox(source.port(), "anna");

    let report = scene.run(&config).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.source, mail.moved), (400, 400), "{:#?}", report.worklist);
    let mut after = oracle::mailbox(target.port(), "anna");
    after.retain(|_, messages| !messages.is_empty());
    let mut expected = before.clone();
    expected.retain(|_, messages| !messages.is_empty());
    assert_eq!(after, expected, "octets, flags, dates and folder names");
    assert_eq!(
        oracle::mailbox(source.port(), "anna"),
        before,
        "nothing on the source may change"
    );

    // The same job again, and another job that knows nothing of the first.
    let again = scene.run(&config).await.unwrap();
    assert_eq!(again.entity(Entity::Mail).unwrap().moved_now, 0);
    let fresh = scene.run(&config.replace("'job'", "'other'")).await.unwrap();
    let mail = counts(&fresh, Entity::Mail);
    assert_eq!(
        (mail.present, mail.moved),
        (400, 0),
        "duplicates count as often as they are there"
    );
    assert_eq!(flat(&oracle::mailbox(target.port(), "anna")), flat(&before));

    // Only what is new moves.
    fill(source.port(), 3, 99).await;
    let delta = scene.run(&config).await.unwrap();
    assert_eq!(delta.entity(Entity::Mail).unwrap().moved_now, 3);
    assert_eq!(
        flat(&oracle::mailbox(target.port(), "anna")),
        flat(&oracle::mailbox(source.port(), "anna"))
    );
}

#[tokio::test]
async fn a_connection_that_breaks_again_and_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 150, 2).await;
    let scene = Scene::new();
    let head = scene.head("job");
    let before = oracle::mailbox(source.port(), "anna");
    let proxy = Proxy::start(([127, 0, 0, 1], target.port()).into(), Fault::None);
    let config = route(&head, &end(source.port()), &end(proxy.port()));
    for (round, bytes) in [5_000, 60_000, 150_000, 333_333, 500_001, 900_000]
        .into_iter()
        .enumerate()
    {
        let direction = if round % 2 == 0 {
            Direction::ToServer
        } else {
            Direction::ToClient
        };
        proxy.set(Fault::CutAfter { bytes, direction });
        // A cut before the login is an error of the whole job; a later one is a problem of the account.
        let _ = scene.run(&config).await;
    }
    proxy.set(Fault::None);
    let report = scene.run(&config).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.source, mail.moved), (150, 150), "{:#?}", report.worklist);
    assert_eq!(
        flat(&oracle::mailbox(target.port(), "anna")),
        flat(&before),
        "nothing lost, nothing twice"
    );
}

#[tokio::test]
async fn from_a_server_to_a_bundle_and_back() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 200, 3).await;
    let scene = Scene::new();
    let head = scene.head("saved");
    let saved = scene
        .run(&route(&head, &end(source.port()), "{ kind = 'bundle' }"))
        .await
        .unwrap();
    let mail = counts(&saved, Entity::Mail);
    assert_eq!((mail.source, mail.moved + mail.manual), (200, 200));
    // An mbox file would end a last line that has no end; those messages wait for a person.
    let unended = saved
        .worklist
        .iter()
        .filter(|work| work.findings[0].code == "MAIL-UNENDED-LAST-LINE")
        .count();
    assert_eq!(mail.manual, unended as u64, "{:#?}", saved.worklist);

    let head = scene.head("restored");
    let restored = scene
        .run(&route(
            &head,
            "{ kind = 'bundle', path = 'saved' }",
            &end(target.port()),
        ))
        .await
        .unwrap();
    assert_eq!(
        counts(&restored, Entity::Mail).moved,
        mail.moved,
        "{:#?}",
        restored.worklist
    );
    let mut expected = flat(&oracle::mailbox(source.port(), "anna"));
    let found = flat(&oracle::mailbox(target.port(), "anna"));
    let before = expected.len();
    expected.retain(|message| found.contains(message));
    assert_eq!(
        expected.len() as u64,
        before as u64 - mail.manual,
        "flags and dates come back with the octets"
    );
    assert_eq!(found.len() as u64, mail.moved);
}

#[tokio::test]
async fn from_dovecot_to_cyrus() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Cyrus::start());
    target.add_user("anna");
    fill(source.port(), 120, 4).await;
    let scene = Scene::new();
    let head = scene.head("job");
    let report = scene
        .run(&route(&head, &end(source.port()), &end(target.port())))
        .await
        .unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.source, mail.failed), (120, 0));
    // Cyrus alters or refuses what is no RFC 5322 message: each such message is named and kept, and all others arrive.
    assert!(mail.moved > 60, "{:#?}", report.worklist);
    let codes = report
        .worklist
        .iter()
        .map(|work| work.findings[0].code.as_ref())
        .collect::<BTreeSet<_>>();
    let known = [
        "IMAP-ALTERED-8BIT-HEADER",
        "IMAP-ALTERED-STRAY-CR",
        "IMAP-TARGET-REFUSED",
        "IMAP-PROOF-DIFFERS",
    ];
    assert!(
        codes.iter().all(|code| known.contains(code)),
        "{:#?}",
        report.worklist
    );
    for work in &report.worklist {
        assert!(scene.path("job").join(work.original.as_ref().unwrap()).exists());
    }
    let expected = flat(&oracle::mailbox(source.port(), "anna"));
    let found = flat(&oracle::mailbox(target.port(), "anna"));
    let same = found.iter().filter(|message| expected.contains(message)).count() as u64;
    let changed = report
        .worklist
        .iter()
        .filter(|work| work.findings[0].code == "IMAP-PROOF-DIFFERS")
        .count();
    assert_eq!(
        (same, found.len() as u64),
        (mail.moved, mail.moved + changed as u64)
    );
    // What stands there changed is not put there again.
    let again = scene
        .run(&route(&head, &end(source.port()), &end(target.port())))
        .await
        .unwrap();
    assert_eq!(again.entity(Entity::Mail).unwrap().counts, mail);
    assert_eq!(flat(&oracle::mailbox(target.port(), "anna")), found);
}

#[tokio::test]
async fn from_files_with_lf_to_a_server() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Dovecot::start();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "mail/anna/Входящие.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nStatus: RO\nX-Status: F\nSubject: one\n\n>From here\n\n\
         From a@b Tue Jan  2 00:00:00 2024\nSubject: two\n\nbody\n\n",
    );
    scene.write(
        "mail/anna/Letters/mixed.eml",
        "Subject: mixed\r\n\r\none\ntwo\r\n",
    );
    scene.write("mail/anna/Letters/nul.eml", b"Subject: nul\r\n\r\n\0\r\n");
    scene.write(
        "mail/anna/Letters/fine.eml",
        "Date: Mon, 1 Jan 2024 03:00:00 +0300\r\nSubject: fine\r\n\r\nbody",
    );
    let config = route(
        &head,
        "{ kind = 'files', path = 'mail/{alias}', variant = 'mboxrd' }",
        &end(target.port()),
    );
    let report = scene.run(&config).await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!(
        (mail.source, mail.moved, mail.manual),
        (5, 3, 2),
        "{:#?}",
        report.worklist
    );
    let codes = report
        .worklist
        .iter()
        .map(|work| work.findings[0].code.as_ref())
        .collect::<Vec<_>>();
    assert!(
        codes.contains(&"MAIL-NUL") && codes.contains(&"MAIL-MIXED-LINE-ENDS"),
        "{codes:?}"
    );
    assert_eq!(
        fs::read_dir(scene.path("job/worklist/mail/anna@example.test"))
            .unwrap()
            .count(),
        2
    );

    let found = oracle::mailbox(target.port(), "anna");
    assert_eq!(
        found["INBOX"].len(),
        2,
        "Входящие is the target's INBOX: {:?}",
        found.keys()
    );
    let flagged = found["INBOX"]
        .iter()
        .find(|message| message.1.contains(&"\\flagged".to_owned()))
        .unwrap();
    assert_eq!((flagged.2, flagged.1.len()), (1_704_067_200, 2));
    assert_eq!(
        found["Letters"][0].2, 1_704_067_200,
        "the date header stands in for the missing arrival date"
    );
}

/// How many messages a mailbox holds.
fn held(port: u16) -> usize {
    oracle::mailbox(port, "anna").values().map(Vec::len).sum()
}

#[tokio::test]
async fn deletions_are_carried_over_where_asked() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 20, 5).await;
    let scene = Scene::new();
    let head = scene.head("job");
    let config = route(&head, &end(source.port()), &end(target.port()));
    scene.run(&config).await.unwrap();
    let mut session = session(source.port()).await;
    let folder = oracle::mailbox(source.port(), "anna");
    let (name, _) = folder.iter().find(|(_, messages)| messages.len() > 2).unwrap();
    let name = MailboxName::from_wire(name.as_bytes());
    let mut remove = async || {
        session.select(&name).await.unwrap();
        let first = session.snapshot(tegu_imap::Uid::MIN).await.unwrap().entries[0].uid;
        session.remove(&[first].into_iter().collect()).await.unwrap();
        first
    };
    remove().await;
    let kept = scene.run(&config).await.unwrap();
    assert!(kept.containers().all(|row| row.deleted.is_empty()));
    assert_eq!(
        (held(source.port()), held(target.port())),
        (19, 20),
        "off unless asked for"
    );

    let second = remove().await;
    let carry = format!("deletions = true\n{config}");
    let report = scene.run(&carry).await.unwrap();
    assert_eq!((held(source.port()), held(target.port())), (18, 18));
    let rows = report.containers().filter(|row| row.name == name.as_str());
    let deleted: Vec<_> = rows.flat_map(|row| &row.deleted).collect();
    assert_eq!(deleted.len(), 2);
    assert_eq!(deleted[1].item, second.to_string());
    assert!(
        deleted
            .iter()
            .all(|gone| gone.finding.code == "MAIL-SOURCE-DELETED")
    );
    let again = scene.run(&carry).await.unwrap();
    assert!(again.containers().all(|row| row.deleted.is_empty()));
}
