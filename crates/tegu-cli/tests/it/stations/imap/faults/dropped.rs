//! Packets that are lost on their way, for seconds: TCP sends them again, also for a process that was killed meanwhile.

use std::process::Child;
use std::time::{Duration, Instant};

use tegu_testkit::cable::Cable;
use tegu_testkit::imap::Client;
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{assert_same, count, fill, holdings};

/// Starts a copy and lets it get so far, then loses its packets.
fn cut_off(cable: &Cable, copier: &Copier, octets: u64) -> Child {
    let before = cable.to_servers();
    let child = copier.start();
    let start = Instant::now();
    while cable.to_servers() - before < octets && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
    cable.cut();
    std::thread::sleep(Duration::from_millis(100));
    child
}

/// A copy is killed while its packets are lost, and started again when they arrive: each message is there once.
#[test]
fn packets_are_lost_and_come_late() {
    if skip_servers() {
        return;
    }
    let Some(cable) = Cable::lay() else { return };
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(
        &mut Client::login(source.port(), "anna", Dovecot::password()).unwrap(),
        200,
        20_000,
    );
    let held = holdings(source.port(), "anna");
    let (from, to) = (
        cable.serve(source.tls_port()),
        cable.serve_slowly(target.tls_port()),
    );
    let dir = tempfile::tempdir().unwrap();
    for (round, lost) in [3_000, 1_500, 5_000].into_iter().enumerate() {
        let mut copier = Copier::new(from.port(), to.port(), dir.path()).over(&cable, from.ip());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        copier.options = vec![
            "--wait",
            "20",
            "--connections",
            "2",
            "--late",
            "8000",
            "--insecure-tls",
        ];
        let mut child = cut_off(&cable, &copier, 300_000 + 200_000 * round as u64);
        child.kill().unwrap();
        finish(child);
        std::thread::sleep(Duration::from_millis(lost));
        let before = count(&holdings(target.port(), &copier.to_user));
        cable.mend();
        // In the first round nobody copies again before all can have come: something must come late by itself.
        if round == 0 {
            std::thread::sleep(Duration::from_millis(2 * lost));
            let after = count(&holdings(target.port(), &copier.to_user));
            assert!(after > before, "nothing came late, so nothing is tested");
        }
        let outcome = copier.run();
        assert_eq!(
            (outcome.code, outcome.count("manual"), outcome.count("failed")),
            (Some(0), 0, 0),
            "{outcome:?}"
        );
        let there = holdings(target.port(), &copier.to_user);
        assert_same(&held, &there, &format!("after {lost} ms"));
    }
}

/// The process lives on: it waits for its packets, or gives up and sends again.
#[test]
fn packets_are_lost_and_the_process_lives_on() {
    if skip_servers() {
        return;
    }
    let Some(cable) = Cable::lay() else { return };
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(
        &mut Client::login(source.port(), "anna", Dovecot::password()).unwrap(),
        200,
        20_000,
    );
    let held = holdings(source.port(), "anna");
    let (from, to) = (
        cable.serve(source.tls_port()),
        cable.serve_slowly(target.tls_port()),
    );
    let dir = tempfile::tempdir().unwrap();
    for (round, timeout) in ["2", "30"].into_iter().enumerate() {
        let mut copier = Copier::new(from.port(), to.port(), dir.path()).over(&cable, from.ip());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        copier.options = vec![
            "--wait",
            "50",
            "--late",
            "8000",
            "--insecure-tls",
            "--timeout",
            timeout,
        ];
        let child = cut_off(&cable, &copier, 400_000);
        std::thread::sleep(Duration::from_secs(3));
        cable.mend();
        let outcome = finish(child);
        assert_eq!(
            (outcome.code, outcome.count("manual"), outcome.count("failed")),
            (Some(0), 0, 0),
            "{outcome:?}"
        );
        let there = holdings(target.port(), &copier.to_user);
        assert_same(&held, &there, &format!("with a time-out of {timeout} s"));
    }
}
