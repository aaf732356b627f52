//! What every journal must do: to be called from the tests of each implementation.
//!
//! ```
//! use tegu_journal::{MemoryJournal, conformance};
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! conformance::check(&MemoryJournal::new()).await;
//! # });
//! ```

use crate::{
    Claim, ErrorKind, Job, JobFilter, JobKey, JobState, JobStatus, Journal, Kind, Lease, LogName, Outcome,
    RECORDS, Result, Settings,
};
use std::{collections::BTreeMap, time::Duration};

const MAIL: Kind = Kind::from_static("mail");
const COPIED: Kind = Kind::from_static("copied");

/// Long enough that no test runs into it.
const LONG: Duration = Duration::from_secs(600);
/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(600);

/// Checks a journal that is empty; it takes a few seconds, since leases have to run out.
///
/// # Panics
///
/// When the journal does what it must not; the message says what that is.
pub async fn check(journal: &dyn Journal) {
    logs(journal).await;
    claims(journal).await;
    leases(journal).await;
    passes(journal).await;
    migrations(journal).await;
    beside(journal).await;
    crowd(journal).await;
}

/// Checks what a journal still knows that [`check`] was run on, after it was closed and opened again.
///
/// # Panics
///
/// When something was forgotten.
pub async fn check_reopened(journal: &dyn Journal) {
    let written = good(journal.read(&JobKey::new(MAIL, "logs-a"), &inbox()).await);
    assert_eq!(written, b"onetwo", "a log was forgotten");
    let known = all_jobs(journal).await;
    assert_eq!(known.len(), CROWD, "the last pass was forgotten");
    let done = |job: &JobStatus| job.state == JobState::Done && job.summary.is_some();
    assert!(known.iter().all(done), "what was done was forgotten");
    assert!(matches!(
        good(journal.claim("later", LONG).await),
        Claim::Finished
    ));
}

/// Jobs of the last pass.
const CROWD: usize = 120;

fn good<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the journal failed: {error}"),
    }
}

fn is_lost<T>(result: Result<T>, what: &str) {
    match result {
        Ok(_) => panic!("{what} went through with a lease that is lost"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::LeaseLost, "{what}: {error}"),
    }
}

fn inbox() -> LogName {
    LogName::new(COPIED, "INBOX")
}

fn job(name: &str) -> Job {
    good(Job::new(JobKey::new(MAIL, name), &["Анна \"\\ 'x\u{1}", name]))
}

async fn claim(journal: &dyn Journal, worker: &str, length: Duration) -> Lease {
    match good(journal.claim(worker, length).await) {
        Claim::Job(lease) => lease,
        other => panic!("there is a job to claim, but {other:?}"),
    }
}

async fn all_jobs(journal: &dyn Journal) -> Vec<JobStatus> {
    list(journal, JobFilter::CurrentPass).await
}

async fn list(journal: &dyn Journal, filter: JobFilter) -> Vec<JobStatus> {
    let mut jobs: Vec<JobStatus> = Vec::new();
    loop {
        let after = jobs.last().map(|status| status.job.key().clone());
        let page = good(journal.jobs(filter, after.as_ref()).await);
        if page.is_empty() {
            return jobs;
        }
        jobs.extend(page);
    }
}

/// A journal beside this one is a migration of its own, and the same whoever asks for it.
async fn beside(journal: &dyn Journal) {
    let (Some(one), Some(other)) = (
        good(journal.beside("letters").await),
        good(journal.beside("letters").await),
    ) else {
        return;
    };
    let before = good(journal.current_pass().await).map(|pass| pass.number);
    let jobs = [job("letters-a")];
    assert_eq!(good(one.begin(&"beside".into(), &jobs).await).number, 1);
    assert!(
        good(other.begin(&"beside".into(), &jobs).await).joined,
        "whoever asks for a journal beside this one gets the same"
    );
    let lease = claim(other.as_ref(), "one", LONG).await;
    assert_eq!(lease.job(), &jobs[0]);
    good(other.append(&lease, &inbox(), b"beside").await);
    assert!(!matches!(good(one.claim("two", LONG).await), Claim::Job(_)));
    assert!(
        good(journal.read(lease.key(), &inbox()).await).is_empty(),
        "a journal and one beside it share no logs"
    );
    good(other.finish(&lease, &Outcome::Done(Vec::new())).await);
    assert_eq!(good(one.read(lease.key(), &inbox()).await), b"beside");
    let another = good(journal.beside("others").await);
    let another = another.as_ref().map(|other| other.current_pass());
    if let Some(pass) = another {
        assert_eq!(good(pass.await), None, "another name is another migration");
    }
    assert_eq!(
        good(journal.current_pass().await).map(|pass| pass.number),
        before,
        "what happens beside a journal does not concern it"
    );
}

