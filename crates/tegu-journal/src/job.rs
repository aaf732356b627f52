//! Jobs: what is to be done, and where it stands.

use crate::{Error, ErrorKind, Kind, Lease, Result, Settings};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{fmt, time::Duration};

/// Identifies a job: one kind of thing of one account.
///
/// Keys are ordered by kind, then by account, both octet by octet.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct JobKey {
    /// What is to be done. The journal gives it no meaning.
    pub kind: Kind,
    /// For whom: a stable identity, any text.
    pub account: String,
}

impl JobKey {
    /// Makes a key.
    pub fn new(kind: impl Into<Kind>, account: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            account: account.into(),
        }
    }
}

impl fmt::Display for JobKey {
    /// `mail of anna`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.account)
    }
}

/// A unit of work: its key, and what the caller needs to do it.
#[derive(Clone, Debug)]
pub struct Job {
    key: JobKey,
    payload: Box<RawValue>,
}

impl Job {
    /// Makes a job. The payload is the caller's own, and is kept as JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if `payload` has no form in JSON.
    pub fn new(key: JobKey, payload: &(impl Serialize + ?Sized)) -> Result<Self> {
        match serde_json::value::to_raw_value(payload) {
            Ok(payload) => Ok(Self { key, payload }),
            Err(error) => Err(Error::config(&error)
                .doing("encode the job", &key)
                .with_source(error)),
        }
    }

    /// Makes a job from a payload that is JSON already, as a journal stored it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if `json` is not JSON.
    pub fn from_json(key: JobKey, json: impl Into<String>) -> Result<Self> {
        match RawValue::from_string(json.into()) {
            Ok(payload) => Ok(Self { key, payload }),
            Err(error) => Err(payload_error(&key, error)),
        }
    }

    /// Returns the key.
    #[must_use]
    pub fn key(&self) -> &JobKey {
        &self.key
    }

    /// Returns the payload.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if it is no `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.payload.get()).map_err(|error| payload_error(&self.key, error))
    }

    /// Returns the payload as the JSON text that is stored.
    #[must_use]
    pub fn payload_json(&self) -> &str {
        self.payload.get()
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.payload
    }
}

fn payload_error(key: &JobKey, error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Journal, &error)
        .doing("read the job", key)
        .with_source(error)
}

impl PartialEq for Job {
    /// Compares payloads as text.
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.payload.get() == other.payload.get()
    }
}

impl Eq for Job {}

/// Where a job stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobState {
    /// No worker has it. It may have to wait before it is tried again.
    Ready,
    /// A worker has it.
    Leased,
    /// It is finished in this pass.
    Done,
    /// It failed, and is not tried again in this pass.
    Failed,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Leased, Self::Done, Self::Failed];

    /// Returns the name in exports and databases: `ready`, `leased`, `done` or `failed`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Returns the state of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One run over all jobs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// 1 for the first.
    pub number: u64,
    /// Whether it had begun already: it was interrupted, or other workers are at it.
    pub joined: bool,
}

impl Pass {
    /// Makes a pass.
    #[must_use]
    pub fn new(number: u64, joined: bool) -> Self {
        Self { number, joined }
    }
}

/// The last pass of a journal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CurrentPass {
    /// 1 for the first.
    pub number: u64,
    /// What it was begun with; no settings if an earlier version began it.
    pub settings: Settings,
}

impl CurrentPass {
    /// Makes the pass of this number from [stored](Settings::encode) settings. There is none of number 0.
    #[must_use]
    pub fn from_stored(number: u64, settings: &str) -> Option<Self> {
        let settings = Settings::decode(settings).unwrap_or_default();
        (number > 0).then_some(Self { number, settings })
    }
}

/// The answer to a worker that asks for a job.
#[derive(Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a worker has to know what to do with each answer"
)]
pub enum Claim {
    /// The worker has this job now.
    Job(Lease),
    /// There is none now: other workers have what is left, or it waits to be tried again. Ask again after this time.
    Wait(Duration),
    /// All jobs of the pass are done or failed.
    Finished,
}

/// How a worker gives a job back.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "a journal has to store each outcome")]
pub enum Outcome {
    /// The job is finished in this pass. The summary is the caller's own.
    Done(Vec<u8>),
    /// The job is to be tried again, not before this time has passed. The text is the reason.
    Retry(Duration, String),
    /// The job failed, and is not tried again in this pass: the reason, and a summary of the caller's own.
    Failed(String, Vec<u8>),
    /// The worker was asked to stop. Another may take the job at once. The attempt does not count.
    Released,
}

/// Selects jobs in [`Journal::jobs`](crate::Journal::jobs).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "a journal has to answer each filter")]
pub enum JobFilter {
    /// Jobs of the current pass.
    CurrentPass,
    /// Jobs of all passes, each as it stands now.
    All,
}

/// What a journal knows about a job.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct JobStatus {
    /// The job.
    pub job: Job,
    /// Where it stands.
    pub state: JobState,
    /// How often it was claimed in all passes.
    pub epoch: u64,
    /// How many attempts of this pass ended [done](Outcome::Done), [failed](Outcome::Failed) or to be [tried
    /// again](Outcome::Retry).
    pub attempts: u32,
    /// The worker that has it, or had it last.
    pub worker: Option<String>,
    /// Why the last attempt of this pass failed, if it did.
    pub error: Option<String>,
    /// The summary that it was last finished with, in this pass or an earlier one.
    pub summary: Option<Vec<u8>>,
}

impl JobStatus {
    /// Makes the status of a job that no worker has begun.
    #[must_use]
    pub fn new(job: Job) -> Self {
        Self {
            job,
            state: JobState::Ready,
            epoch: 0,
            attempts: 0,
            worker: None,
            error: None,
            summary: None,
        }
    }
}
