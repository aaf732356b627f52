//! From the stand-in for Exchange, and to it.

use std::time::Duration;

use tegu_testkit::exchange::Kind;
use tegu_testkit::imap::{Client, Held, Holdings};
use tegu_testkit::proxy::{Direction, Fault, Proxy};
use tegu_testkit::{Dovecot, Exchange, ExchangeBuilder, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{Random, assert_same, count, difference, fill, holdings};

const SENT: &str = "Отправленные";
const QUOTED: &str = "Проекты/Сводка \"Ё\" & \\ косая";

fn message(number: usize) -> Vec<u8> {
    format!(
        "From: anna@corp.example\r\nMessage-ID: <{number}@corp.example>\r\nDate: Mon, 1 Jan 2024 12:00:00 +0300\r\n\
         Subject: {number}\r\n\r\n{}",
        "line\r\n".repeat(number % 700)
    )
    .into_bytes()
}

/// Fills three folders, and returns what is to arrive.
fn filled(builder: ExchangeBuilder, count: usize) -> (Exchange, Holdings) {
    let exchange = builder.start();
    let folders = ["INBOX", SENT, QUOTED];
    for number in 0..count {
        let date = format!("{:02}-Feb-2021 10:{:02}:00 +0300", number % 28 + 1, number % 60);
        let flags = ["\\Seen", "", "\\Seen $MDNSent", "\\Flagged \\Answered"][number % 4];
        exchange.deliver("anna", folders[number % 3], flags, Some(&date), &message(number));
        if number % 40 == 7 {
            // The same again.
            exchange.deliver("anna", folders[number % 3], flags, Some(&date), &message(number));
        }
    }
    let mail = exchange.holdings("anna");
    let mail = mail
        .into_iter()
        .filter(|(folder, _)| folders.contains(&folder.as_str()))
        .collect();
    (exchange, mail)
}

/// The folders of the source, as they are on the target.
fn of(target: &Holdings, source: &Holdings) -> Holdings {
    let found = |folder: &String| target.get(folder).cloned().unwrap_or_default();
    source
        .keys()
        .map(|folder| (folder.clone(), found(folder)))
        .collect()
}

fn all_its_ways() -> ExchangeBuilder {
    Exchange::builder().russian().literal_names()
}

#[test]
fn a_whole_mailbox_to_dovecot() {
    if skip_servers() {
        return;
    }
    let (exchange, mail) = filled(all_its_ways().throttle(40, Duration::from_millis(300)), 300);
    let target = Dovecot::start();
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(exchange.port(), target.port(), dir.path());
    let outcome = copier.complete();
    assert_eq!(outcome.count("moved"), count(&mail), "{outcome:?}");
    let there = holdings(target.port(), "anna");
    assert_same(&mail, &of(&there, &mail), "Exchange to Dovecot");
    // Folders that hold no mail do not come along.
    assert_eq!(count(&there), count(&mail), "{:?}", there.keys());
    assert!(!there.contains_key("Календарь"));
    let again = copier.complete();
    assert_eq!(
        (again.count("moved"), again.count("present")),
        (0, count(&mail)),
        "{again:?}"
    );
    assert_eq!(
        exchange.holdings("anna")[SENT],
        mail[SENT],
        "the source is as it was"
    );
    let told = (
        exchange.impatient(),
        exchange.closed_for_errors(),
        exchange.most_sessions() <= 16,
    );
    assert_eq!(told, (0, 0, true), "{:#?}", exchange.transcript());
}

/// Nothing that Exchange makes up is stored as mail, and mail without a date still arrives.
#[test]
fn items_that_cannot_be_had_are_left_to_a_person() {
    if skip_servers() {
        return;
    }
    let (exchange, mut mail) = filled(all_its_ways(), 60);
    let broken = [
        Kind::Placeholder,
        Kind::Silent,
        Kind::Placeholder,
        Kind::Silent,
        Kind::Silent,
    ];
    for (number, kind) in broken.into_iter().enumerate() {
        exchange.deliver_as(kind, "anna", "INBOX", "", None, &message(1000 + number));
        let held = exchange.deliver("anna", "INBOX", "", None, &message(2000 + number));
        let inbox = &exchange.holdings("anna")["INBOX"];
        mail.get_mut("INBOX")
            .unwrap()
            .extend(inbox.iter().filter(|item| item.uid == held).cloned());
    }
    for (number, kind) in [Kind::WithoutDate, Kind::NilDate].into_iter().enumerate() {
        exchange.deliver_as(kind, "anna", SENT, "\\Seen", None, &message(3000 + number));
    }
    let target = Dovecot::start();
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(exchange.port(), target.port(), dir.path());
    let outcome = copier.run();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert_eq!(
        (
            outcome.count("manual"),
            outcome.not_mail(),
            outcome.count("failed")
        ),
        (broken.len() + 5, 5, 0),
        "{outcome:?}"
    );
    let there = of(&holdings(target.port(), "anna"), &mail);
    let (lost, extra) = difference(&mail, &there);
    assert_eq!(lost, []);
    assert_eq!(extra.len(), 2, "{extra:?}");
    assert!(
        extra
            .iter()
            .all(|(folder, held)| folder == SENT && held.flags.contains("\\seen")),
        "{extra:?}"
    );
    assert_eq!(exchange.closed_for_errors(), 0, "{:#?}", exchange.transcript());
    let again = copier.run();
    assert_eq!(
        (again.count("moved"), again.count("manual") - again.not_mail()),
        (0, broken.len()),
        "{again:?}"
    );
}

/// Each rendering of a message has other octets; a lost ledger and a void UIDVALIDITY bring nothing twice all the same.
#[test]
fn renderings_and_uids_change() {
    if skip_servers() {
        return;
    }
    let (exchange, mail) = filled(all_its_ways().rerender(), 120);
    let target = Dovecot::start();
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(exchange.port(), target.port(), dir.path());
    copier.complete();
    let first = holdings(target.port(), "anna");
    assert_eq!(count(&first), count(&mail));
    for folder in ["INBOX", SENT, QUOTED] {
        exchange.renumber("anna", folder);
    }
    let outcome = copier.complete();
    assert_eq!(
        (outcome.count("moved"), outcome.count("present")),
        (0, count(&mail)),
        "{outcome:?}"
    );
    std::fs::rename(&copier.ledger, dir.path().join("lost")).unwrap();
    let outcome = copier.complete();
    assert_eq!(
        (outcome.count("moved"), outcome.count("present")),
        (0, count(&mail)),
        "{outcome:?}"
    );
    assert_same(&first, &holdings(target.port(), "anna"), "nothing twice");
}

#[test]
fn cut_throttled_and_killed() {
    if skip_servers() {
        return;
    }
    let (exchange, mail) = filled(all_its_ways().throttle(60, Duration::from_millis(200)), 240);
    let target = Dovecot::start();
    let proxy = Proxy::start(([127, 0, 0, 1], exchange.port()).into(), Fault::None);
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(proxy.port(), target.port(), dir.path());
    let mut random = Random::new(9);
    for _ in 0..15 {
        proxy.set(Fault::CutAfter {
            bytes: random.range(1000, 150_000),
            direction: Direction::ToClient,
        });
        let mut child = copier.start();
        std::thread::sleep(Duration::from_millis(random.range(20, 500)));
        child.kill().unwrap();
        finish(child);
    }
    proxy.set(Fault::None);
    copier.complete();
    assert_same(
        &mail,
        &of(&holdings(target.port(), "anna"), &mail),
        "after kills and cuts",
    );
}

/// As a target it refuses what is too large, keeps no keywords, and finds no words for a full mailbox.
#[test]
fn as_a_target() {
    if skip_servers() {
        return;
    }
    let source = Dovecot::start();
    let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, 150, 20_000);
    let held = holdings(source.port(), "anna");
    let exchange = Exchange::builder().append_limit(15_000).start();
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), exchange.port(), dir.path());
    let outcome = copier.run();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert_eq!(
        (outcome.total(), outcome.count("failed")),
        (150, 0),
        "{outcome:?}"
    );
    let too_large = held
        .values()
        .flatten()
        .filter(|held| held.octets > 15_000)
        .count();
    assert!(outcome.count("manual") >= too_large, "{outcome:?}");
    let there = exchange.holdings("anna");
    let stored: usize = there
        .values()
        .flatten()
        .filter(|item| item.octets <= 15_000 && item.octets > 0)
        .count();
    assert!(stored >= outcome.count("moved"), "{outcome:?}");
    // Whatever is there, is there as often as on the source at the most.
    for (folder, messages) in &there {
        for item in messages {
            let times = |messages: &[Held]| {
                messages
                    .iter()
                    .filter(|other| other.digest == item.digest)
                    .count()
            };
            let on_source: usize = held.values().map(|messages| times(messages)).sum();
            // What the stand-in itself put into its calendar is not ours.
            if on_source > 0
                || !["Calendar", "Contacts", "Tasks", "Notes", "Journal"].contains(&folder.as_str())
            {
                assert!(times(messages) <= on_source, "{folder}: {item:?}");
            }
        }
    }
    let again = copier.run();
    assert_eq!(again.count("moved"), 0, "{again:?}");

    let full = Exchange::builder().quota(200_000).start();
    let mut copier = Copier::new(source.port(), full.port(), dir.path());
    copier.ledger = dir.path().join("full");
    let outcome = copier.run();
    assert!(matches!(outcome.code, Some(3 | 4)), "{outcome:?}");
    assert_eq!(outcome.total(), 150, "{outcome:?}");
    assert!(
        outcome.count("failed") + outcome.count("manual") > 20,
        "{outcome:?}"
    );
}
