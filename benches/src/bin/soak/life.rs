//! A mailbox that is copied while everything goes wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tegu_testkit::Dovecot;
use tegu_testkit::front::Front;
use tegu_testkit::imap::{Client, Held, Holdings};
use tegu_testkit::proxy::{Direction, Fault, Proxy};

use super::copy::{Copier, Counts};
use super::mail::{FOLDERS, Random, delete_some, fill};

/// The longest that anything is late, in milliseconds.
const LATE: u64 = 1200;

/// What was wrong with what is left.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    pub(crate) wrong_state: u64,
    pub(crate) out_of_order: u64,
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        self.lost + self.twice + self.wrong_state == 0
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.twice += other.twice;
        self.wrong_state += other.wrong_state;
        self.out_of_order += other.out_of_order;
    }
}

/// What a life came to.
pub(crate) struct Life {
    pub(crate) name: String,
    pub(crate) faults: u64,
    pub(crate) removed: u64,
    /// Messages that are named for a person and not removed.
    pub(crate) named: u64,
    pub(crate) verdict: Verdict,
}

/// What a target does to what it stores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Target {
    Exact,
    /// One message in three has another text.
    AltersSome,
    /// Each message has another subject.
    AltersAll,
}

#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Kill,
    /// What was sent arrives late, and the process is killed.
    DelayAndKill,
    /// What was sent arrives late, and the connection times out.
    DelayAndTimeOut,
    /// The server's processes stand still, and the copier is killed.
    StopAndKill,
    /// What was sent is lost, and the connection times out.
    Drop,
    /// The connection is cut.
    Cut,
    /// The process is killed, and the owner deletes mail before the next one starts.
    DeleteAfterKill,
}

const DISTURBANCES: [Disturbance; 7] = [
    Disturbance::Kill,
    Disturbance::DelayAndKill,
    Disturbance::DelayAndTimeOut,
    Disturbance::StopAndKill,
    Disturbance::Drop,
    Disturbance::Cut,
    Disturbance::DeleteAfterKill,
];

/// Servers for one life after the other.
pub(crate) struct Lane {
    number: u64,
    lives: u64,
    source: Dovecot,
    target: Dovecot,
    dir: tempfile::TempDir,
}

