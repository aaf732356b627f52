//! The target refuses: for lack of room, and one message in fifty.

use tegu_testkit::front::{Front, is_refused};
use tegu_testkit::imap::{Client, Holdings};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::Copier;
use super::mail::{assert_same, count, difference, fill, holdings};

#[test]
fn out_of_quota_half_way() {
    if skip_servers() {
        return;
    }
    let source = Dovecot::start();
    let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, 400, 20_000);
    let held = holdings(source.port(), "anna");
    let octets: u64 = held.values().flatten().map(|held| held.octets).sum();
    let half = octets / 2;
    let mut target = Dovecot::builder().quota(half).start();
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), target.port(), dir.path());
    let outcome = copier.run();
    assert!(matches!(outcome.code, Some(3 | 4)), "{outcome:?}");
    assert_eq!(outcome.total(), 400, "{outcome:?}");
    let there = holdings(target.port(), "anna");
    let (lost, extra) = difference(&held, &there);
    assert_eq!(extra, []);
    assert_eq!(outcome.count("moved"), count(&there));
    assert_eq!(outcome.count("failed") + outcome.count("manual"), lost.len());
    assert!(count(&there) > 50, "{outcome:?}");
    // The administrator makes room.
    let config = std::fs::read_to_string(target.config_file()).unwrap();
    let roomy = config.replace(&format!("bytes={half}"), &format!("bytes={}", octets * 4));
    assert_ne!(roomy, config);
    std::fs::write(target.config_file(), roomy).unwrap();
    target.restart();
    copier.complete();
    let there = holdings(target.port(), "anna");
    assert_same(&held, &there, "with room");
    let order = |holdings: &Holdings, folder: &str| {
        let messages = holdings[folder].iter();
        messages.map(|message| message.digest).collect::<Vec<_>>()
    };
    for folder in held.keys() {
        assert!(
            order(&held, folder) == order(&there, folder),
            "{folder} is out of order"
        );
    }
}

/// Each refused message is told, and no other suffers; once the target takes them, they arrive.
#[test]
fn no_to_one_in_fifty() {
    if skip_servers() {
        return;
    }
    let source = Dovecot::start();
    let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, 600, 8_000);
    let held = holdings(source.port(), "anna");
    let refused = |octets: &[u8; 32]| {
        let number = octets[..8]
            .iter()
            .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        number.is_multiple_of(50)
    };
    assert_eq!(is_refused(b"", 50), refused(blake3::hash(b"").as_bytes()));
    let without_refused = |holdings: &Holdings| -> Holdings {
        let keep = |messages: &Vec<_>| -> Vec<tegu_testkit::imap::Held> {
            let messages: &Vec<tegu_testkit::imap::Held> = messages;
            messages
                .iter()
                .filter(|held| !refused(&held.digest))
                .cloned()
                .collect()
        };
        holdings
            .iter()
            .map(|(folder, messages)| (folder.clone(), keep(messages)))
            .collect()
    };
    let wanted = without_refused(&held);
    let poisoned = count(&held) - count(&wanted);
    assert!(poisoned >= 4, "{poisoned}");
    let dir = tempfile::tempdir().unwrap();
    for (round, without) in [
        &[][..],
        &["MULTIAPPEND"],
        &["MULTIAPPEND", "LITERAL+"],
        &["UIDPLUS"],
    ]
    .into_iter()
    .enumerate()
    {
        let target = Dovecot::start();
        let mut front = Front::builder(target.port()).refuse_one_in(50);
        for capability in without {
            front = front.without(capability);
        }
        let front = front.start();
        let mut copier = Copier::new(source.port(), front.port(), dir.path());
        copier.ledger = dir.path().join(format!("ledger{round}"));
        let outcome = copier.run();
        assert!(matches!(outcome.code, Some(3 | 4)), "{outcome:?}");
        assert_eq!(
            outcome.count("manual") + outcome.count("failed"),
            poisoned,
            "{without:?}: {outcome:?}"
        );
        assert_eq!(outcome.total(), 600, "{outcome:?}");
        assert_same(
            &wanted,
            &holdings(target.port(), "anna"),
            &format!("without {without:?}"),
        );
        assert_eq!(front.violations(), [""; 0], "{without:?}");
        copier.to = target.port();
        let outcome = copier.complete();
        assert_eq!(outcome.count("moved"), poisoned, "{outcome:?}");
        assert_same(&held, &holdings(target.port(), "anna"), "without the front");
    }
}

/// Whatever the target lacks, the client does without.
#[test]
fn servers_that_can_less() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, 300, 20_000);
    let held = holdings(source.port(), "anna");
    let dir = tempfile::tempdir().unwrap();
    for (round, without) in [
        &["UIDPLUS"][..],
        &["MULTIAPPEND"],
        &["MULTIAPPEND", "LITERAL+"],
        &["MULTIAPPEND", "-"],
        &[
            "CONDSTORE",
            "QRESYNC",
            "ENABLE",
            "ESEARCH",
            "SPECIAL-USE",
            "NAMESPACE",
            "LIST-EXTENDED",
            "LIST-STATUS",
        ],
    ]
    .into_iter()
    .enumerate()
    {
        let fronts = [source.port(), target.port()].map(|port| {
            let mut front = Front::builder(port);
            for capability in without {
                front = if *capability == "-" {
                    front.small_literals_only()
                } else {
                    front.without(capability)
                };
            }
            front.start()
        });
        let mut copier = Copier::new(fronts[0].port(), fronts[1].port(), dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        copier.complete();
        for front in &fronts {
            assert_eq!(front.violations(), [""; 0], "{without:?}");
        }
        assert_same(
            &held,
            &holdings(target.port(), &copier.to_user),
            &format!("without {without:?}"),
        );
        assert_eq!(copier.complete().count("present"), 300);
    }
}