async fn logs(journal: &dyn Journal) {
    let jobs = [job("logs-a"), job("logs-ab")];
    assert_eq!(good(journal.current_pass().await), None, "no pass was begun");
    let pass = good(journal.begin(&"logs".into(), &jobs).await);
    assert_eq!(
        (pass.number, pass.joined),
        (1, false),
        "an empty journal begins its first pass"
    );
    let lease = claim(journal, "one", LONG).await;
    assert_eq!(
        lease.job(),
        &jobs[0],
        "jobs come in order, and as they were given"
    );
    let key = lease.key().clone();
    assert!(good(journal.read(&key, &inbox()).await).is_empty());
    good(journal.append(&lease, &inbox(), b"one").await);
    good(journal.append(&lease, &inbox(), b"two").await);
    let odd = LogName::new(COPIED, [b'J', 0, 0xff, b'/', 0x80]);
    let large = (0..3_000_000_u32).map(|n| (n ^ n >> 8) as u8).collect::<Vec<_>>();
    good(journal.append(&lease, &odd, &large).await);
    let records = LogName::new(RECORDS, "INBOX");
    good(journal.append(&lease, &records, b"\0").await);
    assert_eq!(
        good(journal.read(&key, &inbox()).await),
        b"onetwo",
        "octets are added in order"
    );
    assert!(
        good(journal.read(&key, &odd).await) == large,
        "all octets of a large log come back"
    );
    assert_eq!(
        good(journal.read(&key, &records).await),
        b"\0",
        "kinds are kept apart"
    );
    let expected = [inbox(), odd, records.clone()];
    assert_eq!(
        good(journal.logs(&key).await),
        expected,
        "the logs of a job, in order"
    );
    let other = jobs[1].key().clone();
    assert!(good(journal.logs(&other).await).is_empty(), "jobs are kept apart");
    assert!(good(journal.read(&other, &inbox()).await).is_empty());
    good(journal.sync().await);
    good(journal.compact().await);
    good(journal.append(&lease, &records, b"\x01").await);
    assert_eq!(
        good(journal.read(&key, &records).await),
        b"\0\x01",
        "compacting changes nothing"
    );
    good(journal.finish(&lease, &Outcome::Done(b"summary".to_vec())).await);
    is_lost(
        journal.append(&lease, &inbox(), b"x").await,
        "writing after the end",
    );
    let second = claim(journal, "one", LONG).await;
    good(journal.finish(&second, &Outcome::Done(Vec::new())).await);
    assert!(matches!(good(journal.claim("one", LONG).await), Claim::Finished));
}

