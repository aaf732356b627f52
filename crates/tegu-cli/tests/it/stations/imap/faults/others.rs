//! Others at work, servers that hang up at odd times, and signals.

use std::time::{Duration, Instant};

use tegu_testkit::front::Front;
use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Direction, Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{assert_same, count, fill, holdings};

fn login(server: &Dovecot, user: &str) -> Client {
    Client::login(server.port(), user, Dovecot::password()).unwrap()
}

/// Two jobs with ledgers of their own copy one mailbox to one target at once: at least one says so, and nothing is there
/// twice.
#[test]
fn two_ledgers_on_one_target_double_nothing() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let mut client = login(&source, "anna");
    for number in 0..400 {
        let octets = format!(
            "Message-ID: <{number}@x>\r\nSubject: {number}\r\n\r\n{}\r\n",
            "z".repeat(900)
        );
        client.append("INBOX", "", None, octets.as_bytes()).unwrap();
    }
    let held = holdings(source.port(), "anna");
    let delay = Fault::Delay(Duration::from_millis(5));
    let proxy = Proxy::start(([127, 0, 0, 1], target.port()).into(), delay);
    let dir = tempfile::tempdir().unwrap();
    for (round, pause) in [0, 0, 40, 120].into_iter().enumerate() {
        let copier = |number: usize| {
            let mut copier = Copier::new(source.port(), proxy.port(), dir.path());
            copier.to_user = format!("target{round}");
            copier.ledger = dir.path().join(format!("ledger{round}-{number}"));
            copier
        };
        let first = copier(1).start();
        std::thread::sleep(Duration::from_millis(pause));
        let second = copier(2).start();
        let outcomes = [finish(first), finish(second)];
        let doubled = |there: &tegu_testkit::imap::Holdings| {
            let messages = &there["INBOX"];
            let mut digests: Vec<_> = messages.iter().map(|held| held.digest).collect();
            digests.sort_unstable();
            digests.dedup();
            messages.len() - digests.len()
        };
        let there = holdings(target.port(), &format!("target{round}"));
        let told = outcomes
            .iter()
            .any(|outcome| outcome.json.contains("IMAP-OTHER-COPIER"));
        let both_done = outcomes.iter().all(|outcome| outcome.code == Some(0));
        assert!(told || both_done, "round {round}: {outcomes:?}");
        assert_eq!(doubled(&there), 0, "round {round}: {outcomes:?}");
        // One of them alone goes on to the end.
        copier(1).run();
        let outcome = copier(1).run();
        assert_eq!(outcome.code, Some(0), "round {round}: {outcome:?}");
        let there = holdings(target.port(), &format!("target{round}"));
        assert_same(&held, &there, &format!("round {round}"));
    }
}

/// The same on a target that tells no UIDs: what is there twice cannot be taken back, and is said.
#[test]
fn two_ledgers_without_uidplus_are_noticed() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 200, 2_000);
    let front = Front::builder(target.port()).without("UIDPLUS").start();
    let proxy = Proxy::start(([127, 0, 0, 1], front.port()).into(), Fault::None);
    let dir = tempfile::tempdir().unwrap();
    let copier = |round: u64, number: usize| {
        let mut copier = Copier::new(source.port(), proxy.port(), dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = dir.path().join(format!("ledger{round}-{number}"));
        copier
    };
    let held = |round: u64| count(&holdings(target.port(), &format!("target{round}")));
    // Where the second one begins when the first has ended, it finds everything there: the network is slower then.
    let mut round = 0;
    let outcomes = loop {
        proxy.set(Fault::Delay(Duration::from_millis(5 << round)));
        let (first, second) = (copier(round, 1).start(), copier(round, 2).start());
        let outcomes = [finish(first), finish(second)];
        if held(round) > 200 {
            break outcomes;
        }
        round += 1;
        assert!(round < 6, "they never copied at the same time: {outcomes:?}");
    };
    let there = held(round);
    let told = |code: &str| outcomes.iter().any(|outcome| outcome.json.contains(code));
    assert!(told("IMAP-OTHER-COPIER"), "{there}: {outcomes:?}");
    // One of them alone ends as usual, and says nothing of the sort.
    proxy.set(Fault::None);
    let outcome = copier(round, 1).run();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(!outcome.json.contains("IMAP-OTHER-COPIER"), "{outcome:?}");
    assert_eq!(held(round), there);
}

