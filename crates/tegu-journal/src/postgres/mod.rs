//! The journal in PostgreSQL. `docs/stored-form.md` describes the tables.

mod connect;
mod fault;
mod options;
mod schema;
mod statement;

pub use options::PostgresOptions;

use self::{
    connect::{Missing, WithPassword},
    fault::Fault,
    options::place,
    statement::Statements,
};
use crate::{
    BoxFuture, Claim, CurrentPass, Error, Job, JobFilter, JobKey, JobState, JobStatus, Journal, Kind, Lease,
    LogName, Outcome, Pass, Result, Settings, journal::lost, memory::PAGE, settings,
};
use deadpool_postgres::{
    ConfigConnectImpl, Connect, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts,
};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_postgres::{NoTls, Row, config::SslMode, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How often a worker asks again while others hold what is left.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// A journal in a PostgreSQL database (12 or later), for workers in any number of processes on any number of machines.
///
/// Time is measured by the database's clock. Each call is one statement, except [`begin`](Journal::begin), which is one
/// transaction.
pub struct PostgresJournal {
    pool: Pool,
    missing: Missing,
    migration: String,
    place: String,
    timeout: Duration,
    statements: Statements,
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl PostgresJournal {
    /// Connects, and makes the tables or upgrades them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if an option is wrong. [`ErrorKind::Journal`](crate::ErrorKind::Journal) if
    /// the database cannot be reached, refuses, or the schema is another program's or of a later version.
    pub async fn connect(options: PostgresOptions) -> Result<Self> {
        let config = options.config()?;
        let schema = options.checked_schema()?.to_owned();
        let place = place(&config);
        let recycling_method = RecyclingMethod::Fast;
        let manager = ManagerConfig { recycling_method };
        let connect: Box<dyn Connect> = if config.get_ssl_mode() == SslMode::Disable {
            Box::new(ConfigConnectImpl { tls: NoTls })
        } else {
            let tls = MakeRustlsConnect::new((*options.tls.client_config()?).clone());
            Box::new(ConfigConnectImpl { tls })
        };
        let missing = Missing::default();
        let connect = WithPassword {
            connect,
            password: options.password,
            missing: missing.clone(),
        };
        let manager = Manager::from_connect(config, connect, manager);
        let timeouts = Timeouts {
            wait: Some(options.timeout),
            create: Some(options.timeout),
            recycle: Some(options.timeout),
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections)
            .runtime(Runtime::Tokio1)
            .timeouts(timeouts);
        let pool = pool
            .build()
            .map_err(|error| Error::config(error).doing("connect to the journal", &place))?;
        let journal = Self {
            pool,
            missing,
            migration: options.migration,
            place,
            timeout: options.timeout,
            statements: Statements::new(&schema),
        };
        let mut client = journal
            .client()
            .await
            .map_err(|fault| journal.failed("open", fault))?;
        // Not bounded by the time-out: another process may be upgrading.
        schema::prepare(&mut client, &schema)
            .await
            .map_err(|fault| journal.failed("open", fault))?;
        Ok(journal)
    }

    async fn client(&self) -> Result<deadpool_postgres::Client, Fault> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => match self.missing.take() {
                Some(why) => Fault::Pool(why.to_string()),
                None => Fault::Database(error),
            },
            other => Fault::Pool(other.to_string()),
        })
    }

    /// Runs one statement. A connection that does not answer in time is not used again.
    async fn query(&self, statement: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        let client = self.client().await?;
        let answer = async {
            let statement = client.prepare_cached(statement).await?;
            client.query(&statement, values).await
        };
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(rows) => Ok(rows?),
            Err(_) => {
                drop(deadpool_postgres::Object::take(client));
                Err(Fault::Pool(format!("no answer within {:?}", self.timeout)))
            }
        }
    }

    /// Runs a statement that returns a row if and only if the lease is good.
    async fn fenced(
        &self,
        doing: &str,
        lease: &Lease,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<()> {
        let asked = Instant::now();
        let rows = self
            .query(statement, values)
            .await
            .map_err(|fault| self.failed(doing, fault))?;
        if rows.is_empty() {
            return Err(lost(lease.key()));
        }
        lease.confirm(asked);
        Ok(())
    }

    async fn begin_pass(&self, settings: &Settings, jobs: &[Job]) -> Result<Pass, Fault> {
        let mut client = self.client().await?;
        let s = &self.statements;
        let transaction = client.transaction().await?;
        transaction.execute(&s.know_migration, &[&self.migration]).await?;
        // A second process waits here until the first has committed.
        let row = transaction
            .query_one(&s.lock_migration, &[&self.migration])
            .await?;
        let (known, pass): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let row = transaction
            .query_one(&s.at_work, &[&self.migration, &pass])
            .await?;
        let (at_work, unfinished): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
        let begin = settings::begin(settings, &known, unfinished, at_work)?;
        let (joined, fingerprint) = (begin.joined, begin.settings);
        let pass = if joined { pass } else { pass + 1 };
        transaction
            .execute(&s.set_pass, &[&self.migration, &fingerprint, &pass])
            .await?;
        for jobs in jobs.chunks(PAGE) {
            let kinds = jobs.iter().map(|job| job.key().kind.as_str()).collect::<Vec<_>>();
            let accounts = jobs
                .iter()
                .map(|job| job.key().account.as_str())
                .collect::<Vec<_>>();
            let payloads = jobs.iter().map(Job::payload_json).collect::<Vec<_>>();
            transaction
                .execute(
                    &s.add_jobs,
                    &[&self.migration, &pass, &kinds, &accounts, &payloads, &at_work],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(Pass::new(pass.unsigned_abs(), joined))
    }

    async fn claim_next(&self, worker: &str, length: Duration) -> Result<Claim, Fault> {
        let asked = Instant::now();
        let seconds = length.as_secs_f64();
        let rows = self
            .query(&self.statements.claim, &[&self.migration, &worker, &seconds])
            .await?;
        if let Some(row) = rows.first() {
            let (epoch, attempts, pass): (i64, i32, i64) =
                (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
            let attempt = attempts.unsigned_abs() + 1;
            let lease = Lease::new(job(row)?, epoch.unsigned_abs(), attempt, length)
                .of_pass(pass.unsigned_abs())
                .last_summary(row.try_get(6)?);
            lease.confirm(asked);
            return Ok(Claim::Job(lease));
        }
        let rows = self.query(&self.statements.next_due, &[&self.migration]).await?;
        let due: Option<f64> = rows.first().map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(match due {
            Some(seconds) => {
                // A job that has come due since is ready at once.
                let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
                Claim::Wait(wait.clamp(Duration::from_millis(10), ASK_AGAIN))
            }
            None => Claim::Finished,
        })
    }

    async fn page(&self, filter: JobFilter, after: Option<&JobKey>) -> Result<Vec<JobStatus>, Fault> {
        let (kind, account) = after.map_or(("", ""), |key| (key.kind.as_str(), key.account.as_str()));
        let (room, all) = (PAGE as i64, filter == JobFilter::All);
        let rows = self
            .query(
                &self.statements.jobs,
                &[&self.migration, &kind, &account, &room, &all],
            )
            .await?;
        rows.iter().map(status).collect()
    }
}

/// Reads kind, account and payload.
fn job(row: &Row) -> Result<Job, Fault> {
    let (kind, account): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let payload: String = row.try_get(2)?;
    Ok(Job::from_json(JobKey::new(Kind::new(kind)?, account), payload)?)
}

fn status(row: &Row) -> Result<JobStatus, Fault> {
    let state: String = row.try_get(3)?;
    let unknown = || Fault::Foreign(format!("a job is {state:?}"));
    let (epoch, attempts): (i64, i32) = (row.try_get(4)?, row.try_get(5)?);
    Ok(JobStatus {
        job: job(row)?,
        state: JobState::from_name(&state).ok_or_else(unknown)?,
        epoch: epoch.unsigned_abs(),
        attempts: attempts.unsigned_abs(),
        worker: row.try_get(6)?,
        error: row.try_get(7)?,
        summary: row.try_get(8)?,
    })
}

fn number(epoch: u64) -> i64 {
    i64::try_from(epoch).unwrap_or(i64::MAX)
}

impl Journal for PostgresJournal {
    fn describe(&self) -> String {
        format!("{} migration {:?}", self.place, self.migration)
    }

    fn begin<'a>(&'a self, settings: &'a Settings, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        Box::pin(async move {
            self.begin_pass(settings, jobs)
                .await
                .map_err(|fault| self.failed("write", fault))
        })
    }

    fn current_pass(&self) -> BoxFuture<'_, Result<Option<CurrentPass>>> {
        Box::pin(async move {
            let read = async {
                let rows = self
                    .query(&self.statements.current_pass, &[&self.migration])
                    .await?;
                let Some(row) = rows.first() else { return Ok(None) };
                let (settings, number): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
                Ok(CurrentPass::from_stored(number.unsigned_abs(), &settings))
            };
            read.await.map_err(|fault| self.failed("read", fault))
        })
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        Box::pin(async move {
            self.claim_next(worker, lease)
                .await
                .map_err(|fault| self.failed("write", fault))
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (key, epoch, seconds) = (lease.key(), number(lease.epoch()), lease.length().as_secs_f64());
            let values: [&(dyn ToSql + Sync); 5] = [
                &self.migration,
                &key.kind.as_str(),
                &key.account,
                &epoch,
                &seconds,
            ];
            self.fenced("write", lease, &self.statements.renew, &values).await
        })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (key, epoch) = (lease.key(), number(lease.epoch()));
            let (state, wait, error, summary, counts) = match outcome {
                Outcome::Done(summary) => (JobState::Done, Duration::ZERO, None, Some(summary), 1_i32),
                Outcome::Failed(error, summary) => {
                    (JobState::Failed, Duration::ZERO, Some(error), Some(summary), 1)
                }
                Outcome::Retry(after, error) => (JobState::Ready, *after, Some(error), None, 1),
                Outcome::Released => (JobState::Ready, Duration::ZERO, None, None, 0),
            };
            // A text of PostgreSQL cannot hold NUL.
            let error = error.map(|error| error.replace('\0', " "));
            let (state, wait) = (state.name(), wait.as_secs_f64());
            let values: [&(dyn ToSql + Sync); 9] = [
                &self.migration,
                &key.kind.as_str(),
                &key.account,
                &epoch,
                &state,
                &wait,
                &error,
                &summary,
                &counts,
            ];
            self.fenced("write", lease, &self.statements.finish, &values)
                .await
        })
    }

    fn jobs<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&'a JobKey>,
    ) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        Box::pin(async move {
            self.page(filter, after)
                .await
                .map_err(|fault| self.failed("read", fault))
        })
    }

    fn append<'a>(
        &'a self,
        lease: &'a Lease,
        log: &'a LogName,
        octets: &'a [u8],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (key, epoch, seconds) = (lease.key(), number(lease.epoch()), lease.length().as_secs_f64());
            let (kind, log_kind) = (key.kind.as_str(), log.kind.as_str());
            let values: [&(dyn ToSql + Sync); 8] = [
                &self.migration,
                &kind,
                &key.account,
                &epoch,
                &seconds,
                &log_kind,
                &log.name,
                &octets,
            ];
            self.fenced("write", lease, &self.statements.append, &values)
                .await
        })
    }

    fn read<'a>(&'a self, job: &'a JobKey, log: &'a LogName) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let (kind, log_kind) = (job.kind.as_str(), log.kind.as_str());
            let values: [&(dyn ToSql + Sync); 5] =
                [&self.migration, &kind, &job.account, &log_kind, &log.name];
            let rows = self
                .query(&self.statements.read, &values)
                .await
                .map_err(|fault| self.failed("read", fault))?;
            let mut octets = Vec::new();
            for row in rows {
                let page: &[u8] = row
                    .try_get(0)
                    .map_err(|error| self.failed("read", error.into()))?;
                octets.extend_from_slice(page);
            }
            Ok(octets)
        })
    }

    fn logs<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<LogName>>> {
        Box::pin(async move {
            let values: [&(dyn ToSql + Sync); 3] = [&self.migration, &job.kind.as_str(), &job.account];
            let rows = self.query(&self.statements.logs, &values).await;
            let log = |row: &Row| -> Result<LogName, Fault> {
                let (kind, name): (String, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
                Ok(LogName::new(Kind::new(kind)?, name))
            };
            let logs = rows.and_then(|rows| rows.iter().map(log).collect::<Result<Vec<_>, _>>());
            let mut logs = logs.map_err(|fault| self.failed("read", fault))?;
            logs.sort();
            Ok(logs)
        })
    }

    fn beside<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Arc<dyn Journal>>>> {
        let beside: Arc<dyn Journal> = Arc::new(Self {
            pool: self.pool.clone(),
            migration: format!("{}/{name}", self.migration),
            place: self.place.clone(),
            timeout: self.timeout,
            statements: self.statements.clone(),
            missing: self.missing.clone(),
        });
        Box::pin(async move { Ok(Some(beside)) })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        // A commit is durable.
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests;
