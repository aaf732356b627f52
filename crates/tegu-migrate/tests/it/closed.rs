//! How a run ends: nothing of it holds the journal any more, and what it had begun is found again.

use crate::{
    breaking::Breaking,
    imap::fill,
    oracle,
    scene::{Scene, counts},
};
use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};
use tegu_migrate::{
    CancellationToken, Entity, ErrorKind, ImapServer, Login, Migration, Policy, SecretRef, imap::Endpoint,
    journal::RedbJournal, sources, targets,
};
use tegu_testkit::{Cyrus, Dovecot, front::Front, imap::Client};

fn directory(scene: &Scene) -> sources::LdifDirectory {
    sources::LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_journal_can_be_opened_again_at_once() {
    let scene = Scene::new();
    scene.head("job");
    scene.write(
        "mail/anna/INBOX.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: a\n\nbody\n\n",
    );
    for round in 0..5 {
        let out = scene.path("job");
        let files = sources::MailFiles::new("mail/{alias}", scene.root.path());
        let migration = Migration::builder("closed", &out, directory(&scene))
            .mail(files, targets::Bundle::new(&out))
            .build();
        migration.run(&CancellationToken::new()).await.unwrap();
        drop(migration);
        RedbJournal::open(scene.path("job/journal.redb"))
            .unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
}

/// The connections of a transfer write into the journal from tasks of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_that_fails_leaves_nobody_at_work() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 120, 7).await;
    let scene = Scene::new();
    scene.head("job");
    let server = |port| {
        let password = SecretRef::File(scene.path("password"));
        let endpoint = Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{port}")).unwrap();
        ImapServer::new(endpoint, Login::password("anna", password))
    };
    for round in 0..12 {
        let journal = Breaking::after(2 + round);
        let left = Arc::downgrade(&journal);
        let migration = Migration::builder("closed", scene.path("job"), directory(&scene))
            .mail(
                sources::ImapSource::new(server(source.port())),
                targets::ImapTarget::new(server(target.port())),
            )
            .journal(journal)
            .build();
        let error = migration.run(&CancellationToken::new()).await.unwrap_err();
        drop(migration);
        assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
        assert_eq!(Weak::strong_count(&left), 0, "round {round}");
    }
}

/// The same where the target changes what it stores: known by what it keeps, and not sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_arrived_changed_is_not_sent_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let front = Front::builder(server.port()).alter_text_one_in(1).start();
    let scene = Scene::new();
    scene.head("job");
    let letter = |number: u32| {
        let hour = 10 + number / 2;
        format!(
            "From a@b Mon Jan  1 {hour}:00:00 2024\nFrom: a@b.test\nSubject: letter\n\nbody {number} x\n\n"
        )
    };
    scene.write("mail/anna/INBOX.mbox", (1..=6).map(letter).collect::<String>());
    let run = async |journal: Arc<Breaking>, user: &str| {
        let password = SecretRef::File(scene.path("password"));
        let endpoint =
            Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{}", front.port())).unwrap();
        let target = ImapServer::new(endpoint, Login::password(user, password));
        Migration::builder("changed", scene.path(user), directory(&scene))
            .mail(
                sources::MailFiles::new("mail/{alias}", scene.root.path()),
                targets::ImapTarget::new(target),
            )
            .journal(journal)
            .build()
            .run(&CancellationToken::new())
            .await
    };
    let clean = run(Breaking::after(u32::MAX), "clean").await.unwrap();
    // The folder's name, and the intent.
    let journal = Breaking::after(2);
    run(journal.clone(), "broken").await.unwrap_err();
    journal.mend();
    let report = run(journal, "broken").await.unwrap();
    assert_eq!(counts(&report, Entity::Mail).manual, 6, "{report:?}");
    assert_eq!(counts(&clean, Entity::Mail).manual, 6, "{clean:?}");
    for user in ["clean", "broken"] {
        let mut client = Client::login(server.port(), user, Dovecot::password()).unwrap();
        assert_eq!(client.messages("INBOX").unwrap().len(), 6, "{user}");
    }
}

