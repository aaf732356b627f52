//! Many small accounts: the facade against the bare IMAP engine, and what the journal costs.
//!
//! ```text
//! fleet [ACCOUNTS [MESSAGES [ROUNDS]]]     200, 50 and 3 unless told otherwise
//! ```
//!
//! Dovecot to Dovecot over loopback, stores in memory, ledgers and journals on the disk. Each lane works on four accounts at a
//! time, with one connection to either side for each; each run has an empty target.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tegu_imap::ledger::FileLedger;
use tegu_imap::transfer::{Side, Transfer, Verify};
use tegu_imap::{Credentials, Endpoint};
use tegu_migrate::journal::{
    self, Claim, CurrentPass, Job, JobFilter, JobKey, JobStatus, Journal, Lease, LogName, MemoryJournal,
    Outcome, Pass, RedbJournal, Settings,
};
use tegu_migrate::sources::{DirectoryData, DirectorySource, ImapSource};
use tegu_migrate::targets::ImapTarget;
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Entity, ImapServer, Limits, Login, Migration, Result, SecretRef,
};
use tegu_testkit::{Dovecot, corpus::Corpus, imap::Client};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Accounts at the same time.
const AT_ONCE: usize = 4;

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|word| word.parse::<usize>().unwrap());
    let mut next = |default| numbers.next().unwrap_or(default);
    let (accounts, messages, rounds) = (next(200), next(50), next(3));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let memory = PathBuf::from("/dev/shm");
    let source = Dovecot::builder().store_in(&memory).start();
    let octets = fill(source.port(), accounts, messages);
    println!(
        "{accounts} accounts, {} messages, {octets} octets",
        accounts * messages
    );
    for (verify, name) in [(Verify::Digest, "digest"), (Verify::Size, "size")] {
        let mut lanes: [Vec<f64>; 3] = Default::default();
        let mut costs = Vec::new();
        for round in 0..rounds {
            for step in 0..lanes.len() {
                let lane = (round + step) % lanes.len();
                let target = Dovecot::builder().store_in(&memory).start();
                let scratch = tempfile::tempdir().unwrap();
                let fleet = Fleet {
                    source: source.port(),
                    target: target.port(),
                    accounts,
                    messages,
                    verify,
                    scratch: scratch.path().to_owned(),
                };
                let seconds = match lane {
                    0 => runtime.block_on(fleet.bare()),
                    1 => runtime.block_on(fleet.facade(Arc::new(MemoryJournal::new()))).0,
                    _ => {
                        let path = scratch.path().join("journal.redb");
                        let journal = Arc::new(RedbJournal::open(&path).unwrap());
                        let (seconds, cost) = runtime.block_on(fleet.facade(journal));
                        let size = std::fs::metadata(&path).unwrap().len();
                        costs.push((cost / seconds * 100.0, size as f64 / (accounts * messages) as f64));
                        seconds
                    }
                };
                lanes[lane].push(seconds);
            }
        }
        println!("verify {name}:");
        for (lane, name) in [
            "bare engine",
            "facade, journal in memory",
            "facade, journal in redb",
        ]
        .iter()
        .enumerate()
        {
            let (low, median, high) = spread(&mut lanes[lane]);
            let pace = (accounts * messages) as f64 / median;
            println!("  {name:26} {median:6.2} s ({low:.2} to {high:.2})  {pace:6.0} messages/s");
        }
        let share = lanes[0][lanes[0].len() / 2] / lanes[2][lanes[2].len() / 2];
        let (mut times, mut sizes): (Vec<f64>, Vec<f64>) = costs.into_iter().unzip();
        let (time, size) = (spread(&mut times).1, spread(&mut sizes).1);
        println!("  speed of the facade with redb, of the bare engine: {share:.2}");
        println!("  within the journal {time:.1} % of the time; {size:.1} octets of file for a message");
    }
}

