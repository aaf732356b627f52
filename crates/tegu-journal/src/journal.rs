use crate::{
    BoxFuture, Claim, CurrentPass, Error, ErrorKind, Job, JobFilter, JobKey, JobStatus, Lease, LogName,
    Outcome, Pass, Result, Settings,
};
use std::{fmt::Debug, sync::Arc, time::Duration};

/// The durable memory of a migration.
///
/// Each method is atomic. When it returns, what it wrote survives the death of the process; after [`sync`](Self::sync) it also
/// survives the loss of power.
///
/// # The rules of claim
///
/// A job is in one of four states: [ready, leased, done, failed](crate::JobState).
///
/// | call | from | to | and |
/// |---|---|---|---|
/// | `begin`, new pass | any | ready | for each given job: attempts 0, no error; epoch and summary stay |
/// | `begin`, joined pass | failed | ready | attempts 0, no error, unless a lease of any job is running |
/// | `claim` | ready, its wait is over | leased | epoch + 1 |
/// | `claim` | leased, the lease has run out | leased | epoch + 1 |
/// | `renew`, `append` | leased | leased | the lease runs for its whole length from now |
/// | `finish`, [`Done`](Outcome::Done) | leased | done | attempts + 1, no error, new summary |
/// | `finish`, [`Failed`](Outcome::Failed) | leased | failed | attempts + 1, new error, new summary |
/// | `finish`, [`Retry`](Outcome::Retry) | leased | ready, after a wait | attempts + 1, new error |
/// | `finish`, [`Released`](Outcome::Released) | leased | ready | no error |
///
/// - An attempt counts when it ends with a result. One that a crash or a stopped process ended does not count.
/// - A call that names a lease succeeds if and only if the job is leased in the epoch of that lease. Otherwise it changes nothing and
///   fails with [`ErrorKind::LeaseLost`]. A lease that has run out is still good as long as nobody else has claimed the job.
/// - Jobs are claimed in the order in which `begin` was given them. A ready job goes before one whose lease has run out.
/// - Two calls of `claim` never return the same job, however many processes ask.
/// - `begin` joins the last pass if that had the same [settings](Settings) and has jobs that are ready or leased. Otherwise it begins
///   the next pass, which fails while a lease of any job is running. It fails always if the journal holds
///   [another migration](Settings::other_migration).
/// - A lease names its pass, so that a worker can leave a job of a later pass alone.
/// - Time is measured by one clock for all workers.
///
/// # Errors
///
/// [`ErrorKind::Journal`] means that the journal cannot be used: a run ends with it, or waits if a retry may help. If only what one job wants
/// to write is refused, the kind is [`ErrorKind::Internal`]: that job fails, and all others go on.
#[doc(alias = "resume")]
#[doc(alias = "checkpoint")]
#[doc(alias = "state")]
pub trait Journal: Debug + Send + Sync {
    /// Says what the journal is and where, without secrets.
    fn describe(&self) -> String;

    /// Begins a pass over `jobs`, in this order, or joins the last one if it had the same `settings` and has jobs left.
    ///
    /// In a joined pass, jobs that are done stay done. Jobs that failed are tried again, unless another worker is at work.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the journal holds another migration. [`ErrorKind::InUse`] if another worker is at work on a pass
    /// with other settings. Both name the first setting that differs.
    fn begin<'a>(&'a self, settings: &'a Settings, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>>;

    /// Returns the last pass that was begun, or `None` if there was none yet.
    fn current_pass(&self) -> BoxFuture<'_, Result<Option<CurrentPass>>>;

    /// Takes the next job of the pass: one that is ready, or one whose lease has run out. `worker` is a name for people.
    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>>;

    /// Renews a lease.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LeaseLost`] once another worker has the job, as for every method that takes a lease.
    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>>;

    /// Gives a job back.
    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>>;

    /// Returns jobs whose keys are greater than `after`, in the order of their keys, as many as the journal likes. An empty
    /// answer is the end.
    fn jobs<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&'a JobKey>,
    ) -> BoxFuture<'a, Result<Vec<JobStatus>>>;

    /// Appends octets to a log of the job, and renews the lease.
    fn append<'a>(
        &'a self,
        lease: &'a Lease,
        log: &'a LogName,
        octets: &'a [u8],
    ) -> BoxFuture<'a, Result<()>>;

    /// Returns all octets of a log, in the order in which they were appended. A log that nobody wrote is empty.
    fn read<'a>(&'a self, job: &'a JobKey, log: &'a LogName) -> BoxFuture<'a, Result<Vec<u8>>>;

    /// Returns the names of a job's logs, in order.
    fn logs<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<LogName>>>;

    /// Returns a journal beside this one: another migration, named after this one and `name`, in the same place and by the same clock. All
    /// processes that share this journal share that one. `None`, the default, if there can be none.
    fn beside<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Arc<dyn Journal>>>> {
        let _ = name;
        Box::pin(async { Ok(None) })
    }

    /// Returns when everything that was written survives the loss of power.
    fn sync(&self) -> BoxFuture<'_, Result<()>>;

    /// Makes what is stored small. Call it at the end of a run. Nothing depends on it.
    fn compact(&self) -> BoxFuture<'_, Result<()>> {
        self.sync()
    }
}

/// Makes the error of a lease that is lost.
pub(crate) fn lost(key: &JobKey) -> Error {
    Error::new(
        ErrorKind::LeaseLost,
        format_args!("another worker has taken over {key}"),
    )
}
