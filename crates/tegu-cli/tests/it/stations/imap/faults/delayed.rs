//! Connections that are lost while what they carried is still on its way: it arrives after its messages were sent again.
//! Delays are short, and so are the times for which the copier waits.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use tegu_testkit::imap::{Client, Holdings};
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::copier::{Copier, Outcome, finish};
use super::mail::{assert_same, count, fill, holdings};

/// How late it arrives: after the target was quiet for longer than the copier waits before it sends again.
const LATE: Duration = Duration::from_millis(2500);

struct Trip {
    source: Dovecot,
    target: Dovecot,
    proxy: Proxy,
    held: Holdings,
    dir: tempfile::TempDir,
}

impl Trip {
    fn new(messages: usize) -> Self {
        let (source, target) = (Dovecot::start(), Dovecot::start());
        let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
        fill(&mut client, messages, 20_000);
        Self {
            held: holdings(source.port(), "anna"),
            proxy: Proxy::start(([127, 0, 0, 1], target.port()).into(), Fault::None),
            dir: tempfile::tempdir().unwrap(),
            source,
            target,
        }
    }

    fn copier(&self, round: usize, options: &[&'static str]) -> Copier {
        let mut copier = Copier::new(self.source.port(), self.proxy.port(), self.dir.path());
        copier.to_user = format!("target{round}");
        copier.ledger = Path::new(self.dir.path()).join(format!("ledger{round}"));
        copier.options = vec!["--wait", "20", "--connections", "2"];
        copier.with(options)
    }

    /// Starts a copy and lets it get so far.
    fn under_way(&self, copier: &Copier, octets: u64) -> Child {
        self.proxy.set(Fault::Delay(Duration::from_millis(4)));
        let child = copier.start();
        let before = self.proxy.bytes_to_server();
        let start = Instant::now();
        while self.proxy.bytes_to_server() - before < octets && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        child
    }

    /// From now on what is sent arrives late.
    fn delay(&self) {
        self.proxy.set(Fault::Delay(LATE));
        std::thread::sleep(Duration::from_millis(60));
    }

    fn there(&self, copier: &Copier) -> Holdings {
        holdings(self.target.port(), &copier.to_user)
    }
}

fn good(outcome: &Outcome) {
    assert_eq!(
        (outcome.code, outcome.count("manual"), outcome.count("failed")),
        (Some(0), 0, 0),
        "{outcome:?}"
    );
}

/// The process is killed, and the next one waits at its end for what comes late.
#[test]
fn killed_and_waited_for() {
    if skip_servers() {
        return;
    }
    let trip = Trip::new(200);
    for round in 0..3 {
        let copier = trip.copier(round, &["--late", "6000"]);
        let mut child = trip.under_way(&copier, 200_000 + 250_000 * round as u64);
        trip.delay();
        child.kill().unwrap();
        finish(child);
        trip.proxy.set(Fault::None);
        let outcome = copier.run();
        good(&outcome);
        assert_same(&trip.held, &trip.there(&copier), &format!("round {round}"));
    }
}

/// Nobody waits: the next pass removes what came twice, and says so.
#[test]
fn killed_and_found_by_a_later_pass() {
    if skip_servers() {
        return;
    }
    let trip = Trip::new(200);
    for round in 0..3 {
        let copier = trip.copier(round, &["--late", "0", "--verify", "digest"]);
        let mut child = trip.under_way(&copier, 200_000 + 250_000 * round as u64);
        trip.delay();
        child.kill().unwrap();
        finish(child);
        trip.proxy.set(Fault::None);
        good(&copier.run());
        std::thread::sleep(LATE);
        let doubled = count(&trip.there(&copier)) - count(&trip.held);
        let outcome = copier.run();
        good(&outcome);
        let told = outcome.json.matches("IMAP-LATE-COPY-REMOVED").count();
        assert!(told >= doubled, "{told} of {doubled}: {outcome:?}");
        assert_same(&trip.held, &trip.there(&copier), &format!("round {round}"));
        assert_eq!(copier.complete().count("present"), count(&trip.held));
    }
}

/// The process lives on: it gives up a connection that is silent for too long, and sends again.
#[test]
fn timed_out_without_a_kill() {
    if skip_servers() {
        return;
    }
    let trip = Trip::new(200);
    for round in 0..2 {
        let copier = trip.copier(round, &["--late", "6000", "--timeout", "1"]);
        let child = trip.under_way(&copier, 300_000);
        trip.delay();
        std::thread::sleep(Duration::from_millis(900));
        trip.proxy.set(Fault::None);
        good(&finish(child));
        assert_same(&trip.held, &trip.there(&copier), &format!("round {round}"));
    }
}

/// The server's own process stands still with what it has read, and goes on when everything was sent again.
#[cfg(unix)]
#[test]
fn the_server_process_is_stopped() {
    if skip_servers() {
        return;
    }
    let trip = Trip::new(200);
    for round in 0..2 {
        let copier = trip.copier(round, &["--late", "6000"]);
        let mut child = trip.under_way(&copier, 300_000);
        let stopped = trip.target.stop_sessions();
        std::thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        finish(child);
        let second = copier.start();
        std::thread::sleep(LATE);
        assert!(stopped.resume() > 0, "no session of the target was stopped");
        good(&finish(second));
        good(&copier.run());
        assert_same(&trip.held, &trip.there(&copier), &format!("round {round}"));
    }
}
