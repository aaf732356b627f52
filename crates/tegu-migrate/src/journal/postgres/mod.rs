mod options;
mod schema;
mod statement;

pub use options::PostgresOptions;

use super::{
    Book, BookKind, Claim, Job, JobKey, JobState, JobStatus, Journal, Lease, Outcome, Pass, Which, lost,
    memory::PAGE, table::at_work_on_another,
};
use crate::{BoxFuture, Error, ErrorKind, Result};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use statement::Statements;
use std::{
    fmt,
    time::{Duration, Instant},
};
use tokio_postgres::{NoTls, Row, config::SslMode, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;

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

/// What went wrong.
#[derive(Debug)]
enum Fault {
    Database(tokio_postgres::Error),
    /// No connection.
    Pool(String),
    /// The database holds what it should not.
    Foreign(String),
    /// An error that says all.
    Told(Error),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl PostgresJournal {
    /// Connects, and makes the tables or brings them up to date.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] when the database cannot be reached, refuses, or holds another program's schema.
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

    fn failed(&self, doing: &str, fault: Fault) -> Error {
        let (text, passing) = match fault {
            Fault::Told(error) => return error,
            Fault::Foreign(text) => (text, false),
            Fault::Pool(text) => (text, true),
            Fault::Database(error) => {
                // Class 08 is a connection's, 40 a conflict's, 53 a lack of room's, 57 an operator's.
                let passes = |code: &str| {
                    ["08", "40", "53", "57"]
                        .iter()
                        .any(|class| code.starts_with(class))
                };
                let passing = error
                    .code()
                    .map_or_else(|| error.is_closed() || is_io(&error), |code| passes(code.code()));
                let text = error
                    .as_db_error()
                    .map_or_else(|| causes(&error), |error| error.message().to_owned());
                (text, passing)
            }
        };
        Error::new(
            ErrorKind::Journal,
            format!("{doing} the journal {}: {text}", self.place),
        )
        .retryable(passing)
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

/// Where the database is, without secrets.
fn place(config: &tokio_postgres::Config) -> String {
    let host = config
        .get_hosts()
        .first()
        .map_or_else(String::new, |host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!(
        "postgres {host}:{port}/{}",
        config.get_dbname().unwrap_or_default()
    )
}

fn tls(extra_roots_pem: Option<&[u8]>) -> Result<MakeRustlsConnect> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let wrong =
        |error: &dyn fmt::Display| Error::config(format!("the journal's database: certificates: {error}"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in CertificateDer::pem_slice_iter(extra_roots_pem.unwrap_or_default()) {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
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
mod tests {
    use super::{super::conformance, *};
    use tegu_testkit::{
        Postgres,
        proxy::{Fault as Spoil, Proxy},
    };

    fn options(server: &Postgres, migration: &str) -> PostgresOptions {
        PostgresOptions::new(server.url(), migration)
    }

    #[tokio::test]
    async fn conforms_and_remembers() {
        if tegu_testkit::skip_servers() {
            return;
        }
        let mut server = Postgres::start();
        let journal = PostgresJournal::connect(options(&server, "first")).await.unwrap();
        conformance::check(&journal).await;
        let other = PostgresJournal::connect(options(&server, "second"))
            .await
            .unwrap();
        conformance::check(&other).await;
        drop((journal, other));
        server.crash_and_restart();
        let journal = PostgresJournal::connect(options(&server, "first")).await.unwrap();
        conformance::check_reopened(&journal).await;
        assert!(!format!("{journal:?} {}", journal.describe()).contains(Postgres::password()));
    }

    #[tokio::test]
    async fn encrypted_and_verified() {
        if tegu_testkit::skip_servers() {
            return;
        }
        let server = Postgres::start();
        let url = format!("postgres://tegu@localhost:{}/tegu", server.port());
        let options = PostgresOptions::new(url, "tls").password(Postgres::password().to_owned().into());
        let error = PostgresJournal::connect(options.clone()).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Journal,
            "a certificate that nobody vouches for: {error}"
        );
        let roots = std::fs::read(server.ca_pem()).unwrap();
        let journal = PostgresJournal::connect(options.extra_roots_pem(roots))
            .await
            .unwrap();
        assert!(journal.begin("plan", &[]).await.is_ok());
        let used = server.sql(
            "tegu",
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
            WHERE application_name = 'tegu-migrate'",
        );
        assert_eq!(used, "t\n");
    }

    #[tokio::test]
    async fn what_is_no_journal_is_refused() {
        if tegu_testkit::skip_servers() {
            return;
        }
        let server = Postgres::start();
        let refused = async |options: PostgresOptions, what: &str| {
            let error = PostgresJournal::connect(options).await.unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            assert!(!error.to_string().contains(Postgres::password()), "{error}");
            error.kind()
        };
        server.sql("tegu", "CREATE SCHEMA diary; CREATE TABLE diary.days (n int)");
        assert_eq!(
            refused(options(&server, "x").schema("diary"), "another program's").await,
            ErrorKind::Journal
        );
        assert_eq!(
            refused(options(&server, "x").schema("a; DROP"), "small letters").await,
            ErrorKind::Config
        );
        assert_eq!(
            refused(PostgresOptions::new("postgres://secret@[", "x"), "cannot be read").await,
            ErrorKind::Config
        );
        let wrong = PostgresOptions::new(server.url().replace("secret", "wrong"), "x");
        assert_eq!(
            refused(wrong, "password authentication failed").await,
            ErrorKind::Journal
        );
        drop(PostgresJournal::connect(options(&server, "x")).await.unwrap());
        server.sql("tegu", "UPDATE tegu.tegu_migrate SET version = 99");
        assert_eq!(
            refused(options(&server, "x"), "stored form is 99").await,
            ErrorKind::Journal
        );
    }

    #[tokio::test]
    async fn a_database_that_is_silent_or_away_is_an_error_that_passes() {
        if tegu_testkit::skip_servers() {
            return;
        }
        let server = Postgres::start();
        let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into(), Spoil::None);
        let options =
            PostgresOptions::new(Postgres::url_at(proxy.port()), "x").timeout(Duration::from_secs(2));
        let journal = PostgresJournal::connect(options).await.unwrap();
        journal.begin("plan", &[]).await.unwrap();
        for fault in [Spoil::BlackHole, Spoil::Refuse] {
            proxy.set(fault);
            proxy.cut_all();
            let error = journal.claim("one", Duration::from_secs(9)).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.is_retryable()),
                (ErrorKind::Journal, true),
                "{error}"
            );
        }
        proxy.set(Spoil::BlackHole);
        let error = journal.claim("one", Duration::from_secs(9)).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        proxy.set(Spoil::None);
        proxy.cut_all();
        let mut answers = 0;
        for _ in 0..20 {
            answers += u32::from(journal.claim("one", Duration::from_secs(9)).await.is_ok());
        }
        assert!(answers > 10, "it comes back: {answers}");
    }
}
