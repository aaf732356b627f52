mod connect;
mod fault;
mod options;
mod schema;
mod statement;

pub use options::PostgresOptions;

use self::{
    connect::{place, tls},
    fault::Fault,
    statement::Statements,
};
use super::{
    Book, BookKind, Claim, Job, JobKey, JobState, JobStatus, Journal, Lease, Outcome, Pass, Which, lost,
    memory::PAGE, table::at_work_on_another,
};
use crate::{BoxFuture, Error, Result};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use std::{
    fmt,
    time::{Duration, Instant},
};
use tokio_postgres::{NoTls, Row, config::SslMode, types::ToSql};

/// How often a worker asks again while others hold what is left.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// A journal in a PostgreSQL database (12 or later), for workers in any number of processes on any number of machines.
///
/// Time is the database's: the clocks of the workers do not count. Each call is one statement, but for
/// [`begin`](Journal::begin), which is one transaction.
pub struct PostgresJournal {
    pool: Pool,
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
    /// Connects, and makes the tables or brings them up to date.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) when the database cannot be reached, refuses, or holds another program's schema.
    pub async fn connect(options: PostgresOptions) -> Result<Self> {
        let config = options.config()?;
        let schema = options.checked_schema()?.to_owned();
        let place = place(&config);
        let recycling_method = RecyclingMethod::Fast;
        let manager = ManagerConfig { recycling_method };
        let manager = if config.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(config, NoTls, manager)
        } else {
            Manager::from_config(config, tls(options.extra_roots_pem.as_deref())?, manager)
        };
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
            .map_err(|error| Error::config(format!("the journal's database: {error}")))?;
        let journal = Self {
            pool,
            migration: options.migration,
            place,
            timeout: options.timeout,
            statements: Statements::new(&schema),
        };
        let mut client = journal
            .client()
            .await
            .map_err(|fault| journal.failed("opening", fault))?;
        // Another process may be at it, and take its time.
        schema::prepare(&mut client, &schema)
            .await
            .map_err(|fault| journal.failed("opening", fault))?;
        Ok(journal)
    }

    async fn client(&self) -> Result<deadpool_postgres::Client, Fault> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => Fault::Database(error),
            other => Fault::Pool(other.to_string()),
        })
    }

    /// Asks one question. A connection that does not answer in time is not used again.
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

    /// A write that counts only while the lease is held: no row, no lease.
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

    async fn begin_pass(&self, plan: &str, jobs: &[Job]) -> Result<Pass, Fault> {
        let mut client = self.client().await?;
        let s = &self.statements;
        let transaction = client.transaction().await?;
        transaction.execute(&s.know_migration, &[&self.migration]).await?;
        // Who comes second waits here until the first has begun.
        let row = transaction
            .query_one(&s.lock_migration, &[&self.migration])
            .await?;
        let (known_plan, pass): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let row = transaction
            .query_one(&s.at_work, &[&self.migration, &pass])
            .await?;
        let (at_work, unfinished): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
        let joined = unfinished && known_plan == plan;
        if at_work && !joined {
            return Err(at_work_on_another().into());
        }
        let pass = if joined { pass } else { pass + 1 };
        transaction
            .execute(&s.set_pass, &[&self.migration, &plan, &pass])
            .await?;
        for jobs in jobs.chunks(PAGE) {
            let entities = jobs.iter().map(|job| job.entity.name()).collect::<Vec<_>>();
            let accounts = jobs.iter().map(|job| job.account.id.as_str()).collect::<Vec<_>>();
            let texts = jobs
                .iter()
                .map(serde_json::to_string)
                .collect::<Result<Vec<_>, _>>();
            let texts = texts.map_err(|error| Fault::Foreign(error.to_string()))?;
            transaction
                .execute(
                    &s.add_jobs,
                    &[&self.migration, &pass, &entities, &accounts, &texts, &at_work],
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
            let (text, epoch, attempts): (String, i64, i32) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let job = serde_json::from_str(&text).map_err(|error| Fault::Foreign(error.to_string()))?;
            let lease = Lease::new(job, epoch.unsigned_abs(), attempts.unsigned_abs(), length);
            lease.confirm(asked);
            return Ok(Claim::Job(lease));
        }
        let rows = self.query(&self.statements.next_due, &[&self.migration]).await?;
        let due: Option<f64> = rows.first().map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(match due {
            Some(seconds) => {
                // A job that came due in between is there at once.
                let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
                Claim::Wait(wait.clamp(Duration::from_millis(10), ASK_AGAIN))
            }
            None => Claim::Finished,
        })
    }

    async fn page(&self, which: Which, after: Option<&JobKey>) -> Result<Vec<JobStatus>, Fault> {
        let (entity, account) = after.map_or(("", ""), |key| (key.entity.name(), key.account.as_str()));
        let (room, all) = (PAGE as i64, which == Which::All);
        let rows = self
            .query(
                &self.statements.jobs,
                &[&self.migration, &entity, &account, &room, &all],
            )
            .await?;
        rows.iter().map(status).collect()
    }
}

