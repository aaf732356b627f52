//! The copier is killed, and started again: 200 times and more in all.

use std::time::{Duration, Instant};

use tegu_testkit::front::Front;
use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{Random, assert_same, count, fill, holdings, large};

/// Of each test.
const KILLS: usize = 52;
/// Between two runs that come to their end, so that an early kill does not only meet an empty target.
const KILLS_IN_A_ROW: usize = 13;
/// The longest wait for a kill: where the machine is busy and a copy takes longer, later kills meet its later phases.
const MOST: Duration = Duration::from_secs(4);

/// SIGKILL at instants that are drawn over the whole length of a copy; now and then one run to the end, and comparison.
fn killed(seed: u64, without: &[&str], options: &[&'static str]) {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let mut client = Client::login(server.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, 200, 20_000);
    client.append("INBOX", "\\Seen", None, &large(1)).unwrap();
    let source = holdings(server.port(), "anna");
    let mut front = Front::builder(server.port());
    for capability in without {
        front = front.without(capability);
    }
    let front = front.start();
    // Slow enough to be hit in every phase.
    let fault = Fault::Delay(Duration::from_millis(1));
    let proxy = Proxy::start(([127, 0, 0, 1], front.port()).into(), fault);
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random::new(seed);
    let (mut kills, mut life) = (0, 0);
    let mut whole = Duration::ZERO;
    while kills < KILLS {
        life += 1;
        let mut copier = Copier::new(proxy.port(), proxy.port(), dir.path());
        // Nothing comes late here, so that each of many runs need not wait a second for that.
        copier.options = vec!["--wait", "2", "--late", "0"];
        let mut copier = copier.with(options);
        copier.to_user = format!("target{life}");
        copier.ledger = dir.path().join(format!("ledger{life}"));
        // The first life tells how long a whole copy takes.
        for _ in 0..if life == 1 { 0 } else { KILLS_IN_A_ROW } {
            let mut child = copier.start();
            let wait = random.range(0, whole.as_micros() as u64);
            std::thread::sleep(Duration::from_micros(wait));
            let ended = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            let outcome = finish(child);
            if ended {
                assert_eq!(outcome.code, Some(0), "{outcome:?}");
                break;
            }
            kills += 1;
        }
        let start = Instant::now();
        let outcome = copier.complete();
        if life == 1 {
            whole = start.elapsed().min(MOST);
        }
        assert_eq!(outcome.total(), count(&source), "{outcome:?}");
        let target = holdings(server.port(), &copier.to_user);
        assert_same(&source, &target, &format!("life {life}, after {kills} kills"));
        let again = copier.complete();
        assert_eq!(again.count("present"), count(&source), "{again:?}");
    }
    assert_eq!(front.violations(), [""; 0]);
}

#[test]
fn killed_with_one_pair_of_connections() {
    killed(1, &[], &["--connections", "1"]);
}

#[test]
fn killed_with_three_pairs_of_connections() {
    killed(2, &[], &["--connections", "3"]);
}

#[test]
fn killed_where_the_target_tells_no_uids() {
    killed(3, &["UIDPLUS"], &["--verify", "digest"]);
}

#[test]
fn killed_where_messages_go_one_by_one() {
    killed(4, &["MULTIAPPEND", "LITERAL+"], &["--verify", "fingerprint"]);
}