async fn claims(journal: &dyn Journal) {
    let jobs = [job("claims-a"), job("claims-b"), job("claims-c")];
    good(journal.begin(&"claims".into(), &jobs).await);
    let (a, b) = (
        claim(journal, "one", LONG).await,
        claim(journal, "two", LONG).await,
    );
    assert_ne!(a.key(), b.key(), "two workers hold one job");
    let c = claim(journal, "one", LONG).await;
    assert!(
        matches!(good(journal.claim("three", LONG).await), Claim::Wait(_)),
        "others are at work"
    );
    assert_eq!((a.epoch(), a.attempt()), (1, 1));
    let summary = (0..=255).collect::<Vec<u8>>();
    good(journal.finish(&a, &Outcome::Done(summary.clone())).await);
    good(
        journal
            .finish(&b, &Outcome::Failed("no\0pe".into(), b"why".to_vec()))
            .await,
    );
    good(
        journal
            .finish(&c, &Outcome::Retry(Duration::from_millis(300), "busy".into()))
            .await,
    );
    let again = match good(journal.claim("one", LONG).await) {
        Claim::Wait(wait) => {
            assert!(
                wait <= Duration::from_secs(1),
                "it is due in 300 ms, not in {wait:?}"
            );
            tokio::time::sleep(Duration::from_millis(400)).await;
            claim(journal, "one", LONG).await
        }
        other => panic!("it was to wait, but {other:?}"),
    };
    assert_eq!(
        (again.epoch(), again.attempt()),
        (2, 2),
        "an attempt that is to be tried again counts"
    );
    good(journal.finish(&again, &Outcome::Released).await);
    let again = claim(journal, "two", LONG).await;
    assert_eq!(
        (again.epoch(), again.attempt()),
        (3, 2),
        "one that was given back does not count"
    );
    let states = all_jobs(journal).await;
    let told = states
        .iter()
        .map(|status| (status.state, status.summary.clone(), status.attempts));
    let expected = [
        (JobState::Done, Some(summary), 1),
        (JobState::Failed, Some(b"why".to_vec()), 1),
        (JobState::Leased, None, 1),
    ];
    assert_eq!(
        told.collect::<Vec<_>>(),
        expected,
        "each job with its end; none of an earlier pass"
    );
    assert!(
        states[1]
            .error
            .as_deref()
            .is_some_and(|error| error.starts_with("no"))
    );
    assert_eq!(states[2].worker.as_deref(), Some("two"));
    assert_eq!(states[2].error, None, "a job that was given back has no error");
    good(journal.finish(&again, &Outcome::Done(Vec::new())).await);
}

async fn leases(journal: &dyn Journal) {
    good(journal.begin(&"leases".into(), &[job("leases")]).await);
    let first = claim(journal, "paused", SHORT).await;
    good(journal.append(&first, &inbox(), b"1").await);
    for _ in 0..4 {
        tokio::time::sleep(SHORT / 2).await;
        good(journal.append(&first, &inbox(), b".").await);
        let other = good(journal.claim("two", LONG).await);
        assert!(
            matches!(other, Claim::Wait(_)),
            "a write renews the lease, but {other:?}"
        );
    }
    for _ in 0..3 {
        tokio::time::sleep(SHORT / 2).await;
        good(journal.renew(&first).await);
    }
    assert!(
        matches!(good(journal.claim("two", LONG).await), Claim::Wait(_)),
        "so does a renewal"
    );
    tokio::time::sleep(SHORT + SHORT / 2).await;
    let second = claim(journal, "two", LONG).await;
    assert_eq!(
        (second.epoch(), second.attempt()),
        (2, 1),
        "a lease that has run out is taken over, and a crash is no failed attempt"
    );
    is_lost(journal.append(&first, &inbox(), b"x").await, "writing");
    is_lost(journal.renew(&first).await, "renewing");
    is_lost(
        journal.finish(&first, &Outcome::Done(Vec::new())).await,
        "finishing",
    );
    good(journal.append(&second, &inbox(), b"2").await);
    let written = good(journal.read(second.key(), &inbox()).await);
    assert_eq!(written, b"1....2", "what was written stands, and nothing else");
    let late = journal
        .begin(&"another fingerprint".into(), &[job("leases")])
        .await;
    match late {
        Ok(_) => panic!("a pass with another fingerprint began while a worker was at work"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::InUse, "{error}"),
    }
    good(journal.finish(&second, &Outcome::Done(Vec::new())).await);
}