/// Sorts, and tells the least, the median and the most.
fn spread(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

fn alias(number: usize) -> String {
    format!("u{number:04}")
}

fn fill(port: u16, accounts: usize, messages: usize) -> u64 {
    let mut octets = 0;
    for number in 0..accounts {
        let mut client = Client::login(port, &alias(number), Dovecot::password()).unwrap();
        let (mut made, mut last) = (vec!["INBOX"], String::new());
        for message in Corpus::new(number as u64).max_size(200_000).messages(messages) {
            if !made.contains(&message.folder) {
                client.create(message.folder).unwrap();
                made.push(message.folder);
            }
            octets += message.bytes.len() as u64;
            let flags = [&message.flags[..], &message.keywords[..]].concat().join(" ");
            let date = message.internal_date.imap();
            last = client
                .send_append(message.folder, &flags, Some(&date), &message.bytes)
                .unwrap();
        }
        client.settle(&last).unwrap();
    }
    octets
}

struct Fleet {
    source: u16,
    target: u16,
    accounts: usize,
    messages: usize,
    verify: Verify,
    scratch: PathBuf,
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{port}")).unwrap()
}

impl Fleet {
    async fn bare(&self) -> f64 {
        let begun = Instant::now();
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        let mut tasks = JoinSet::new();
        for number in 0..self.accounts {
            let side = |port| {
                let login = Credentials::password(alias(number), Dovecot::password().to_owned());
                Side::new(endpoint(port), login)
            };
            let transfer = Transfer::new(side(self.source), side(self.target))
                .connections(1)
                .verify(self.verify);
            let ledger = self.scratch.join(format!("{}.ledger", alias(number)));
            let slots = slots.clone();
            tasks.spawn(async move {
                let _slot = slots.acquire_owned().await.unwrap();
                transfer
                    .run(Arc::new(FileLedger::open(ledger).unwrap()))
                    .await
                    .unwrap()
            });
        }
        let mut moved = 0;
        while let Some(report) = tasks.join_next().await {
            moved += report.unwrap().tally.get(tegu_imap::State::Moved).messages;
        }
        assert_eq!(moved as usize, self.accounts * self.messages);
        begun.elapsed().as_secs_f64()
    }

    /// Seconds of the run, and seconds within the journal.
    async fn facade(&self, journal: Arc<dyn Journal>) -> (f64, f64) {
        let timed = Arc::new(Timed {
            inner: journal,
            nanoseconds: AtomicU64::new(0),
        });
        let password = self.scratch.join("password");
        std::fs::write(&password, Dovecot::password()).unwrap();
        std::fs::set_permissions(password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let server = |port| {
            let login = Login::password("{alias}", SecretRef::File("password".into())).base(&self.scratch);
            ImapServer::new(endpoint(port), login)
        };
        let accounts =
            (0..self.accounts).map(|number| Account::new(format!("{}@example.test", alias(number))));
        let mut limits = Limits::default();
        (limits.accounts, limits.connections) = (AT_ONCE, 1);
        let migration = Migration::builder("fleet", self.scratch.join("job"), Everybody(accounts.collect()))
            .mail(
                ImapSource::new(server(self.source)),
                ImapTarget::new(server(self.target)),
            )
            .limits(limits)
            .verify(self.verify)
            .journal(timed.clone())
            .build();
        let begun = Instant::now();
        let report = migration.run(&CancellationToken::new()).await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        let moved = report.entity(Entity::Mail).unwrap().counts.moved;
        assert_eq!(moved as usize, self.accounts * self.messages);
        // Four accounts wait at the same time.
        let within =
            Duration::from_nanos(timed.nanoseconds.load(Ordering::Relaxed)).as_secs_f64() / AT_ONCE as f64;
        (seconds, within)
    }
}

#[derive(Debug)]
struct Everybody(Vec<Account>);

impl DirectorySource for Everybody {
    fn describe(&self) -> String {
        "everybody".into()
    }

    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>> {
        Box::pin(async { Ok(DirectoryData::of_accounts(self.0.clone())) })
    }
}

/// Measures how long the calls of a journal take.
#[derive(Debug)]
struct Timed {
    inner: Arc<dyn Journal>,
    nanoseconds: AtomicU64,
}

impl Timed {
    fn time<'a, T: Send + 'a>(&'a self, call: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        Box::pin(async move {
            let begun = Instant::now();
            let answer = call.await;
            self.nanoseconds
                .fetch_add(begun.elapsed().as_nanos() as u64, Ordering::Relaxed);
            answer
        })
    }
}

impl Journal for Timed {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn begin<'a>(&'a self, settings: &'a Settings, jobs: &'a [Job]) -> BoxFuture<'a, journal::Result<Pass>> {
        self.time(self.inner.begin(settings, jobs))
    }

    fn current_pass(&self) -> BoxFuture<'_, journal::Result<Option<CurrentPass>>> {
        self.inner.current_pass()
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, journal::Result<Claim>> {
        self.time(self.inner.claim(worker, lease))
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, journal::Result<()>> {
        self.time(self.inner.renew(lease))
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, journal::Result<()>> {
        self.time(self.inner.finish(lease, outcome))
    }

    fn jobs<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&'a JobKey>,
    ) -> BoxFuture<'a, journal::Result<Vec<JobStatus>>> {
        self.time(self.inner.jobs(filter, after))
    }

    fn append<'a>(
        &'a self,
        lease: &'a Lease,
        log: &'a LogName,
        octets: &'a [u8],
    ) -> BoxFuture<'a, journal::Result<()>> {
        self.time(self.inner.append(lease, log, octets))
    }

    fn read<'a>(&'a self, job: &'a JobKey, log: &'a LogName) -> BoxFuture<'a, journal::Result<Vec<u8>>> {
        self.time(self.inner.read(job, log))
    }

    fn logs<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, journal::Result<Vec<LogName>>> {
        self.time(self.inner.logs(job))
    }

    fn sync(&self) -> BoxFuture<'_, journal::Result<()>> {
        self.time(self.inner.sync())
    }

    fn compact(&self) -> BoxFuture<'_, journal::Result<()>> {
        self.time(self.inner.compact())
    }
}