impl Lane {
    pub(crate) fn start(number: u64) -> Self {
        let memory = PathBuf::from("/dev/shm");
        Self {
            number,
            lives: 0,
            source: Dovecot::builder().store_in(&memory).start(),
            target: Dovecot::builder().store_in(&memory).start(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn live(&mut self, random: &mut Random) -> Life {
        self.lives += 1;
        let user = format!("u{}-{}", self.number, self.lives);
        let mut owner = Client::login(self.source.port(), &user, Dovecot::password()).unwrap();
        fill(&mut owner);
        let target = [
            Target::Exact,
            Target::Exact,
            Target::AltersSome,
            Target::AltersAll,
        ][random.range(0, 4) as usize];
        let front = Front::builder(self.target.port());
        let front = match target {
            Target::Exact => front,
            Target::AltersSome => front.alter_text_one_in(3),
            Target::AltersAll => front.alter_subject_one_in(1),
        };
        let front = front.start();
        let proxy = Proxy::start(([127, 0, 0, 1], front.port()).into(), Fault::None);
        let mut copier = Copier {
            from: self.source.port(),
            from_user: user.clone(),
            to: proxy.port(),
            to_user: user.clone(),
            ledger: self.dir.path().join(&user).display().to_string(),
            late: [0, 2 * LATE][random.range(0, 2) as usize],
        };
        let disturbance = DISTURBANCES[random.range(0, DISTURBANCES.len() as u64) as usize];
        let faults = random.range(1, 4);
        let (mut removed, mut named) = (0, 0);
        for _ in 0..faults {
            self.disturb(disturbance, &copier, &proxy, random);
            if matches!(disturbance, Disturbance::DeleteAfterKill) {
                delete_some(&mut owner, random);
            }
        }
        proxy.set(Fault::None);
        let mut counts = None;
        for _ in 0..3 {
            counts = copier.run();
            removed += counts.map_or(0, |counts| counts.removed);
            named = named.max(counts.map_or(0, |counts| counts.named));
            if counts.is_some_and(|counts| counts.failed == 0) {
                break;
            }
        }
        // What is late has come then, and the next pass finds it.
        std::thread::sleep(Duration::from_millis(LATE + 500));
        copier.late = 0;
        let counts = copier.run().or(counts).unwrap_or_default();
        removed += counts.removed;
        named = named.max(counts.named);
        let mut verdict = self.judge(&user, target, counts);
        // What a target changed in flight, and its owner deleted, is for a person, by name.
        let by_name = verdict.twice.min(named);
        verdict.twice -= by_name;
        let name = format!("{disturbance:?}, {target:?}");
        if !verdict.is_good() {
            println!("{name}: life {user}: {verdict:?}, {counts:?}");
        }
        Life {
            name,
            faults,
            removed,
            named: by_name,
            verdict,
        }
    }

    fn disturb(&self, disturbance: Disturbance, copier: &Copier, proxy: &Proxy, random: &mut Random) {
        proxy.set(Fault::Delay(Duration::from_millis(3)));
        let mut child = copier.start();
        let (before, start) = (proxy.bytes_to_server(), Instant::now());
        let octets = random.range(500, 150_000);
        while proxy.bytes_to_server() - before < octets
            && start.elapsed() < Duration::from_secs(3)
            && child.try_wait().unwrap().is_none()
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        let some = |random: &mut Random| Duration::from_millis(random.range(20, LATE));
        match disturbance {
            Disturbance::Kill | Disturbance::DeleteAfterKill => {}
            Disturbance::DelayAndKill => {
                proxy.set(Fault::Delay(some(random)));
                std::thread::sleep(Duration::from_millis(random.range(5, 80)));
            }
            Disturbance::DelayAndTimeOut => {
                proxy.set(Fault::Delay(Duration::from_millis(1700)));
                std::thread::sleep(Duration::from_millis(random.range(5, 1600)));
                proxy.set(Fault::None);
                let _ = child.wait_with_output();
                return;
            }
            Disturbance::StopAndKill => {
                let stopped = self.target.stop_sessions();
                std::thread::sleep(Duration::from_millis(random.range(5, 80)));
                child.kill().unwrap();
                let _ = child.wait();
                proxy.set(Fault::None);
                let next = copier.start();
                std::thread::sleep(some(random));
                drop(stopped);
                let _ = next.wait_with_output();
                return;
            }
            Disturbance::Drop => {
                proxy.set(Fault::BlackHole);
                std::thread::sleep(some(random));
                proxy.set(Fault::None);
                let _ = child.wait_with_output();
                return;
            }
            Disturbance::Cut => {
                let direction = [Direction::ToClient, Direction::ToServer][random.range(0, 2) as usize];
                let bytes = random.range(0, 60_000);
                proxy.set(Fault::CutAfter { bytes, direction });
                std::thread::sleep(Duration::from_millis(random.range(20, 300)));
                proxy.set(Fault::None);
                let _ = child.wait_with_output();
                return;
            }
        }
        child.kill().unwrap();
        let _ = child.wait();
        proxy.set(Fault::None);
    }

    /// Compares both sides.
    fn judge(&self, user: &str, target: Target, counts: Counts) -> Verdict {
        let holdings = |port| -> Holdings {
            Client::login(port, user, Dovecot::password())
                .unwrap()
                .holdings()
                .unwrap()
        };
        let (source, there) = (holdings(self.source.port()), holdings(self.target.port()));
        let mut verdict = Verdict::default();
        let nothing = Vec::new();
        let (mut held, mut altered) = (0, 0);
        for folder in FOLDERS {
            let source = source.get(folder).unwrap_or(&nothing);
            let there = there.get(folder).unwrap_or(&nothing);
            held += source.len() as u64;
            // What a target alters keeps its size and its date.
            let key = |held: &Held| (held.octets, held.content().1);
            let difference = |one: &[Held], other: &[Held]| {
                let mut open: BTreeMap<_, i64> = BTreeMap::new();
                one.iter()
                    .for_each(|held| *open.entry(key(held)).or_default() += 1);
                other
                    .iter()
                    .for_each(|held| *open.entry(key(held)).or_default() -= 1);
                open.values().filter(|count| **count > 0).sum::<i64>() as u64
            };
            verdict.lost += difference(source, there);
            verdict.twice += difference(there, source);
            verdict.out_of_order += u64::from(!source.iter().map(key).eq(there.iter().map(key)));
            let is_there = |held: &&Held| there.iter().any(|other| other.digest == held.digest);
            altered += source.iter().filter(|held| !is_there(held)).count() as u64;
        }
        let expected = match target {
            Target::Exact => 0,
            _ => altered,
        };
        if (counts.manual, counts.failed, counts.good) != (expected, 0, held - expected) {
            verdict.wrong_state = 1;
        }
        verdict
    }
}
