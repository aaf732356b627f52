//! Targets that change messages, and a copier that is killed: no message is stored twice, and each ends as in a run that
//! was not killed.

use std::time::Duration;

use tegu_testkit::front::Front;
use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, Outcome, finish};
use super::mail::{Random, count, fill, holdings};

/// How many messages ended so; what an earlier run moved is present to this one.
fn states(outcome: &Outcome) -> [usize; 3] {
    [
        outcome.count("moved") + outcome.count("present"),
        outcome.count("manual"),
        outcome.count("failed"),
    ]
}

/// Kills copies at random instants. The states of each are those of one that was not killed.
fn killed(seed: u64, verify: &'static str, fill: impl Fn(&mut Client), front: impl Fn(u16) -> Front) {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut Client::login(source.port(), "anna", Dovecot::password()).unwrap());
    let held = count(&holdings(source.port(), "anna"));
    let front = front(target.port());
    let delay = Fault::Delay(Duration::from_millis(2));
    let proxy = Proxy::start(([127, 0, 0, 1], front.port()).into(), delay);
    let dir = tempfile::tempdir().unwrap();
    let copier = |name: &str| {
        let mut copier = Copier::new(source.port(), proxy.port(), dir.path()).with(&["--verify", verify]);
        copier.to_user = name.to_owned();
        copier.ledger = dir.path().join(name);
        copier
    };
    let start = std::time::Instant::now();
    let clean = states(&copier("clean").run());
    let whole = start.elapsed();
    assert_eq!(clean.iter().sum::<usize>(), held);
    let mut random = Random::new(seed);
    for round in 0..4 {
        let copier = copier(&format!("killed{round}"));
        for _ in 0..=round % 2 {
            let mut child = copier.start();
            std::thread::sleep(Duration::from_micros(
                random.range(whole.as_micros() as u64 / 5, whole.as_micros() as u64),
            ));
            child.kill().unwrap();
            finish(child);
        }
        let outcome = copier.run();
        let there = count(&holdings(target.port(), &copier.to_user));
        assert_eq!(
            (states(&outcome), there),
            (clean, held),
            "round {round}: {outcome:?}"
        );
        // And nothing comes of another run.
        assert_eq!(states(&copier.run()), clean, "round {round}");
    }
}

/// One message in three is changed: each of them is for a person, whichever run stored it.
#[test]
fn what_a_killed_run_stored_is_proved_too() {
    let front = |port| Front::builder(port).alter_text_one_in(3).start();
    killed(
        31,
        "digest",
        |client| {
            fill(client, 300, 8_000);
        },
        front,
    );
}

/// Messages without Message-ID, all of which the target changes: known by what it keeps.
fn without_id(client: &mut Client) {
    client.create("Other").unwrap();
    for number in 0..160_u32 {
        let folder = ["INBOX", "Other"][number as usize % 2];
        let date = format!("{:02}-Jan-2020 10:{:02}:00 +0000", 1 + number % 20, number % 60);
        let header = format!("From: a{}@x.test\r\nSubject: report\r\n", number % 3);
        let sent = format!(
            "Date: Thu, {} Jan 2020 10:{:02}:00 +0000\r\n",
            1 + number % 20,
            number % 60
        );
        let sent = if number % 4 == 0 { "" } else { &sent };
        let octets = format!("{header}{sent}\r\ntext {number} {}\r\n", "y".repeat(3000));
        client.append(folder, "", Some(&date), octets.as_bytes()).unwrap();
    }
}

#[test]
fn changed_texts_are_recognised_without_a_message_id() {
    let front = |port| Front::builder(port).alter_text_one_in(1).start();
    killed(32, "digest", without_id, front);
}

#[test]
fn changed_headers_are_recognised_without_a_message_id() {
    let front = |port| Front::builder(port).alter_subject_one_in(1).start();
    killed(33, "size", without_id, front);
}
