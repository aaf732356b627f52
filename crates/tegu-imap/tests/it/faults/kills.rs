//! The copier is killed, and started again.

use std::time::{Duration, Instant};

use tegu_testkit::imap::Client;
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, finish};
use super::mail::{Random, assert_same, count, fill, holdings, large};

const KILLS: usize = 200;

/// SIGKILL at 200 and more instants, drawn over the whole length of a copy; then one run to the end, and comparison.
#[test]
fn killed_at_any_instant() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let mut client = Client::login(server.port(), "anna", Dovecot::password()).unwrap();
    fill(&mut client, 300, 20_000);
    client.append("INBOX", "\\Seen", None, &large(1)).unwrap();
    let source = holdings(server.port(), "anna");
    // Slow enough to be hit in every phase.
    let fault = Fault::Delay(Duration::from_millis(2));
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into(), fault);
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random::new(1);
    let (mut kills, mut life) = (0, 0);
    let mut whole = Duration::from_millis(1000);
    while kills < KILLS {
        life += 1;
        let mut copier = Copier::new(proxy.port(), proxy.port(), dir.path());
        copier.to_user = format!("target{life}");
        copier.ledger = dir.path().join(format!("ledger{life}"));
        copier
            .options
            .extend([["--connections", "1"], ["--connections", "3"]][life % 2]);
        // The first life tells how long a whole copy takes.
        if life > 1 {
            for _ in 0..12 {
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
        }
        let start = Instant::now();
        let outcome = copier.complete();
        if life == 1 {
            whole = start.elapsed();
        }
        eprintln!(
            "life {life}: {kills} kills, whole {whole:?}, {:?}",
            start.elapsed()
        );
        assert_eq!(outcome.total(), count(&source), "{outcome:?}");
        let target = holdings(server.port(), &copier.to_user);
        assert_same(&source, &target, &format!("life {life}, after {kills} kills"));
        let again = copier.complete();
        assert_eq!(again.count("present"), count(&source), "{again:?}");
    }
}