fn status(row: &Row) -> Result<JobStatus, Fault> {
    let (text, state): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let unknown = || Fault::Foreign(format!("a job is {state:?}"));
    let (epoch, attempts): (i64, i32) = (row.try_get(2)?, row.try_get(3)?);
    Ok(JobStatus {
        job: serde_json::from_str(&text).map_err(|error| Fault::Foreign(error.to_string()))?,
        state: JobState::from_name(&state).ok_or_else(unknown)?,
        epoch: epoch.unsigned_abs(),
        attempts: attempts.unsigned_abs(),
        worker: row.try_get(4)?,
        error: row.try_get(5)?,
        summary: row.try_get(6)?,
    })
}

fn number(epoch: u64) -> i64 {
    i64::try_from(epoch).unwrap_or(i64::MAX)
}

impl Journal for PostgresJournal {
    fn describe(&self) -> String {
        format!("{} migration {:?}", self.place, self.migration)
    }

    fn begin<'a>(&'a self, plan: &'a str, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        Box::pin(async move {
            self.begin_pass(plan, jobs)
                .await
                .map_err(|fault| self.failed("writing", fault))
        })
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        Box::pin(async move {
            self.claim_next(worker, lease)
                .await
                .map_err(|fault| self.failed("writing", fault))
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (key, epoch, seconds) = (lease.key(), number(lease.epoch()), lease.length().as_secs_f64());
            let values: [&(dyn ToSql + Sync); 5] = [
                &self.migration,
                &key.entity.name(),
                &key.account,
                &epoch,
                &seconds,
            ];
            self.fenced("writing", lease, &self.statements.renew, &values)
                .await
        })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (key, epoch) = (lease.key(), number(lease.epoch()));
            let (state, wait, error, summary, back) = match outcome {
                Outcome::Done(summary) => (JobState::Done, Duration::ZERO, None, Some(summary), 0_i32),
                Outcome::Failed(error, summary) => {
                    (JobState::Failed, Duration::ZERO, Some(error), Some(summary), 0)
                }
                Outcome::Retry(after, error) => (JobState::Ready, *after, Some(error), None, 0),
                Outcome::Released => (JobState::Ready, Duration::ZERO, None, None, 1),
            };
            // A text of PostgreSQL cannot hold NUL.
            let error = error.map(|error| error.replace('\0', " "));
            let (state, wait) = (state.name(), wait.as_secs_f64());
            let values: [&(dyn ToSql + Sync); 9] = [
                &self.migration,
                &key.entity.name(),
                &key.account,
                &epoch,
                &state,
                &wait,
                &error,
                &summary,
                &back,
            ];
            self.fenced("writing", lease, &self.statements.finish, &values)
                .await
        })
    }

    fn jobs<'a>(&'a self, which: Which, after: Option<&'a JobKey>) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        Box::pin(async move {
            self.page(which, after)
                .await
                .map_err(|fault| self.failed("reading", fault))
        })
    }

    fn append<'a>(&'a self, lease: &'a Lease, book: &'a Book, octets: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (key, epoch, seconds) = (lease.key(), number(lease.epoch()), lease.length().as_secs_f64());
            let (entity, kind) = (key.entity.name(), book.kind.name());
            let values: [&(dyn ToSql + Sync); 8] = [
                &self.migration,
                &entity,
                &key.account,
                &epoch,
                &seconds,
                &kind,
                &book.name,
                &octets,
            ];
            self.fenced("writing", lease, &self.statements.append, &values)
                .await
        })
    }

    fn read<'a>(&'a self, job: &'a JobKey, book: &'a Book) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let (entity, kind): (&str, &str) = (job.entity.name(), book.kind.name());
            let values: [&(dyn ToSql + Sync); 5] =
                [&self.migration, &entity, &job.account, &kind, &book.name];
            let rows = self
                .query(&self.statements.read, &values)
                .await
                .map_err(|fault| self.failed("reading", fault))?;
            let mut octets = Vec::new();
            for row in rows {
                let page: &[u8] = row
                    .try_get(0)
                    .map_err(|error| self.failed("reading", error.into()))?;
                octets.extend_from_slice(page);
            }
            Ok(octets)
        })
    }

    fn books<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<Book>>> {
        Box::pin(async move {
            let values: [&(dyn ToSql + Sync); 3] = [&self.migration, &job.entity.name(), &job.account];
            let rows = self.query(&self.statements.books, &values).await;
            let book = |row: &Row| -> Result<Book, Fault> {
                let (kind, name): (&str, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
                let unknown = || Fault::Foreign(format!("a book is of the unknown kind {kind:?}"));
                Ok(Book::new(BookKind::from_name(kind).ok_or_else(unknown)?, name))
            };
            let books = rows.and_then(|rows| rows.iter().map(book).collect::<Result<Vec<_>, _>>());
            let mut books = books.map_err(|fault| self.failed("reading", fault))?;
            books.sort();
            Ok(books)
        })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        // A commit is durable.
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests;
