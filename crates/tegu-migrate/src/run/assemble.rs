//! The report of a pass, from what the journal holds of its jobs.

use super::{Shared, Tally, summary::each_job};
use crate::{
    Account, Entity, Result,
    journal::{JobState, Journal, Scope},
    report::{AccountReport, ContainerReport, EntityReport, Problem, REPORT_VERSION, Report},
    source::DirectoryData,
};
use std::collections::HashMap;

impl Shared {
    /// Sums up what every worker did.
    pub(crate) async fn report(
        &self,
        started: jiff::Timestamp,
        data: &DirectoryData,
        accounts: &[Account],
        journal: &dyn Journal,
        complete: bool,
    ) -> Result<Report> {
        let mut directory = Tally::new("");
        for row in &data.rows {
            let scope = Scope::new(row.entity, "", vec![]);
            directory.container(&scope, row.entity.name(), 1);
            directory.item(&scope, &row.id, &row.record(&self.policy), false);
        }
        let (directory, mut documents, mut worklist) = directory.into_parts();
        let mut places = HashMap::with_capacity(accounts.len());
        let mut rows = Vec::with_capacity(accounts.len());
        for (place, account) in accounts.iter().enumerate() {
            places.insert(account.id.as_str(), place);
            rows.push(AccountReport {
                account: account.mail.clone(),
                display_name: account.display_name.clone(),
                containers: Vec::new(),
                problems: Vec::new(),
            });
        }
        let mut complete = complete;
        each_job(journal, |status, summary| {
            let row = places
                .get(status.job.account.id.as_str())
                .and_then(|place| rows.get_mut(*place));
            let Some(row) = row else { return };
            let ended = matches!(status.state, JobState::Done | JobState::Failed);
            complete &= ended;
            let Some(summary) = summary.filter(|_| ended) else {
                row.problems.extend(status.error.clone().map(|error| Problem {
                    entity: status.job.entity,
                    error,
                }));
                return;
            };
            complete &= summary.problems.is_empty();
            row.containers.extend(summary.containers);
            row.problems.extend(summary.problems);
            documents.extend(summary.documents);
            worklist.extend(summary.worklist);
        })
        .await?;
        let mut report = Report {
            version: REPORT_VERSION,
            job: self.name.clone(),
            started: format!("{started:.0}"),
            finished: format!("{:.0}", jiff::Timestamp::now()),
            complete,
            entities: Vec::new(),
            directory,
            accounts: rows,
            documents,
            worklist,
            policy: self.policy.clone(),
        };
        report.entities = Entity::ALL
            .iter()
            .map(|entity| sum(*entity, report.containers()))
            .collect();
        Ok(report)
    }
}

fn sum<'a>(entity: Entity, containers: impl Iterator<Item = &'a ContainerReport>) -> EntityReport {
    let mut row = EntityReport {
        entity,
        counts: Default::default(),
        bytes: 0,
        moved_now: 0,
    };
    for container in containers.filter(|container| container.entity == entity) {
        row.counts.merge(&container.counts);
        row.bytes += container.bytes;
        row.moved_now += container.moved_now;
    }
    row
}
