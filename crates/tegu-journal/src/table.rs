//! The rules of claim for a journal of your own that belongs to one process.
//!
//! A [`JobTable`] holds all jobs in memory and keeps the [rules of claim](crate::Journal#the-rules-of-claim). The journal around it
//! stores the rows that change, the number of the pass and its settings, and gives them back to [`JobTable::restore`] when it is
//! opened again. [`MemoryJournal`](crate::MemoryJournal) and `RedbJournal` are made this way. A journal that several processes
//! share needs a database that orders their claims, and no table.
//!
//! What to store after each call that succeeds:
//!
//! | call | store |
//! |---|---|
//! | [`begin`](JobTable::begin) | [`pass`](JobTable::pass), [`settings`](JobTable::settings), and the [`row`](JobTable::row) of each given job |
//! | [`claim`](JobTable::claim) | the row of the lease's job |
//! | [`finish`](JobTable::finish) | the row, and the summary that the outcome holds |
//! | [`renew`](JobTable::renew) | nothing: leases end with the process |
//!
//! ```
//! use std::time::Duration;
//! use tegu_journal::{Claim, Job, JobKey, JobState, Kind, Outcome, table::JobTable};
//!
//! let anna = JobKey::new(Kind::from_static("mail"), "anna");
//! let mut table = JobTable::new();
//! table.begin(&"settings 1".into(), &[Job::new(anna.clone(), &())?])?;
//! let Claim::Job(_lease) = table.claim("worker 1", Duration::from_secs(60)) else { panic!() };
//!
//! // What was stored; then the process dies, and the lease with it.
//! let row = table.row(&anna).expect("it was claimed").clone();
//! let mut table = JobTable::restore(table.settings().to_owned(), table.pass(), [row]);
//! let Claim::Job(lease) = table.claim("worker 2", Duration::from_secs(60)) else { panic!() };
//! assert_eq!((lease.epoch(), lease.attempt()), (2, 1));
//! table.finish(&lease, &Outcome::Done(Vec::new()))?;
//! assert_eq!(table.row(&anna).map(|row| row.state), Some(JobState::Done));
//! # Ok::<(), tegu_journal::Error>(())
//! ```

use crate::{
    Claim, Clock, CurrentPass, Job, JobFilter, JobKey, JobState, JobStatus, Lease, Outcome, Pass, Result,
    Settings, SystemClock, journal::lost, settings,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a worker asks again while others hold what is left.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// All of a job but its summary: what a journal stores of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobRow {
    /// The job.
    pub job: Job,
    /// Where it stands.
    pub state: JobState,
    /// Its place in the pass; lower numbers are claimed first.
    pub order: u64,
    /// The last pass that it was part of.
    pub pass: u64,
    /// How often it was claimed in all passes.
    pub epoch: u64,
    /// How many attempts of this pass ended with a result.
    pub attempts: u32,
    /// The worker that has it, or had it last.
    pub worker: Option<String>,
    /// Why the last attempt of this pass failed, if it did.
    pub error: Option<String>,
}

impl JobRow {
    /// Makes the row of a job that nobody has claimed; set the fields that are stored.
    #[must_use]
    pub fn new(job: Job) -> Self {
        Self {
            job,
            state: JobState::Ready,
            order: 0,
            pass: 0,
            epoch: 0,
            attempts: 0,
            worker: None,
            error: None,
        }
    }

    /// Returns what [`Journal::jobs`](crate::Journal::jobs) says of the job, with the summary that the journal stores.
    #[must_use]
    pub fn status(&self, summary: Option<Vec<u8>>) -> JobStatus {
        JobStatus {
            job: self.job.clone(),
            state: self.state,
            epoch: self.epoch,
            attempts: self.attempts,
            worker: self.worker.clone(),
            error: self.error.clone(),
            summary,
        }
    }
}

#[derive(Debug)]
struct Held {
    epoch: u64,
    until: Instant,
}

