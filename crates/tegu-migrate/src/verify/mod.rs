//! Proves a finished migration again by the journal and the target alone. The source is not needed.
//!
//! What the target should hold according to the journal is read back and compared: messages by the digest of their octets, calendars and
//! contacts by the digest of what the target returned when they were first proved. This finds what was lost or changed on the target
//! since then, also what somebody changed there on purpose.

use crate::{
    Entity, Error, ErrorKind, Migration, Result,
    error::{cancelled, died},
    journal::{JobFilter, Journal},
    report::Problem,
    route::{Flaw, Proof, ProveContext},
    shared::Shared,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tegu_outcome::file;
use tegu_transfer::{AccountJob, account_span};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// The version of `verification.json`'s form.
pub const VERIFICATION_VERSION: u32 = 1;

/// What a verification found.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// [`VERIFICATION_VERSION`].
    pub version: u32,
    /// The job's name.
    pub job: String,
    /// When it was made (RFC 3339, UTC).
    pub made: String,
    /// How many jobs were examined. A job is one kind of thing of one account.
    pub jobs: u64,
    /// Items that are on the target according to the journal.
    pub expected: u64,
    /// Of those, the items that are there as they were proved.
    pub proved: u64,
    /// Of those, the items that are there, but were never read, so that there is nothing to compare with.
    pub unproved: u64,
    /// Of those, the items that are missing or changed.
    pub flaws: Vec<Flaw>,
    /// What could not be examined.
    pub problems: Vec<UnverifiedAccount>,
}

/// An account that could not be examined.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct UnverifiedAccount {
    /// Whose things they are.
    pub account: String,
    /// What went wrong.
    pub problem: Problem,
}

impl Verification {
    /// Returns whether everything could be examined and is on the target as it was proved.
    pub fn holds(&self) -> bool {
        self.flaws.is_empty() && self.problems.is_empty() && self.proved + self.unproved == self.expected
    }
}

impl Migration {
    /// Proves again what earlier runs moved, by the journal and the target alone, and writes `verification.json` into the job
    /// directory. Nothing changes on the target.
    ///
    /// # Errors
    ///
    /// The journal does not open, or [`ErrorKind::Cancelled`]. An account that cannot be examined is not an error: the verification lists it
    /// and does not [hold](Verification::holds).
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any time.
    #[doc(alias = "check")]
    #[doc(alias = "audit")]
    pub async fn verify(&self, cancel: &CancellationToken) -> Result<Verification> {
        let shared = &self.shared;
        let missing = || {
            Error::new(
                ErrorKind::Journal,
                "there is no journal: nothing has been moved yet",
            )
        };
        let journal = shared.open_journal_if_any().await?.ok_or_else(missing)?;
        let mut verification = Verification {
            version: VERIFICATION_VERSION,
            job: shared.name.clone(),
            made: format!("{:.0}", jiff::Timestamp::now()),
            jobs: 0,
            expected: 0,
            proved: 0,
            unproved: 0,
            flaws: Vec::new(),
            problems: Vec::new(),
        };
        let mut tasks = JoinSet::new();
        let looked = self
            .look_at_all(&mut tasks, &mut verification, journal, cancel)
            .await;
        // Who is told to stop holds the journal until it has.
        tasks.shutdown().await;
        looked?;
        let by_place = |flaw: &Flaw| {
            (
                flaw.account.clone(),
                flaw.entity,
                flaw.container.clone(),
                flaw.item.clone(),
            )
        };
        verification.flaws.sort_by_cached_key(by_place);
        let failed = |error| Error::new(ErrorKind::Io, format!("writing the verification: {error}"));
        let json = serde_json::to_vec_pretty(&verification).map_err(failed)?;
        file::write(&shared.out.join("verification.json"), |file| {
            file.write_all(&json)
        })?;
        Ok(verification)
    }
}

impl Migration {
    async fn look_at_all(
        &self,
        tasks: &mut JoinSet<Looked>,
        verification: &mut Verification,
        journal: Arc<dyn Journal>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let shared = &self.shared;
        let mut after = None;
        loop {
            let page = journal.jobs(JobFilter::All, after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.job.key().clone());
            for status in page {
                while tasks.len() >= shared.limits.accounts.max(1) {
                    verification.take(tasks.join_next().await)?;
                }
                if cancel.is_cancelled() {
                    return Err(cancelled());
                }
                let job = AccountJob::from_job(&status.job)?;
                tasks.spawn(prove(shared.clone(), journal.clone(), job, cancel.clone()));
            }
        }
        while !tasks.is_empty() {
            verification.take(tasks.join_next().await)?;
        }
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        Ok(())
    }
}

type Looked = (Entity, String, Result<Proof>);

impl Verification {
    fn take(&mut self, joined: Option<Result<Looked, tokio::task::JoinError>>) -> Result<()> {
        let Some(joined) = joined else { return Ok(()) };
        let (entity, account, found) = joined.map_err(|error| died(&error))?;
        self.jobs += 1;
        match found {
            Ok(found) => {
                self.expected += found.expected;
                self.proved += found.proved;
                self.unproved += found.unproved;
                self.flaws.extend(found.flaws);
            }
            Err(error) if error.kind() == ErrorKind::Journal => return Err(error),
            Err(error) => self.problems.push(UnverifiedAccount {
                account,
                problem: Problem::new(entity, error),
            }),
        }
        Ok(())
    }
}

async fn prove(
    shared: Arc<Shared>,
    journal: Arc<dyn Journal>,
    job: AccountJob,
    cancel: CancellationToken,
) -> Looked {
    let (entity, account) = (job.entity, &job.account);
    let looked = async {
        match shared.route(entity) {
            Some(route) => {
                let context = ProveContext::new(account, &journal);
                route
                    .prove(&context)
                    .instrument(account_span(account, entity))
                    .await
            }
            None => Ok(Proof::default()),
        }
    };
    let looked = tokio::select! {
        looked = looked => looked,
        () = cancel.cancelled() => Err(cancelled()),
    };
    (entity, account.mail.clone(), looked)
}
