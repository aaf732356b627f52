//! Deletions, where they are carried over: all of what the job put there, and nothing else.

use std::time::{Duration, Instant};

use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{assert_same, fill, holdings};

fn login(server: &Dovecot, user: &str) -> Client {
    Client::login(server.port(), user, Dovecot::password()).unwrap()
}

/// Its owner deletes what was on its way when the copier was killed.
#[test]
fn what_was_on_its_way_and_is_deleted_leaves_the_target_too() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let proxy = Proxy::start(([127, 0, 0, 1], target.port()).into(), Fault::None);
    let dir = tempfile::tempdir().unwrap();
    let mut removed = 0;
    for round in 0..4 {
        let mut client = login(&source, &format!("source{round}"));
        fill(&mut client, 120, 8_000);
        let mut copier =
            Copier::new(source.port(), proxy.port(), dir.path()).with(&["--propagate-deletions"]);
        copier.from_user = format!("source{round}");
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        proxy.set(Fault::Delay(Duration::from_millis(10)));
        let mut child = copier.start();
        let before = proxy.bytes_to_server();
        let start = Instant::now();
        while proxy.bytes_to_server() - before < 120_000 && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        finish(child);
        proxy.set(Fault::None);
        std::thread::sleep(Duration::from_millis(100));
        // Half of the mail goes.
        for folder in client.folders().unwrap() {
            client.select(&folder).unwrap();
            for held in client.messages(&folder).unwrap().iter().step_by(2) {
                let command = format!("UID STORE {} +FLAGS.SILENT (\\Deleted)", held.uid);
                client.command(&command).unwrap();
            }
            client.command("EXPUNGE").unwrap();
        }
        let outcome = copier.complete();
        removed += outcome.json.matches("\"removed\":0").count();
        let held = holdings(source.port(), &copier.from_user);
        let there = holdings(target.port(), &copier.to_user);
        assert_same(&held, &there, &format!("round {round}"));
    }
    assert!(removed > 0);
}

/// What was on the target before the job stays there, though the source had it and lost it.
#[test]
fn what_was_there_before_the_job_is_never_removed() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let letter = |number: u32| format!("Message-ID: <{number}@x>\r\nSubject: {number}\r\n\r\ntext\r\n");
    let (mut from, mut to) = (login(&source, "anna"), login(&target, "anna"));
    for number in 0..6 {
        from.append("INBOX", "", None, letter(number).as_bytes()).unwrap();
    }
    for number in 0..3 {
        to.append("INBOX", "", None, letter(number).as_bytes()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path()).with(&["--propagate-deletions"]);
    let outcome = copier.complete();
    assert_eq!((outcome.count("present"), outcome.count("moved")), (3, 3));
    from.select("INBOX").unwrap();
    from.command("STORE 1:* +FLAGS.SILENT (\\Deleted)").unwrap();
    from.command("EXPUNGE").unwrap();
    copier.complete();
    let there = to.messages("INBOX").unwrap();
    assert_eq!(there.len(), 3, "{there:?}");
    copier.complete();
    assert_eq!(to.messages("INBOX").unwrap().len(), 3);
}
