//! Connections are cut, stall and lose answers.

use std::process::Child;
use std::time::{Duration, Instant};

use tegu_testkit::front::Front;
use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Direction, Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{Random, assert_same, count, fill, holdings, large};

const MESSAGES: usize = 300;

fn filled() -> Dovecot {
    let server = Dovecot::start();
    let mut client = Client::login(server.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, MESSAGES, 40_000);
    client.append("Архив", "\\Seen", None, &large(1)).unwrap();
    client.append("Projects", "", None, &large(2)).unwrap();
    server
}

fn proxy(server: &Dovecot, fault: Fault) -> Proxy {
    Proxy::start(([127, 0, 0, 1], server.port()).into(), fault)
}

/// Runs to the end, however many runs it takes; each must either finish or say that something is left.
fn to_the_end(copier: &Copier) {
    let codes: Vec<Option<i32>> = (0..10)
        .map(|_| copier.run().code)
        .take_while(|code| *code != Some(0))
        .collect();
    assert!(codes.len() < 10, "{codes:?}");
}

/// Calls `act` again and again while the copier runs, for `time` at the longest.
fn while_running(child: &mut Child, time: Duration, mut act: impl FnMut()) {
    let start = Instant::now();
    while start.elapsed() < time && child.try_wait().unwrap().is_none() {
        act();
    }
}

/// Each connection of either side ends after another number of octets, in either direction: in greetings, commands, lists,
/// literals, between a batch and its answer.
#[test]
fn cut_at_random_octets() {
    if skip_servers() {
        return;
    }
    let (source, target) = (filled(), Dovecot::start());
    let (from, to) = (proxy(&source, Fault::None), proxy(&target, Fault::None));
    let dir = tempfile::tempdir().unwrap();
    let held = holdings(source.port(), "anna");
    let mut random = Random::new(2);
    for round in 0..12 {
        let mut copier = Copier::new(from.port(), to.port(), dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        copier
            .options
            .extend([["--connections", "1"], ["--connections", "4"]][round % 2]);
        let side = if round % 4 < 2 { &from } else { &to };
        let mut child = copier.start();
        while_running(&mut child, Duration::from_millis(1200), || {
            let direction = [Direction::ToClient, Direction::ToServer][random.range(0, 2) as usize];
            // Most cuts fall where most octets are, some into the log-in.
            let most = [2_000, 20_000, 400_000, 3_000_000][random.range(0, 4) as usize];
            side.set(Fault::CutAfter {
                bytes: random.range(0, most),
                direction,
            });
            std::thread::sleep(Duration::from_millis(random.range(20, 150)));
        });
        side.set(Fault::None);
        let outcome = finish(child);
        assert!(matches!(outcome.code, Some(0 | 1 | 4)), "{outcome:?}");
        to_the_end(&copier);
        let what = format!("round {round}");
        assert_same(&held, &holdings(target.port(), &copier.to_user), &what);
    }
}

/// All connections end at once, at any time.
#[test]
fn cut_at_random_instants() {
    if skip_servers() {
        return;
    }
    let (source, target) = (filled(), Dovecot::start());
    let delay = Fault::Delay(Duration::from_millis(1));
    let (from, to) = (proxy(&source, delay.clone()), proxy(&target, delay));
    let dir = tempfile::tempdir().unwrap();
    let held = holdings(source.port(), "anna");
    let mut random = Random::new(3);
    for round in 0..6 {
        let mut copier = Copier::new(from.port(), to.port(), dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        let mut child = copier.start();
        while_running(&mut child, Duration::from_millis(1500), || {
            std::thread::sleep(Duration::from_millis(random.range(5, 250)));
            if random.range(0, 3) > 0 { &to } else { &from }.cut_all();
        });
        let outcome = finish(child);
        assert!(matches!(outcome.code, Some(0 | 1 | 4)), "{outcome:?}");
        to_the_end(&copier);
        assert_same(
            &held,
            &holdings(target.port(), &copier.to_user),
            &format!("round {round}"),
        );
    }
}

/// The target has stored a batch, and its answer never comes: with UIDPLUS and without it, with MULTIAPPEND and without it.
#[test]
fn answers_are_lost() {
    if skip_servers() {
        return;
    }
    let (source, target) = (filled(), Dovecot::start());
    let held = holdings(source.port(), "anna");
    let dir = tempfile::tempdir().unwrap();
    for (round, without) in [
        &[][..],
        &["UIDPLUS"],
        &["MULTIAPPEND"],
        &["UIDPLUS", "MULTIAPPEND", "LITERAL+", "CONDSTORE"],
    ]
    .into_iter()
    .enumerate()
    {
        let every = if without.contains(&"MULTIAPPEND") { 40 } else { 3 };
        let mut front = Front::builder(target.port()).lose_answer(every);
        for capability in without {
            front = front.without(capability);
        }
        let front = front.start();
        let mut copier = Copier::new(source.port(), front.port(), dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        to_the_end(&copier);
        assert!(
            front.lost() > 0,
            "{without:?}: nothing was lost in {} appends",
            front.appends()
        );
        assert_eq!(front.violations(), [""; 0], "{without:?}");
        assert_same(
            &held,
            &holdings(target.port(), &copier.to_user),
            &format!("without {without:?}"),
        );
    }
}

/// Both directions go silent for longer than the timeout, and come back.
#[test]
fn stalled_for_longer_than_the_timeout() {
    if skip_servers() {
        return;
    }
    let (source, target) = (filled(), Dovecot::start());
    let held = holdings(source.port(), "anna");
    let dir = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let delay = Fault::Delay(Duration::from_millis(3));
        let (from, to) = (proxy(&source, delay.clone()), proxy(&target, delay));
        let side = if round == 0 { &from } else { &to };
        let mut copier = Copier::new(from.port(), to.port(), dir.path()).with(&["--timeout", "1"]);
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        let child = copier.start();
        let passed = |proxy: &Proxy| proxy.bytes_to_client() + proxy.bytes_to_server();
        let start = Instant::now();
        while passed(side) < 300_000 && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        side.set(Fault::BlackHole);
        std::thread::sleep(Duration::from_millis(2500));
        side.set(Fault::None);
        let outcome = finish(child);
        assert!(matches!(outcome.code, Some(0 | 4)), "{outcome:?}");
        to_the_end(&copier);
        assert_same(
            &held,
            &holdings(target.port(), &copier.to_user),
            &format!("round {round}"),
        );
    }
}

/// Either server is restarted in good order and killed, mid-copy.
#[test]
fn servers_are_restarted() {
    if skip_servers() {
        return;
    }
    let (mut source, mut target) = (filled(), Dovecot::start());
    let held = holdings(source.port(), "anna");
    let dir = tempfile::tempdir().unwrap();
    for round in 0..4 {
        let delay = Fault::Delay(Duration::from_millis(3));
        let (from, to) = (proxy(&source, delay.clone()), proxy(&target, delay));
        let mut copier = Copier::new(from.port(), to.port(), dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}"));
        let child = copier.start();
        let start = Instant::now();
        while to.bytes_to_server() < 1_000_000 && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let server = if round < 2 { &mut source } else { &mut target };
        if round % 2 == 0 {
            server.restart();
        } else {
            server.crash();
            server.start_again();
        }
        let outcome = finish(child);
        assert!(matches!(outcome.code, Some(0 | 4)), "{outcome:?}");
        to_the_end(&copier);
        assert_same(
            &held,
            &holdings(target.port(), &copier.to_user),
            &format!("round {round}"),
        );
        assert_eq!(copier.complete().count("present"), count(&held));
    }
}
