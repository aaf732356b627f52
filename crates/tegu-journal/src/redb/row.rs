//! The stored form of a job's row.

use super::fallible::Fallible;
use crate::{Job, JobKey, JobState, table::JobRow};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Debug, Deserialize, Serialize)]
struct Stored {
    payload: Box<RawValue>,
    state: JobState,
    order: u64,
    pass: u64,
    epoch: u64,
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn encode(row: &JobRow) -> Fallible<Vec<u8>> {
    let row = row.clone();
    Ok(serde_json::to_vec(&Stored {
        payload: row.job.raw().to_owned(),
        state: row.state,
        order: row.order,
        pass: row.pass,
        epoch: row.epoch,
        attempts: row.attempts,
        worker: row.worker,
        error: row.error,
    })?)
}

pub(super) fn decode(key: JobKey, json: &[u8]) -> Fallible<JobRow> {
    let stored: Stored = serde_json::from_slice(json)?;
    Ok(JobRow {
        job: Job::from_json(key, stored.payload.get())?,
        state: stored.state,
        order: stored.order,
        pass: stored.pass,
        epoch: stored.epoch,
        attempts: stored.attempts,
        worker: stored.worker,
        error: stored.error,
    })
}

/// Version 2 and earlier: the key is part of the row, and the account is an object of the program.
#[derive(Debug, Deserialize)]
struct Stored2 {
    job: Job2,
    state: JobState,
    order: u64,
    pass: u64,
    epoch: u64,
    attempts: u32,
    #[serde(default)]
    worker: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Job2 {
    entity: crate::Kind,
    account: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
struct Account2 {
    id: String,
}

/// Converts a row of version 2: the account object becomes the payload, and its `id` the key's account.
pub(super) fn decode_2(json: &[u8]) -> Fallible<JobRow> {
    let stored: Stored2 = serde_json::from_slice(json)?;
    let account: Account2 = serde_json::from_str(stored.job.account.get())?;
    let key = JobKey::new(stored.job.entity, account.id);
    Ok(JobRow {
        job: Job::from_json(key, stored.job.account.get())?,
        state: stored.state,
        order: stored.order,
        pass: stored.pass,
        epoch: stored.epoch,
        attempts: stored.attempts,
        worker: stored.worker,
        error: stored.error,
    })
}
