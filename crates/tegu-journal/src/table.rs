//! The jobs of a journal that lives in one process. The journal stores the rows that change.

use crate::{
    Claim, Clock, CurrentPass, Job, JobFilter, JobKey, JobState, Lease, Outcome, Pass, Result, Settings,
    SystemClock, journal::lost, settings,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a worker asks again while others hold what is left.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// All of a job but its summary.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) job: Job,
    pub(super) state: JobState,
    /// The place in the pass.
    pub(super) order: u64,
    pub(super) pass: u64,
    pub(super) epoch: u64,
    pub(super) attempts: u32,
    pub(super) worker: Option<String>,
    pub(super) error: Option<String>,
}

#[derive(Debug)]
struct Held {
    epoch: u64,
    until: Instant,
}

/// All jobs.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) fingerprint: String,
    pub(super) pass: u64,
    rows: BTreeMap<JobKey, Row>,
    /// Jobs of the pass that may be claimed, by their place in it.
    ready: BTreeMap<u64, JobKey>,
    /// Jobs that are to be tried again, and when.
    waiting: HashMap<JobKey, Instant>,
    held: HashMap<JobKey, Held>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            fingerprint: String::new(),
            pass: 0,
            rows: BTreeMap::new(),
            ready: BTreeMap::new(),
            waiting: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// Takes jobs as they were stored. Leases ended with the process that held them.
    #[cfg(feature = "redb")]
    pub(super) fn restore(fingerprint: String, pass: u64, rows: impl Iterator<Item = Row>) -> Self {
        let mut table = Self {
            fingerprint,
            pass,
            ..Self::new()
        };
        for mut row in rows {
            if row.state == JobState::Leased {
                row.state = JobState::Ready;
            }
            table.put(row);
        }
        table
    }

    fn put(&mut self, row: Row) {
        let key = row.job.key().clone();
        self.waiting.remove(&key);
        if row.state == JobState::Ready && row.pass == self.pass {
            self.ready.insert(row.order, key.clone());
        }
        self.rows.insert(key, row);
    }

    #[cfg(feature = "redb")]
    pub(super) fn row(&self, key: &JobKey) -> Option<&Row> {
        self.rows.get(key)
    }

    /// Returns up to `room` rows whose keys are greater than `after`.
    pub(super) fn page<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&JobKey>,
        room: usize,
    ) -> impl Iterator<Item = (&'a JobKey, &'a Row)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, |key| Excluded(key.clone()));
        let pass = self.pass;
        self.rows
            .range((from, Unbounded))
            .filter(move |(_, row)| filter == JobFilter::All || row.pass == pass)
            .take(room)
    }

    pub(super) fn current_pass(&self) -> Option<CurrentPass> {
        CurrentPass::from_stored(self.pass, &self.fingerprint)
    }

    /// Begins a pass or joins the last one.
    pub(super) fn begin(&mut self, settings: &Settings, jobs: &[Job]) -> Result<Pass> {
        let now = self.clock.now();
        let at_work = self.held.values().any(|held| held.until > now);
        let left = |row: &Row| matches!(row.state, JobState::Ready | JobState::Leased);
        let unfinished = self.rows.values().any(|row| row.pass == self.pass && left(row));
        let begin = settings::begin(settings, &self.fingerprint, unfinished, at_work)?;
        let joined = begin.joined;
        self.fingerprint = begin.settings;
        if !joined {
            self.pass += 1;
            self.ready.clear();
            self.waiting.clear();
            self.held.clear();
        }
        let mut order = self
            .rows
            .values()
            .map(|row| row.order)
            .max()
            .map_or(0, |last| last + 1);
        for job in jobs {
            let known = self.rows.get(job.key());
            let again = |row: &Row| row.pass != self.pass || (row.state == JobState::Failed && !at_work);
            if known.is_some_and(|row| !again(row)) {
                continue;
            }
            let row = Row {
                job: job.clone(),
                state: JobState::Ready,
                order,
                pass: self.pass,
                epoch: known.map_or(0, |row| row.epoch),
                attempts: 0,
                worker: None,
                error: None,
            };
            order += 1;
            self.put(row);
        }
        Ok(Pass::new(self.pass, joined))
    }

    /// Returns a lease on the next job.
    pub(super) fn claim(&mut self, worker: &str, length: Duration) -> Claim {
        let now = self.clock.now();
        let due = self.waiting.iter().filter(|(_, when)| **when <= now);
        let due = due.map(|(key, _)| key.clone()).collect::<Vec<_>>();
        for key in due {
            self.waiting.remove(&key);
            if let Some(row) = self.rows.get(&key) {
                self.ready.insert(row.order, key);
            }
        }
        let next = self.ready.pop_first().map(|(_, key)| key).or_else(|| {
            let run_out = self.held.iter().find(|(_, held)| held.until <= now);
            run_out.map(|(key, _)| key.clone())
        });
        let Some(row) = next.and_then(|key| self.rows.get_mut(&key)) else {
            let instants = self
                .waiting
                .values()
                .chain(self.held.values().map(|held| &held.until));
            return match instants.min() {
                Some(first) => Claim::Wait(first.saturating_duration_since(now).min(ASK_AGAIN)),
                None => Claim::Finished,
            };
        };
        row.state = JobState::Leased;
        row.epoch += 1;
        row.worker = Some(worker.to_owned());
        let held = Held {
            epoch: row.epoch,
            until: now + length,
        };
        self.held.insert(row.job.key().clone(), held);
        let (attempt, clock) = (row.attempts + 1, Arc::clone(&self.clock));
        let lease = Lease::with_clock(row.job.clone(), row.epoch, attempt, length, clock);
        Claim::Job(lease.of_pass(row.pass))
    }

    /// Renews a lease unless it is lost.
    pub(super) fn renew(&mut self, lease: &Lease) -> Result<()> {
        let now = self.clock.now();
        let held = self.held.get_mut(lease.key());
        let held = held.filter(|held| held.epoch == lease.epoch());
        held.ok_or_else(|| lost(lease.key()))?.until = now + lease.length();
        lease.confirm(now);
        Ok(())
    }

    pub(super) fn finish(&mut self, lease: &Lease, outcome: &Outcome) -> Result<()> {
        let now = self.clock.now();
        self.renew(lease)?;
        self.held.remove(lease.key());
        let row = self.rows.get_mut(lease.key()).ok_or_else(|| lost(lease.key()))?;
        row.state = JobState::Ready;
        row.attempts += u32::from(*outcome != Outcome::Released);
        match outcome {
            Outcome::Done(_) => {
                row.state = JobState::Done;
                row.error = None;
            }
            Outcome::Failed(error, _) => {
                row.state = JobState::Failed;
                row.error = Some(error.clone());
            }
            Outcome::Retry(after, error) => {
                row.error = Some(error.clone());
                self.waiting.insert(lease.key().clone(), now + *after);
            }
            Outcome::Released => {
                row.error = None;
                self.ready.insert(row.order, lease.key().clone());
            }
        }
        Ok(())
    }
}