async fn passes(journal: &dyn Journal) {
    let jobs = [job("pass-a"), job("pass-b"), job("pass-c")];
    let first = good(journal.begin(&"passes".into(), &jobs[..2]).await);
    let lease = claim(journal, "one", LONG).await;
    good(journal.finish(&lease, &Outcome::Done(b"a".to_vec())).await);
    let joined = good(journal.begin(&"passes".into(), &jobs).await);
    assert_eq!(
        (joined.number, joined.joined),
        (first.number, true),
        "an unfinished pass is joined"
    );
    let b = claim(journal, "one", LONG).await;
    assert_eq!(b.job(), &jobs[1], "what is done stays done");
    good(
        journal
            .finish(&b, &Outcome::Failed("no".into(), Vec::new()))
            .await,
    );
    let joined = good(journal.begin(&"passes".into(), &jobs).await);
    assert!(joined.joined);
    let (c, b) = (
        claim(journal, "one", LONG).await,
        claim(journal, "one", LONG).await,
    );
    let (b, c) = if b.job() == &jobs[1] { (b, c) } else { (c, b) };
    assert_eq!(
        (b.job(), c.job()),
        (&jobs[1], &jobs[2]),
        "what failed is tried again, and what is new is added"
    );
    assert_eq!(b.attempt(), 1, "attempts are counted anew");
    good(journal.finish(&b, &Outcome::Done(Vec::new())).await);
    good(journal.finish(&c, &Outcome::Done(Vec::new())).await);
    let next = good(journal.begin(&"passes".into(), &jobs[..1]).await);
    assert_eq!(
        (next.number, next.joined),
        (first.number + 1, false),
        "a finished pass is followed by the next"
    );
    assert_eq!(
        all_jobs(journal).await.len(),
        1,
        "a pass has the jobs that it was given"
    );
    let earlier = list(journal, JobFilter::All).await;
    assert!(
        earlier.iter().any(|status| status.job == jobs[2]),
        "earlier passes are remembered"
    );
    let again = claim(journal, "one", LONG).await;
    assert_eq!((again.epoch(), again.attempt()), (2, 1));
    assert_eq!(again.pass(), next.number, "a lease names its pass");
    assert_eq!(again.summary(), Some(&b"a"[..]), "the summary of the pass before");
    let current = good(journal.current_pass().await).map(|pass| (pass.number, pass.settings));
    assert_eq!(current, Some((next.number, "passes".into())));
    good(journal.finish(&again, &Outcome::Released).await);
    let other = good(journal.begin(&"passes, changed".into(), &jobs[..1]).await);
    assert!(!other.joined, "a pass with another fingerprint is not joined");
    let again = claim(journal, "one", LONG).await;
    good(journal.finish(&again, &Outcome::Done(Vec::new())).await);
}

/// A journal holds one migration. Another one is refused, and what differs is named.
async fn migrations(journal: &dyn Journal) {
    let leads = |to: &str| Settings::new().identity("mail", to);
    let refused = async |what: &str| match journal.begin(&leads("there"), &[job("migration")]).await {
        Ok(_) => panic!("another migration was begun {what}"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config, "{what}: {error}");
            assert!(
                error
                    .to_string()
                    .contains("`mail` is \"there\" here and \"here\""),
                "{error}"
            );
        }
    };
    good(journal.begin(&leads("here"), &[job("migration")]).await);
    let lease = claim(journal, "one", LONG).await;
    refused("beside a worker").await;
    assert_eq!(lease.summary(), None);
    good(journal.finish(&lease, &Outcome::Done(Vec::new())).await);
    refused("after a pass").await;
    good(journal.begin(&"no mail moves".into(), &[]).await);
    refused("after a pass without mail").await;
}

/// Many workers at once: each job goes to exactly one.
async fn crowd(journal: &dyn Journal) {
    let jobs = (0..CROWD)
        .map(|number| job(&format!("crowd-{number}")))
        .collect::<Vec<_>>();
    good(journal.begin(&"crowd".into(), &jobs).await);
    let work = async |name: &str| {
        let mut held = Vec::new();
        loop {
            match good(journal.claim(name, LONG).await) {
                Claim::Job(lease) => {
                    good(journal.append(&lease, &inbox(), name.as_bytes()).await);
                    good(journal.finish(&lease, &Outcome::Done(b"done".to_vec())).await);
                    held.push(lease.key().clone());
                }
                Claim::Wait(wait) => tokio::time::sleep(wait.min(Duration::from_millis(20))).await,
                Claim::Finished => return held,
            }
        }
    };
    let (a, b, c, d) = tokio::join!(work("a"), work("b"), work("c"), work("d"));
    let mut times: BTreeMap<JobKey, u32> = BTreeMap::new();
    for key in [a, b, c, d].into_iter().flatten() {
        *times.entry(key).or_default() += 1;
    }
    assert_eq!(times.len(), CROWD, "each job was claimed");
    assert!(
        times.values().all(|times| *times == 1),
        "a job was claimed twice: {times:?}"
    );
}
