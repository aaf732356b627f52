//! Reports from what a run counted.

use crate::{
    AccountReport, ContainerReport, Counts, DocumentReport, Entity, EntityReport, ExceptionReport, Fact,
    PlanCheck, REPORT_VERSION, Report, Section, Speed, WorkItem,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Puts a [`Report`] together.
#[derive(Clone, Debug)]
pub struct ReportBuilder {
    report: Report,
    facts: Vec<Fact>,
}

impl Report {
    /// Starts the report of a job whose run began and ended at these times.
    pub fn builder(job: impl Into<String>, started: Timestamp, finished: Timestamp) -> ReportBuilder {
        ReportBuilder {
            report: Self {
                version: REPORT_VERSION,
                job: job.into(),
                started: format!("{started:.0}"),
                finished: format!("{finished:.0}"),
                complete: true,
                entities: Vec::new(),
                sections: Vec::new(),
                directory: Vec::new(),
                accounts: Vec::new(),
                documents: Vec::new(),
                worklist: Vec::new(),
                policy: serde_json::Value::Null,
                exceptions: Vec::new(),
                speed: Speed::default(),
                plan: None,
                letters: None,
                coexistence: None,
            },
            facts: Vec::new(),
        }
    }
}

impl ReportBuilder {
    /// Sets whether the run came to its end. Default: yes.
    #[must_use]
    pub fn complete(mut self, complete: bool) -> Self {
        self.report.complete = complete;
        self
    }

    /// Sets what the directory holds.
    #[must_use]
    pub fn directory(mut self, rows: Vec<ContainerReport>) -> Self {
        self.report.directory = rows;
        self
    }

    /// Sets the rows of the accounts that took part.
    #[must_use]
    pub fn accounts(mut self, rows: Vec<AccountReport>) -> Self {
        self.report.accounts = rows;
        self
    }

    /// Sets the files and resources that were opened.
    #[must_use]
    pub fn documents(mut self, rows: Vec<DocumentReport>) -> Self {
        self.report.documents = rows;
        self
    }

    /// Sets what is left for people, and what failed.
    #[must_use]
    pub fn worklist(mut self, rows: Vec<WorkItem>) -> Self {
        self.report.worklist = rows;
        self
    }

    /// Sets what the directory says about things that are not counted item by item.
    #[must_use]
    pub fn facts(mut self, facts: Vec<Fact>) -> Self {
        self.facts = facts;
        self
    }

    /// Sets the operator's policy, as the calling program writes it, and its exceptions one by one.
    #[must_use]
    pub fn policy(mut self, written: serde_json::Value, exceptions: Vec<ExceptionReport>) -> Self {
        (self.report.policy, self.report.exceptions) = (written, exceptions);
        self
    }

    /// Sets how fast the run was.
    #[must_use]
    pub fn speed(mut self, speed: Speed) -> Self {
        self.report.speed = speed;
        self
    }

    /// Sets how the run compares with the plan that it followed.
    #[must_use]
    pub fn plan(mut self, check: PlanCheck) -> Self {
        self.report.plan = Some(check);
        self
    }

    /// Makes the report, with the sums of all rows.
    #[must_use]
    pub fn build(self) -> Report {
        let mut report = self.report;
        report.sections = Section::all(self.facts);
        report.sum_up();
        report
    }
}

impl Report {
    /// Makes the sums of each kind of thing from the rows of accounts and of the directory.
    pub(crate) fn sum_up(&mut self) {
        let met: BTreeSet<Entity> = self
            .containers()
            .map(|row| row.entity)
            .chain(
                self.accounts
                    .iter()
                    .flat_map(|account| account.uncounted.iter().copied()),
            )
            .collect();
        self.entities = Entity::counted(&met).map(|entity| sum(entity, self)).collect();
    }
}

fn sum(entity: Entity, report: &Report) -> EntityReport {
    let uncounted = report.accounts.iter();
    let uncounted = uncounted.filter(|account| account.uncounted.contains(&entity));
    let mut row = EntityReport {
        entity,
        counts: Counts::default(),
        bytes: 0,
        moved_now: 0,
        uncounted: uncounted.count() as u64,
    };
    for container in report.containers().filter(|container| container.entity == entity) {
        row.counts.merge(&container.counts);
        row.bytes = row.bytes.saturating_add(container.bytes);
        row.moved_now = row.moved_now.saturating_add(container.moved_now);
    }
    row
}
