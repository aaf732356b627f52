//! The mailboxes change: between passes and during the copy.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{Random, assert_same, count, difference, fill, holdings};

fn login(server: &Dovecot, user: &str) -> Client {
    Client::login(server.port(), user, Dovecot::password()).unwrap()
}

/// Gives a folder another UIDVALIDITY, and its messages other UIDs in another order.
fn renew(client: &mut Client, folder: &str) {
    let wire = tegu_testkit::imap::wire_name(folder);
    client.create("renewed").unwrap();
    client.select(folder).unwrap();
    // Every other message first.
    let uids: Vec<String> = client
        .messages(folder)
        .unwrap()
        .iter()
        .map(|held| held.uid.to_string())
        .collect();
    let half: Vec<&str> = uids.iter().step_by(2).map(String::as_str).collect();
    let rest: Vec<&str> = uids.iter().skip(1).step_by(2).map(String::as_str).collect();
    for set in [half, rest].iter().filter(|set| !set.is_empty()) {
        client
            .command(&format!("UID COPY {} renewed", set.join(",")))
            .unwrap();
    }
    client.command("UNSELECT").unwrap();
    client.command(&format!("DELETE {wire}")).unwrap();
    client.command(&format!("RENAME renewed {wire}")).unwrap();
}

const RENEWED: [&str; 3] = [
    "Sent Items",
    "Projects/Alpha (old) [v1.0]/Сводка \"Ё\"",
    "Архив/2023/Отчёты & сметы",
];

#[test]
fn uids_become_void_between_passes() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let mut client = login(&source, "anna");
    fill(&mut client, 300, 10_000);
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path());
    copier.complete();
    let mut owner = login(&target, "anna");
    for (what, client) in [("source", &mut client), ("target", &mut owner)] {
        for folder in RENEWED {
            renew(client, folder);
        }
        let held = holdings(source.port(), "anna");
        let outcome = copier.complete();
        assert_eq!(outcome.count("moved"), 0, "{what}: {outcome:?}");
        assert_eq!(outcome.count("present"), count(&held), "{what}: {outcome:?}");
        assert_same(&held, &holdings(target.port(), "anna"), what);
    }
    // And a lost ledger is no reason to copy again.
    std::fs::rename(&copier.ledger, dir.path().join("lost")).unwrap();
    let outcome = copier.complete();
    assert_eq!(outcome.count("moved"), 0, "{outcome:?}");
    let held = holdings(source.port(), "anna");
    assert_same(&held, &holdings(target.port(), "anna"), "without a ledger");
}

/// A first run onto a half-filled target: what stands there is found, duplicates as often as they are.
#[test]
fn half_of_it_is_there_already() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 300, 10_000);
    // The same corpus, and so the first half of the source's messages.
    fill(&mut login(&target, "anna"), 150, 10_000);
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path());
    let held = holdings(source.port(), "anna");
    let outcome = copier.complete();
    assert_eq!(
        (outcome.count("present"), outcome.count("moved")),
        (150, 150),
        "{outcome:?}"
    );
    assert_same(&held, &holdings(target.port(), "anna"), "half-filled");
}

/// Mail comes, goes and changes flags while it is copied. What is there in the end is on the target; what the target has
/// beyond that was on the source once.
#[test]
fn the_source_changes_during_the_copy() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 300, 10_000);
    let before = holdings(source.port(), "anna");
    let proxy = Proxy::start(
        ([127, 0, 0, 1], source.port()).into(),
        Fault::Delay(Duration::from_millis(3)),
    );
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(proxy.port(), target.port(), dir.path());
    let stop = AtomicBool::new(false);
    let added = thread::scope(|scope| {
        let life = scope.spawn(|| {
            let mut client = login(&source, "anna");
            let mut random = Random::new(5);
            let mut added = 0;
            let folders = ["INBOX", "Sent Items", "Архив"];
            while !stop.load(Ordering::SeqCst) {
                let folder = folders[random.range(0, 3) as usize];
                let text = format!("Subject: new {added}\r\nMessage-ID: <new-{added}@x>\r\n\r\nnew\r\n");
                client.append(folder, "", None, text.as_bytes()).unwrap();
                added += 1;
                client.select(folder).unwrap();
                let at = random.range(1, 20);
                client
                    .command(&format!("UID STORE {at} +FLAGS.SILENT (\\Flagged touched)"))
                    .unwrap();
                client
                    .command(&format!(
                        "UID STORE {} +FLAGS.SILENT (\\Deleted)",
                        random.range(1, 60)
                    ))
                    .unwrap();
                client.command("EXPUNGE").unwrap();
                thread::sleep(Duration::from_millis(10));
            }
            added
        });
        let outcome = finish(copier.start());
        stop.store(true, Ordering::SeqCst);
        assert!(matches!(outcome.code, Some(0 | 4)), "{outcome:?}");
        life.join().unwrap()
    });
    assert!(added > 5, "{added}");
    copier.complete();
    let after = holdings(source.port(), "anna");
    let there = holdings(target.port(), "anna");
    let (lost, extra) = difference(&after, &there);
    assert_eq!(lost, [], "{} messages are lost", lost.len());
    for (folder, held) in extra {
        let once = before
            .get(&folder)
            .into_iter()
            .flatten()
            .any(|old| old.digest == held.digest);
        let new = held.octets < 100;
        assert!(once || new, "{folder}: {held:?} was never on the source");
        let on_both = |holdings: &tegu_testkit::imap::Holdings| {
            holdings[&folder]
                .iter()
                .filter(|other| other.digest == held.digest)
                .count()
        };
        let (most, now) = (on_both(&before).max(on_both(&after)).max(1), on_both(&there));
        assert!(now <= most, "{folder}: {now} times instead of {most}: {held:?}");
    }
}
