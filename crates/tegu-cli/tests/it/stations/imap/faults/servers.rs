//! Dovecot and Cyrus, in both directions.

use tegu_testkit::imap::{Client, Held, Holdings};
use tegu_testkit::{Cyrus, Dovecot, skip_servers};

use super::copier::Copier;
use super::mail::{assert_same, count, difference, fill, holdings};

/// Cyrus takes no message without a proper header, and by default overwrites 8-bit octets in headers: those are left to a
/// person, and all others arrive.
#[test]
fn dovecot_to_cyrus() {
    if skip_servers() {
        return;
    }
    for classic in [false, true] {
        let source = Dovecot::start();
        let target = if classic {
            Cyrus::builder().classic_namespace()
        } else {
            Cyrus::builder()
        }
        .start();
        let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
        fill(&mut client, 300, 20_000);
        let held = holdings(source.port(), "anna");
        let dir = tempfile::tempdir().unwrap();
        let copier = Copier::new(source.port(), target.port(), dir.path());
        let outcome = copier.run();
        assert_eq!(outcome.code, Some(3), "{outcome:?}");
        assert_eq!(
            (outcome.count("failed"), outcome.total()),
            (0, 300),
            "{outcome:?}"
        );
        // Cyrus allows neither quotes nor percent signs in names, and in the classic namespace its own delimiter and prefix.
        let by_name = |holdings: Holdings| -> Holdings {
            let level = |name: String| {
                let name = name.replace(['"', '%'], "_");
                match name.strip_prefix("INBOX.").filter(|_| classic) {
                    Some(below) => below.replace('.', "/"),
                    None if classic => name.replace('.', "_"),
                    None => name,
                }
            };
            holdings
                .into_iter()
                .map(|(name, messages)| (level(name), messages))
                .collect()
        };
        let (held, there) = (by_name(held), by_name(holdings(target.port(), "anna")));
        let (lost, extra) = difference(&held, &there);
        assert_eq!(extra, [], "classic {classic}");
        assert_eq!(
            outcome.count("manual"),
            lost.len(),
            "classic {classic}: {outcome:?}"
        );
        assert!(lost.len() < 60, "{} are left to a person", lost.len());
        let again = copier.run();
        assert_eq!(
            (again.count("moved"), again.count("manual")),
            (0, lost.len()),
            "{again:?}"
        );
        assert_eq!(again.count("present"), count(&there));
    }
}

#[test]
fn cyrus_to_dovecot() {
    if skip_servers() {
        return;
    }
    let source = Cyrus::builder().config("munge8bit: no").start();
    let target = Dovecot::start();
    let mut client = Client::login(source.port(), "anna", Cyrus::password()).unwrap();
    let mut sent = 0;
    // It allows neither.
    let name = |folder: &str| folder.replace(['"', '%'], "_");
    for folder in tegu_testkit::corpus::folders().filter(|folder| *folder != "INBOX") {
        client.create(&name(folder)).unwrap();
    }
    for message in tegu_testkit::corpus::Corpus::new(11)
        .max_size(20_000)
        .messages(300)
    {
        let flags: Vec<&str> = message.flags.iter().chain(&message.keywords).copied().collect();
        let date = message.internal_date.imap();
        // What Cyrus refuses is not on the source.
        sent += usize::from(
            client
                .append(
                    &name(message.folder),
                    &flags.join(" "),
                    Some(&date),
                    &message.bytes,
                )
                .is_ok(),
        );
    }
    let held = holdings(source.port(), "anna");
    assert_eq!(count(&held), sent);
    assert!(sent > 250, "{sent}");
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path());
    let outcome = copier.complete();
    assert_eq!(outcome.count("moved"), sent, "{outcome:?}");
    assert_same(&held, &holdings(target.port(), "anna"), "Cyrus to Dovecot");
    assert_same(&held, &holdings(source.port(), "anna"), "the source is as it was");
    assert_eq!(copier.complete().count("present"), sent);
    // Flags follow with CONDSTORE.
    client.select("INBOX").unwrap();
    client
        .command("UID STORE 1:9 FLAGS.SILENT (\\Flagged touched)")
        .unwrap();
    copier.complete();
    assert_same(
        &holdings(source.port(), "anna"),
        &holdings(target.port(), "anna"),
        "with changed flags",
    );
    let flagged = |held: &&Held| held.flags.contains("touched");
    let touched = holdings(target.port(), "anna")["INBOX"]
        .iter()
        .filter(flagged)
        .count();
    assert!(touched >= 5, "{touched}");
}
