//! What a job came to, as the journal keeps it: the report is made of these, whoever worked on the job.

use super::Tally;
use crate::{
    Error, ErrorKind, Result,
    journal::{JobKey, Journal, Which},
    report::{ContainerReport, DocumentReport, Problem, WorkItem},
};
use serde::{Deserialize, Serialize};

/// The end of one job.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Summary {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) containers: Vec<ContainerReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) documents: Vec<DocumentReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) worklist: Vec<WorkItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<Problem>,
}

impl Summary {
    pub(crate) fn new(tally: Tally, problems: Vec<Problem>) -> Self {
        let (containers, documents, worklist) = tally.into_parts();
        Self {
            containers,
            documents,
            worklist,
            problems,
        }
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let failed = |error| Error::new(ErrorKind::Journal, format!("encoding a job's summary: {error}"));
        serde_json::to_vec(self).map_err(failed)
    }

    pub(crate) fn decode(key: &JobKey, octets: &[u8]) -> Result<Self> {
        let damaged = |error| {
            let message = format!(
                "the journal is damaged: the summary of {} of {}: {error}",
                key.entity, key.account
            );
            Error::new(ErrorKind::Journal, message)
        };
        serde_json::from_slice(octets).map_err(damaged)
    }
}

/// Hands jobs to `each`, with its summary where it has come to one.
pub(crate) async fn each_job(
    journal: &dyn Journal,
    which: Which,
    mut each: impl FnMut(&crate::journal::JobStatus, Option<Summary>),
) -> Result<()> {
    let mut after: Option<JobKey> = None;
    loop {
        let page = journal.jobs(which, after.as_ref()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.job.key());
        for status in &page {
            let summary = status
                .summary
                .as_deref()
                .map(|octets| Summary::decode(&status.job.key(), octets));
            each(status, summary.transpose()?);
        }
    }
}
