//! The report of a pass, from what the journal holds of its jobs.

use crate::{
    Account, Result,
    journal::{JobFilter, JobState, Journal},
    policy::Met,
    report::{AccountReport, Problem, Report, SpeedMeter},
    shared::Shared,
    sources::DirectoryData,
};
use std::collections::HashMap;
use tegu_transfer::{Tally, Totals, each_job, job::container_key};

/// What a run knows of itself at its end.
pub(super) struct Passed<'a> {
    pub(super) started: jiff::Timestamp,
    /// Those who take part.
    pub(super) accounts: &'a [Account],
    pub(super) pace: SpeedMeter,
    /// Whether it came to its end.
    pub(super) complete: bool,
}

impl Shared {
    /// Sums up what every worker did.
    pub(super) async fn report(
        &self,
        data: &DirectoryData,
        passed: Passed<'_>,
        journal: &dyn Journal,
    ) -> Result<Report> {
        let mut directory = Tally::new("");
        for row in &data.rows {
            let scope = container_key(row.entity, "", vec![]);
            directory.container(row.entity, &scope, row.entity.name(), 1);
            directory.item(&scope, &row.id, &row.record(&self.policy), false);
        }
        let Totals {
            containers: directory,
            mut documents,
            mut worklist,
            ..
        } = directory.finish(None);
        let mut places = HashMap::with_capacity(passed.accounts.len());
        let mut rows = Vec::with_capacity(passed.accounts.len());
        for (place, account) in passed.accounts.iter().enumerate() {
            places.insert(account.id.as_str(), place);
            rows.push(AccountReport::new(&account.mail, &account.display_name));
        }
        let mut complete = passed.complete;
        each_job(journal, JobFilter::CurrentPass, |entity, status, summary| {
            let place = places.get(status.job.key().account.as_str());
            let Some(row) = place.and_then(|place| rows.get_mut(*place)) else {
                return;
            };
            let ended = matches!(status.state, JobState::Done | JobState::Failed);
            complete &= ended;
            let Some(summary) = summary.filter(|_| ended) else {
                row.uncounted.push(entity);
                let error = status.error.as_ref();
                row.problems
                    .extend(error.map(|error| Problem::new(entity, error)));
                return;
            };
            complete &= summary.problems.is_empty();
            if !summary.counted {
                row.uncounted.push(entity);
            }
            row.containers.extend(summary.containers);
            row.problems.extend(summary.problems);
            documents.extend(summary.documents);
            worklist.extend(summary.worklist);
        })
        .await?;
        // Jobs come by the names of their kinds.
        for row in &mut rows {
            row.containers.sort_by_key(|container| container.entity);
        }
        let left_out = data
            .accounts
            .iter()
            .filter(|account| !self.takes_account(&account.mail));
        let left_out = left_out.map(|account| account.mail.clone()).collect();
        let exceptions = {
            let accounts = rows.iter().flat_map(|account| {
                let rows = account.containers.iter();
                rows.map(|row| (account.account.as_str(), row))
            });
            let found = directory.iter().map(|row| ("", row)).chain(accounts);
            let found = found.map(|(account, row)| {
                let codes = row.findings.iter();
                let codes = codes.map(|(code, items)| (code.as_str(), *items)).collect();
                Met::new(account, row.entity, &row.name, codes)
            });
            self.policy.exceptions(left_out, &found.collect::<Vec<_>>())
        };
        let policy = serde_json::to_value(&self.policy).unwrap_or_default();
        let report = Report::builder(&self.name, passed.started, jiff::Timestamp::now())
            .complete(complete)
            .directory(directory)
            .accounts(rows)
            .documents(documents)
            .worklist(worklist)
            .facts(data.facts.clone())
            .policy(policy, exceptions)
            .speed(passed.pace.finish());
        Ok(report.build())
    }
}
