//! From what a run counted to its report.

use super::{
    AccountReport, ContainerReport, DocumentReport, EntityReport, ExceptionReport, Pace, REPORT_VERSION,
    Report, Section, WorkItem,
    exception::{self, Told},
};
use crate::{Entity, Fact, Policy};

/// What a run knows at its end.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) job: String,
    pub(crate) started: jiff::Timestamp,
    pub(crate) complete: bool,
    pub(crate) directory: Vec<ContainerReport>,
    pub(crate) accounts: Vec<AccountReport>,
    /// Accounts that the policy leaves out, by address.
    pub(crate) left_out: Vec<String>,
    pub(crate) documents: Vec<DocumentReport>,
    pub(crate) worklist: Vec<WorkItem>,
    pub(crate) policy: Policy,
    pub(crate) facts: Vec<Fact>,
    pub(crate) pace: Pace,
}

impl Report {
    /// Sums everything up.
    pub(crate) fn assemble(parts: Parts) -> Self {
        let mut report = Self {
            version: REPORT_VERSION,
            job: parts.job,
            started: format!("{:.0}", parts.started),
            finished: format!("{:.0}", jiff::Timestamp::now()),
            complete: parts.complete,
            entities: Vec::new(),
            sections: Section::all(parts.facts),
            directory: parts.directory,
            accounts: parts.accounts,
            documents: parts.documents,
            worklist: parts.worklist,
            policy: parts.policy,
            exceptions: Vec::new(),
            speed: parts.pace.finish(),
            plan: None,
        };
        report.entities = Entity::COUNTED
            .iter()
            .map(|entity| sum(*entity, report.containers()))
            .collect();
        report.exceptions = exceptions(&report, parts.left_out);
        report
    }
}

fn exceptions(report: &Report, left_out: Vec<String>) -> Vec<ExceptionReport> {
    let directory = report.directory.iter().map(|row| ("", row));
    let accounts = report.accounts.iter().flat_map(|account| {
        let rows = account.containers.iter();
        rows.map(|row| (account.account.as_str(), row))
    });
    let told = directory.chain(accounts).flat_map(|(account, row)| {
        row.findings.iter().map(move |(code, items)| Told {
            account,
            entity: row.entity,
            code,
            items: *items,
        })
    });
    exception::all(&report.policy, left_out, &told.collect::<Vec<_>>())
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
