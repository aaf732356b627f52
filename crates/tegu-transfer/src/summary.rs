//! What a job came to, as the journal keeps it: the report is made of these, whoever worked on the job.

use crate::{
    Entity, Error, ErrorKind, Result, State, Totals,
    job::entity as entity_of,
    journal::{JobFilter, JobKey, JobStatus, Journal},
    report::{ContainerReport, Deletion, DocumentReport, Problem, WorkItem},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    mem::take,
};

/// The end of one job.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Folders, calendars and address books, with the states that their items ended in.
    pub containers: Vec<ContainerReport>,
    /// What calendars and contacts were read from.
    pub documents: Vec<DocumentReport>,
    /// Items that are left for a person or another run.
    pub worklist: Vec<WorkItem>,
    /// What kept the job from its end.
    pub problems: Vec<Problem>,
    /// Whether the sums are about everything that the source holds.
    pub counted: bool,
    /// The epoch of the lease under which it was written.
    pub epoch: u64,
}

/// How it is stored: most accounts have many folders with few messages in each, and nothing else to tell.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    c: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    d: Vec<DocumentReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    w: Vec<WorkItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    p: Vec<Problem>,
    /// Whether something is not counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    u: bool,
    /// The epoch of the lease.
    #[serde(default)]
    e: u64,
    /// Rows of another kind of thing than the job's, by their places: one job moves all that a mailbox' script holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    k: Vec<(usize, Entity)>,
    /// Items that are on the source no more, with the place of their row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    x: Vec<(usize, Deletion)>,
    /// What the source calls a container now, with the place of its row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    n: Vec<(usize, String)>,
}

/// Name, items on the source and in each state, octets, items that this pass moved, findings by code.
type Row = (String, [u64; 6], u64, u64, BTreeMap<String, u64>);

impl Summary {
    /// Takes the rows of what running a route came to, under the lease of this epoch. Its error stays, and is a problem here.
    #[must_use]
    pub fn of(entity: Entity, totals: &mut Totals, epoch: u64) -> Self {
        let problems = totals.error.iter().map(|error| Problem::new(entity, error));
        Self {
            problems: problems.collect(),
            counted: totals.counted,
            containers: take(&mut totals.containers),
            documents: take(&mut totals.documents),
            worklist: take(&mut totals.worklist),
            epoch,
        }
    }

    /// A job that the journal refused.
    #[must_use]
    pub fn refused(entity: Entity, error: &Error, epoch: u64) -> Self {
        Self {
            problems: vec![Problem::new(entity, error)],
            epoch,
            ..Self::default()
        }
    }

    /// Counts as moved in this pass what earlier holders of the job moved in it: attempts that failed, and workers that died or lost
    /// it. `last` is the summary of the pass before.
    pub fn take_over(&mut self, last: Option<&Self>) {
        // Epochs count every claim.
        if self.epoch <= last.map_or(0, |last| last.epoch) + 1 {
            return;
        }
        let before = last.map_or(&[][..], |last| last.containers.as_slice()).iter();
        let before: HashMap<&str, u64> = before.map(|row| (row.name.as_str(), row.counts.moved)).collect();
        for row in &mut self.containers {
            let before = before.get(row.name.as_str()).copied().unwrap_or_default();
            row.moved_now = row.moved_now.max(row.counts.moved.saturating_sub(before));
        }
    }

    /// Returns what the journal keeps of it.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](ErrorKind::Journal) for what cannot be written as JSON.
    pub fn encode(mut self, entity: Entity) -> Result<Vec<u8>> {
        let rows = self.containers.iter().map(|row| row.entity).enumerate();
        let others = rows.filter(|(_, kind)| *kind != entity).collect();
        let (mut deleted, mut renamed) = (Vec::new(), Vec::new());
        for (place, row) in self.containers.iter_mut().enumerate() {
            renamed.extend(row.renamed.take().map(|name| (place, name)));
            deleted.extend(row.deleted.drain(..).map(|deletion| (place, deletion)));
        }
        let row = |row: ContainerReport| -> Row {
            let mut counts = [row.counts.source; 6];
            for (slot, state) in counts.iter_mut().skip(1).zip(State::ALL) {
                *slot = row.counts.get(state);
            }
            (row.name, counts, row.bytes, row.moved_now, row.findings)
        };
        let stored = Stored {
            c: self.containers.into_iter().map(row).collect(),
            d: self.documents,
            w: self.worklist,
            p: self.problems,
            u: !self.counted,
            e: self.epoch,
            k: others,
            x: deleted,
            n: renamed,
        };
        let failed = |error| Error::new(ErrorKind::Journal, format!("encoding a job's summary: {error}"));
        serde_json::to_vec(&stored).map_err(failed)
    }

    /// Reads what the journal keeps of a job of this kind.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](ErrorKind::Journal) if it is damaged; the message names the job.
    pub fn decode(entity: Entity, key: &JobKey, octets: &[u8]) -> Result<Self> {
        let damaged = |error| {
            let message = format!("the journal is damaged: the summary of {key}: {error}");
            Error::new(ErrorKind::Journal, message)
        };
        let stored: Stored = serde_json::from_slice(octets).map_err(damaged)?;
        let row = |(name, counts, bytes, moved_now, findings): Row| {
            let mut row = ContainerReport::new(entity, &name);
            let [source, states @ ..] = counts;
            row.counts.expect(source);
            for (state, items) in State::ALL.into_iter().zip(states) {
                row.counts.add_many(state, items);
            }
            (row.bytes, row.moved_now, row.findings) = (bytes, moved_now, findings);
            row
        };
        let mut containers: Vec<ContainerReport> = stored.c.into_iter().map(row).collect();
        for (place, entity) in stored.k {
            if let Some(row) = containers.get_mut(place) {
                row.entity = entity;
            }
        }
        for (place, deletion) in stored.x {
            if let Some(row) = containers.get_mut(place) {
                row.deleted.push(deletion);
            }
        }
        for (place, name) in stored.n {
            if let Some(row) = containers.get_mut(place) {
                row.renamed = Some(name);
            }
        }
        Ok(Self {
            containers,
            documents: stored.d,
            worklist: stored.w,
            problems: stored.p,
            counted: !stored.u,
            epoch: stored.e,
        })
    }
}

/// Hands each job to `each`, with its kind, and with its summary if it has one.
///
/// # Errors
///
/// Those of the journal, and kind [`Journal`](ErrorKind::Journal) for a summary that is damaged.
pub async fn each_job(
    journal: &dyn Journal,
    filter: JobFilter,
    mut each: impl FnMut(Entity, &JobStatus, Option<Summary>),
) -> Result<()> {
    let mut after: Option<JobKey> = None;
    loop {
        let page = journal.jobs(filter, after.as_ref()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.job.key().clone());
        for status in &page {
            let key = status.job.key();
            let entity = entity_of(&key.kind)?;
            let summary = status
                .summary
                .as_deref()
                .map(|octets| Summary::decode(entity, key, octets));
            each(entity, status, summary.transpose()?);
        }
    }
}