/// A batch that arrived, and of which the journal was not told any more.
#[tokio::test]
async fn what_arrived_is_found_again_with_its_octets() {
    let scene = Scene::new();
    scene.head("job");
    let letter = |number: u32| {
        let body = "x".repeat(100 * number as usize);
        format!("From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: {number}\n\n{body}\n\n")
    };
    scene.write("mail/anna/INBOX.mbox", (1..=5).map(letter).collect::<String>());
    let out = scene.path("job");
    let run = async |journal: Arc<Breaking>, out: &std::path::Path| {
        Migration::builder("found", out, directory(&scene))
            .mail(
                sources::MailFiles::new("mail/{alias}", scene.root.path()),
                targets::Bundle::new(out),
            )
            .journal(journal)
            .build()
            .run(&CancellationToken::new())
            .await
    };
    let clean = run(Breaking::after(u32::MAX), &scene.path("clean"))
        .await
        .unwrap();
    // The folder's name, and the intent.
    let journal = Breaking::after(2);
    let error = run(journal.clone(), &out).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    journal.mend();
    let found = run(journal, &out).await.unwrap();
    let mail = counts(&found, Entity::Mail);
    assert_eq!((mail.source, mail.moved, mail.present), (5, 5, 0));
    let bytes = |report: &tegu_migrate::Report| report.entity(Entity::Mail).unwrap().bytes;
    assert!(bytes(&clean) > 1_500);
    assert_eq!(bytes(&found), bytes(&clean));
    let mbox = std::fs::read(scene.path("job/mail/anna@example.test/INBOX.mbox")).unwrap();
    assert_eq!(
        mbox,
        std::fs::read(scene.path("clean/mail/anna@example.test/INBOX.mbox")).unwrap()
    );
}

/// Messages from files to an IMAP server that may change them.
async fn upload(
    scene: &Scene,
    port: u16,
    journal: Arc<Breaking>,
) -> tegu_migrate::Result<tegu_migrate::Report> {
    let mut policy = Policy::default();
    policy.accept.insert("MAIL-ALTERED".into());
    let server = ImapServer::new(
        Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{port}")).unwrap(),
        Login::password("anna", SecretRef::File(scene.path("password"))),
    );
    Migration::builder("found", scene.path("job"), directory(scene))
        .mail(
            sources::MailFiles::new("mail/{alias}", scene.root.path()),
            targets::ImapTarget::new(server),
        )
        .policy(policy)
        .journal(journal)
        .build()
        .run(&CancellationToken::new())
        .await
}

/// The same where the operator accepted that the target changes messages: their digests say nothing then. Cyrus puts an X in
/// place of each octet above 127 in a header.
#[tokio::test]
async fn what_arrived_changed_is_found_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Cyrus::start();
    target.add_user("anna");
    let scene = Scene::new();
    scene.head("job");
    for (number, subject) in [&b"plain"[..], b"caf\xe9", b"th\xe9", b"also plain"]
        .iter()
        .enumerate()
    {
        let date = format!("\r\nDate: Mon, 1 Jan 2024 00:00:0{number} +0000\r\n\r\ntext\r\n");
        let content = [b"From: a@b.test\r\nSubject: ", *subject, date.as_bytes()].concat();
        scene.write(&format!("mail/anna/INBOX/{number}.eml"), content);
    }
    let run = async |journal| upload(&scene, target.port(), journal).await;
    // The folder's name, and the intent.
    let journal = Breaking::after(2);
    let error = run(journal.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert_eq!(
        oracle::mailbox(target.port(), "anna")["INBOX"].len(),
        4,
        "all have arrived"
    );
    journal.mend();
    for _ in 0..2 {
        let report = run(journal.clone()).await.unwrap();
        let mail = counts(&report, Entity::Mail);
        assert_eq!(
            (mail.source, mail.moved, mail.present, mail.manual),
            (4, 4, 0, 0),
            "{:#?}",
            report.worklist
        );
        assert_eq!(
            oracle::mailbox(target.port(), "anna")["INBOX"].len(),
            4,
            "and none twice"
        );
    }
}

/// A server goes on with what a lost connection had sent: half a batch stands there when the next run looks, and the rest comes
/// a little later.
#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_late_is_waited_for() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Dovecot::start();
    let scene = Scene::new();
    scene.head("job");
    let letter = |number: u32| {
        format!(
            "From: a@b.test\r\nSubject: {number}\r\nDate: Mon, 1 Jan 2024 00:00:0{number} +0000\r\n\r\ntext\r\n"
        )
    };
    for number in 0..4 {
        scene.write(&format!("mail/anna/INBOX/{number}.eml"), letter(number));
    }
    let journal = Breaking::after(2);
    let error = upload(&scene, target.port(), journal.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    journal.mend();
    let mut client = Client::login(target.port(), "anna", Dovecot::password()).unwrap();
    client.select("INBOX").unwrap();
    client.command("STORE 3:4 +FLAGS.SILENT (\\Deleted)").unwrap();
    client.command("EXPUNGE").unwrap();
    let late = thread::spawn(move || {
        thread::sleep(Duration::from_millis(400));
        for number in 2..4 {
            let date = format!(" 1-Jan-2024 00:00:0{number} +0000");
            client
                .append("INBOX", "", Some(&date), letter(number).as_bytes())
                .unwrap();
        }
    });
    let report = upload(&scene, target.port(), journal).await.unwrap();
    late.join().unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!(
        (mail.source, mail.moved, mail.present),
        (4, 4, 0),
        "{:#?}",
        report.worklist
    );
    assert_eq!(oracle::mailbox(target.port(), "anna")["INBOX"].len(), 4);
}
