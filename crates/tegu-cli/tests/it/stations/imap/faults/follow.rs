//! Later passes: what is new, what changed, and what the owner of the target removed.

use tegu_testkit::imap::{Client, Holdings};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::Copier;
use super::mail::{assert_same, count, fill, holdings};

fn without(mut holdings: Holdings, folder: &str, gone: &[u32]) -> Holdings {
    holdings
        .get_mut(folder)
        .unwrap()
        .retain(|held| !gone.contains(&held.uid));
    holdings
}

#[test]
fn passes_follow_the_source() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let login = |server: &Dovecot| Client::login(server.port(), "anna", Dovecot::password()).unwrap();
    let mut client = login(&source);
    fill(&mut client, 300, 10_000);
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path());
    copier.complete();

    // The person reads, marks and unmarks, and gets mail.
    client.select("INBOX").unwrap();
    client
        .command("UID STORE 1:20 -FLAGS.SILENT (\\Seen \\Flagged)")
        .unwrap();
    client
        .command("UID STORE 10:30 +FLAGS.SILENT (\\Answered done)")
        .unwrap();
    client.select("Архив").unwrap();
    client.command("UID STORE 1:* FLAGS.SILENT ()").unwrap();
    client
        .append(
            "Архив",
            "\\Seen",
            Some(" 1-Jan-2024 03:00:00 +0300"),
            b"Subject: new\r\n\r\nnew\r\n",
        )
        .unwrap();
    client.create("Новая \"папка\"").unwrap();
    client
        .append("Новая \"папка\"", "", None, b"\r\nno header\r\n")
        .unwrap();
    let outcome = copier.complete();
    assert_eq!(outcome.count("moved"), 2, "{outcome:?}");
    let held = holdings(source.port(), "anna");
    assert_same(&held, &holdings(target.port(), "anna"), "flags and new mail");

    // The owner of the target removes two, and keeps a third with a flag of his own.
    let mut owner = login(&target);
    let inbox = owner.messages("INBOX").unwrap();
    let gone = &inbox[5..7];
    owner.select("INBOX").unwrap();
    owner
        .command(&format!(
            "UID STORE {}:{} +FLAGS.SILENT (\\Deleted)",
            gone[0].uid, gone[1].uid
        ))
        .unwrap();
    owner
        .command(&format!("UID EXPUNGE {}:{}", gone[0].uid, gone[1].uid))
        .unwrap();
    let before = holdings(target.port(), "anna");
    for _ in 0..2 {
        let outcome = copier.complete();
        assert_eq!(outcome.count("moved"), 0, "{outcome:?}");
        assert_eq!(outcome.total(), count(&held), "{outcome:?}");
        assert_same(&before, &holdings(target.port(), "anna"), "removed by the owner");
    }

    // What the source removes stays, unless deletions are asked for.
    client.select("Sent Items").unwrap();
    client.command("UID STORE 3:4 +FLAGS.SILENT (\\Deleted)").unwrap();
    client.command("UID EXPUNGE 3:4").unwrap();
    copier.complete();
    assert_same(
        &before,
        &holdings(target.port(), "anna"),
        "deletions were not asked for",
    );
    let outcome = copier.with(&["--propagate-deletions"]).run();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    // UIDs on the target are those of the source here: it was copied in order.
    let expected = without(before, "Sent Items", &[3, 4]);
    assert_eq!(count(&expected), count(&holdings(target.port(), "anna")));
    assert_same(
        &expected,
        &holdings(target.port(), "anna"),
        "deletions were asked for",
    );
}

#[test]
fn a_dry_run_changes_nothing_and_plans_what_a_run_does() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(
        &mut Client::login(source.port(), "anna", Dovecot::password()).unwrap(),
        100,
        5_000,
    );
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path());
    let planned = copier.clone().with(&["--dry-run"]).run();
    assert_eq!(planned.code, Some(0), "{planned:?}");
    let there = holdings(target.port(), "anna");
    assert_eq!((there.len(), count(&there)), (1, 0), "{there:?}");
    assert!(planned.json.contains("100"), "{planned:?}");
    assert_eq!(copier.complete().count("moved"), 100);
}