/// Mail that is delivered to the target meanwhile is no other job.
#[test]
fn deliveries_do_not_stop_a_copy() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 300, 8_000);
    let delay = Fault::Delay(Duration::from_millis(3));
    let proxy = Proxy::start(([127, 0, 0, 1], target.port()).into(), delay);
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), proxy.port(), dir.path()).with(&["--verify", "digest"]);
    let mut child = copier.start();
    let mut delivered = 0;
    let mut owner = login(&target, "anna");
    while child.try_wait().unwrap().is_none() {
        let octets = format!("Message-ID: <new-{delivered}@x>\r\nSubject: new\r\n\r\nnew\r\n");
        owner.append("INBOX", "", None, octets.as_bytes()).unwrap();
        delivered += 1;
        std::thread::sleep(Duration::from_millis(4));
    }
    let outcome = finish(child);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(count(&holdings(target.port(), "anna")), 300 + delivered);
}

/// The first connections break while folders are listed.
#[test]
fn cut_while_folders_are_listed() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 60, 5_000);
    let held = holdings(source.port(), "anna");
    let whole = Fault::None;
    let proxy = Proxy::start(([127, 0, 0, 1], source.port()).into(), whole);
    let dir = tempfile::tempdir().unwrap();
    for bytes in [900, 1_300, 1_700] {
        let mut copier = Copier::new(proxy.port(), target.port(), dir.path());
        copier.to_user = format!("target{bytes}");
        copier.ledger = dir.path().join(format!("ledger{bytes}"));
        proxy.set(Fault::CutAfter {
            bytes,
            direction: Direction::ToClient,
        });
        let before = proxy.connections();
        let child = copier.start();
        let start = Instant::now();
        while proxy.connections() < before + 2 && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(2));
        }
        proxy.set(Fault::None);
        let outcome = finish(child);
        assert_eq!(outcome.code, Some(0), "{bytes}: {outcome:?}");
        assert_same(
            &held,
            &holdings(target.port(), &copier.to_user),
            &format!("after {bytes}"),
        );
    }
}

/// A target that hangs up over one CREATE costs that folder, by its name.
#[test]
fn hung_up_on_create() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 100, 5_000);
    let mut held = holdings(source.port(), "anna");
    let front = Front::builder(target.port())
        .hang_up_on("CREATE \"Sent Items\"")
        .start();
    let dir = tempfile::tempdir().unwrap();
    let copier = Copier::new(source.port(), front.port(), dir.path());
    let outcome = copier.run();
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
    let lost = held.remove("Sent Items").unwrap();
    assert_eq!(outcome.count("failed"), lost.len(), "{outcome:?}");
    assert!(outcome.json.contains("create mailbox Sent Items"), "{outcome:?}");
    assert_same(&held, &holdings(target.port(), "anna"), "the other folders");
}

/// Either signal ends a copy in good order, and the next one goes on.
#[cfg(unix)]
#[test]
fn signals_end_a_copy_in_good_order() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&mut login(&source, "anna"), 200, 10_000);
    let held = holdings(source.port(), "anna");
    let delay = Fault::Delay(Duration::from_millis(8));
    let proxy = Proxy::start(([127, 0, 0, 1], target.port()).into(), delay);
    let dir = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"] {
        let mut copier = Copier::new(source.port(), proxy.port(), dir.path());
        copier.to_user = signal.to_lowercase();
        copier.ledger = dir.path().join(signal);
        let before = proxy.bytes_to_server();
        let child = copier.start();
        let start = Instant::now();
        while proxy.bytes_to_server() - before < 150_000 && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let kill = format!("kill -{signal} {}", child.id());
        assert!(
            std::process::Command::new("/bin/sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let outcome = finish(child);
        assert_eq!(outcome.code, Some(1), "{signal}: {outcome:?}");
        assert!(
            format!("{outcome:?}").contains("stopped by a signal"),
            "{outcome:?}"
        );
        copier.complete();
        assert_same(&held, &holdings(target.port(), &copier.to_user), signal);
    }
}