/// All jobs of a journal, in memory; see the [module](self).
#[derive(Debug)]
pub struct JobTable {
    pub(super) clock: Arc<dyn Clock>,
    settings: String,
    pass: u64,
    rows: BTreeMap<JobKey, JobRow>,
    /// Jobs of the pass that may be claimed, by their place in it.
    ready: BTreeMap<u64, JobKey>,
    /// Jobs that are to be tried again, and when.
    waiting: HashMap<JobKey, Instant>,
    held: HashMap<JobKey, Held>,
}

impl Default for JobTable {
    fn default() -> Self {
        Self::new()
    }
}

impl JobTable {
    /// Makes an empty table.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            settings: String::new(),
            pass: 0,
            rows: BTreeMap::new(),
            ready: BTreeMap::new(),
            waiting: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// Makes a table of what was stored: the settings and the number of the last pass, and all rows. Leases ended with the process
    /// that held them.
    pub fn restore(settings: String, pass: u64, rows: impl IntoIterator<Item = JobRow>) -> Self {
        let mut table = Self {
            settings,
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

    fn put(&mut self, row: JobRow) {
        let key = row.job.key().clone();
        self.waiting.remove(&key);
        if row.state == JobState::Ready && row.pass == self.pass {
            self.ready.insert(row.order, key.clone());
        }
        self.rows.insert(key, row);
    }

    /// Measures leases and waits by another clock than the machine's.
    pub fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.clock = clock;
    }

    /// Returns the number of the last pass; 0 if there was none.
    #[must_use]
    pub fn pass(&self) -> u64 {
        self.pass
    }

    /// Returns the settings of the last pass, as they are stored: [`Settings::encode`].
    #[must_use]
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// Returns the row of a job.
    #[must_use]
    pub fn row(&self, key: &JobKey) -> Option<&JobRow> {
        self.rows.get(key)
    }

    /// Returns up to `room` rows whose keys are greater than `after`.
    pub fn page<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&JobKey>,
        room: usize,
    ) -> impl Iterator<Item = (&'a JobKey, &'a JobRow)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, |key| Excluded(key.clone()));
        let pass = self.pass;
        self.rows
            .range((from, Unbounded))
            .filter(move |(_, row)| filter == JobFilter::All || row.pass == pass)
            .take(room)
    }

    /// Returns the last pass, or `None` if there was none.
    #[must_use]
    pub fn current_pass(&self) -> Option<CurrentPass> {
        CurrentPass::from_stored(self.pass, &self.settings)
    }

    /// Begins a pass or joins the last one.
    ///
    /// # Errors
    ///
    /// As [`Journal::begin`](crate::Journal::begin).
    pub fn begin(&mut self, settings: &Settings, jobs: &[Job]) -> Result<Pass> {
        let now = self.clock.now();
        let at_work = self.held.values().any(|held| held.until > now);
        let left = |row: &JobRow| matches!(row.state, JobState::Ready | JobState::Leased);
        let unfinished = self.rows.values().any(|row| row.pass == self.pass && left(row));
        let begin = settings::begin(settings, &self.settings, unfinished, at_work)?;
        let joined = begin.joined;
        self.settings = begin.settings;
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
            let again = |row: &JobRow| row.pass != self.pass || (row.state == JobState::Failed && !at_work);
            if known.is_some_and(|row| !again(row)) {
                continue;
            }
            let row = JobRow {
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

    /// Returns a lease on the next job. Its summary is the journal's to add: [`Lease::last_summary`].
    pub fn claim(&mut self, worker: &str, length: Duration) -> Claim {
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

    /// Renews a lease. Call this before each append.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LeaseLost`](crate::ErrorKind::LeaseLost) once another worker has claimed the job.
    pub fn renew(&mut self, lease: &Lease) -> Result<()> {
        let now = self.clock.now();
        let held = self.held.get_mut(lease.key());
        let held = held.filter(|held| held.epoch == lease.epoch());
        held.ok_or_else(|| lost(lease.key()))?.until = now + lease.length();
        lease.confirm(now);
        Ok(())
    }

    /// Takes a job back.
    ///
    /// # Errors
    ///
    /// As [`renew`](Self::renew).
    pub fn finish(&mut self, lease: &Lease, outcome: &Outcome) -> Result<()> {
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
