//! Sums, kept while items end.

use crate::{
    Entity, Error, Finding, State, Totals,
    journal::{ContainerKey, Record},
    report::{ContainerReport, Deletion, DocumentReport, SpeedMeter, WorkItem},
};
use std::collections::{BTreeMap, HashMap};

/// Sums that are kept while items end: for one kind of thing of one account, or for anything else whose items have states.
#[derive(Debug, Default)]
pub struct Tally {
    containers: BTreeMap<ContainerKey, ContainerReport>,
    documents: Vec<DocumentReport>,
    worklist: Vec<WorkItem>,
    /// What the source calls containers now, by their names: levels joined by NUL.
    renamed: HashMap<String, String>,
    account: String,
    pace: SpeedMeter,
    /// Folders or documents whose items are yet to be counted. `None`: the source has not been listed.
    uncounted: Option<usize>,
}

impl Tally {
    /// Begins to sum up what belongs to an account: its address, which the worklist names.
    #[must_use]
    pub fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            ..Self::default()
        }
    }

    /// The source was listed: so many folders or documents of it are yet to be counted.
    pub(crate) fn will_count(&mut self, parts: usize) {
        *self.uncounted.get_or_insert(0) += parts;
    }

    /// All items of a folder or document were counted.
    pub(crate) fn counted(&mut self) {
        self.uncounted = self.uncounted.map(|parts| parts.saturating_sub(1));
    }

    /// Whether the sums are about everything that the source holds.
    fn is_counted(&self) -> bool {
        self.uncounted == Some(0)
    }

    /// Takes note of containers that the source calls otherwise than the job does: identity and present name, and the job's name for
    /// it.
    pub(crate) fn renamed(&mut self, listed: &[(Option<&str>, &str)], names: &[String]) {
        let both = listed.iter().zip(names).filter(|((_, now), name)| now != name);
        let both = both.map(|((_, now), name)| (name.clone(), now.replace('\0', "/")));
        self.renamed.extend(both);
    }

    /// Adds a container that holds so many items.
    pub fn container(&mut self, entity: Entity, scope: &ContainerKey, name: &str, items: u64) {
        let report = self
            .containers
            .entry(scope.clone())
            .or_insert_with(|| ContainerReport::new(entity, name));
        report.renamed = self.renamed.get(&scope.path.join("\0")).cloned();
        report.counts.expect(items);
    }

    /// The kind of thing that a container holds.
    pub(crate) fn entity(&self, scope: &ContainerKey) -> Option<Entity> {
        self.containers.get(scope).map(|report| report.entity)
    }

    /// So many more items were found in a container.
    pub(crate) fn expect(&mut self, scope: &ContainerKey, items: u64) {
        if let Some(report) = self.containers.get_mut(scope) {
            report.counts.expect(items);
        }
    }

    /// A document was opened and held so many items.
    pub(crate) fn document(&mut self, entity: Entity, account: &str, collection: &str, id: &str, items: u64) {
        self.documents
            .push(DocumentReport::new(entity, account, collection, id, items));
    }

    /// Adds an item that ended, in this run (`now`) or in an earlier one. Its container is known.
    pub fn item(&mut self, scope: &ContainerKey, id: &str, record: &Record, now: bool) {
        let Some(report) = self.containers.get_mut(scope) else {
            return;
        };
        report.counts.add(record.state);
        report.bytes += record.bytes;
        if now && record.state == State::Moved {
            report.moved_now += 1;
            self.pace.moved(1, record.bytes);
        }
        for finding in &record.findings {
            *report.findings.entry(finding.code.to_string()).or_default() += 1;
        }
        if matches!(record.state, State::Manual | State::Failed) {
            let mut work = WorkItem::new(report.entity, &self.account, &report.name, id, record.state);
            work.label.clone_from(&record.label);
            work.findings.clone_from(&record.findings);
            work.original.clone_from(&record.original);
            work.attempts = record.attempts;
            self.worklist.push(work);
        }
    }

    /// Something was noticed about a container, and of no item that counts.
    pub(crate) fn notice(&mut self, scope: &ContainerKey, code: &str) {
        if let Some(report) = self.containers.get_mut(scope) {
            *report.findings.entry(code.to_owned()).or_default() += 1;
        }
    }

    /// An item that is on the source no more.
    pub(crate) fn deleted(&mut self, scope: &ContainerKey, deletion: Deletion) {
        self.notice(scope, &deletion.finding.code);
        if let Some(report) = self.containers.get_mut(scope) {
            report.deleted.push(deletion);
        }
    }

    /// A container was gone through by tegu-imap, and what in it is left for a person or another run.
    pub(crate) fn folder(&mut self, scope: ContainerKey, report: ContainerReport, work: Vec<WorkItem>) {
        self.containers.insert(scope, report);
        self.worklist.extend(work);
    }

    /// The work ended early: what has no state yet failed, and a later run may reach it.
    fn fail_the_rest(&mut self, error: &Error) {
        for report in self.containers.values_mut() {
            let rest = report.counts.source.saturating_sub(report.counts.accounted());
            if rest == 0 {
                continue;
            }
            report.counts.failed += rest;
            let finding = Finding::lossy(
                "RUN-NOT-REACHED",
                format!("the run did not get to these items: {error}"),
            );
            report.findings.insert(finding.code.to_string(), rest);
            let mut work = WorkItem::new(report.entity, &self.account, &report.name, "", State::Failed);
            work.label = format!("{rest} items");
            work.findings = vec![finding];
            self.worklist.push(work);
        }
    }

    /// An item moved just now.
    pub(crate) fn moved(&mut self, bytes: u64) {
        self.pace.moved(1, bytes);
    }

    /// Sums up.
    #[must_use]
    pub fn finish(mut self, error: Option<Error>) -> Totals {
        if let Some(error) = &error {
            self.fail_the_rest(error);
        }
        Totals {
            counted: self.is_counted(),
            containers: self.containers.into_values().collect(),
            documents: self.documents,
            worklist: self.worklist,
            speed: self.pace,
            error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Summary, job::container_key};

    #[test]
    fn a_renamed_container_keeps_its_row_and_is_known_by_both_names() {
        let mut tally = Tally::new("anna@example.test");
        let listed = [
            (Some("1"), "Work"),
            (Some("2"), "Work\0Old (2025)"),
            (None, "Sent"),
        ];
        let names = ["Work", "Work\0Old", "Sent"].map(str::to_owned);
        tally.renamed(&listed, &names);
        for name in &names {
            let path = name.split('\0').map(str::to_owned).collect();
            let scope = container_key(Entity::Mail, "1", path);
            tally.container(Entity::Mail, &scope, &scope.display(), 2);
        }
        let mut totals = tally.finish(None);
        let key = container_key(Entity::Mail, "1", vec![]).job;
        let kept = Summary::of(Entity::Mail, &mut totals, 1)
            .encode(Entity::Mail)
            .unwrap();
        let kept = Summary::decode(Entity::Mail, &key, &kept).unwrap();
        let rows = kept.containers.iter();
        let rows: Vec<_> = rows
            .map(|row| (row.name.as_str(), row.shown().into_owned()))
            .collect();
        assert_eq!(
            rows,
            [
                ("Sent", "Sent".to_owned()),
                ("Work", "Work".to_owned()),
                ("Work/Old", "Work/Old → Work/Old (2025)".to_owned())
            ]
        );
    }
}
