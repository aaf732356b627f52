//! Compares a plan with the report of a run, and with an earlier plan.

use crate::{AccountPlan, Amounts, ContainerPlan, Deviation, Entity, Plan, PlanCheck, Report, State};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tegu_report::{AccountReport, ContainerReport};

/// What differs between two plans of a job.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanDiff {
    /// When the earlier plan was made.
    pub before: String,
    /// When the later plan was made.
    pub after: String,
    /// What differs.
    pub changes: Vec<Deviation>,
}

impl Plan {
    /// Compares the report of a run with this plan.
    pub fn check(&self, report: &Report) -> PlanCheck {
        let mut deviations = Vec::new();
        let mut rows: HashMap<&str, &AccountReport> = report
            .accounts
            .iter()
            .map(|row| (row.account.as_str(), row))
            .collect();
        for planned in &self.accounts {
            match rows.remove(planned.account.as_str()) {
                Some(row) => compare(&mut deviations, planned, row),
                None => deviations.push(Deviation::new(
                    "PLAN-ACCOUNT-GONE",
                    &planned.account,
                    "the account is not in the directory any more, or could not be read there",
                )),
            }
        }
        for left in report
            .exceptions
            .iter()
            .filter(|exception| exception.code == "POLICY-ACCOUNT")
        {
            let new = left
                .scope
                .split(' ')
                .filter(|mail| self.policy.takes_account(mail));
            deviations.extend(new.map(|mail| {
                let why = "the account appeared since the plan was made, and did not move";
                Deviation::new("PLAN-ACCOUNT-NEW", mail, why)
            }));
        }
        PlanCheck::new(&self.made, deviations)
    }

    /// Returns what changed since an earlier plan.
    pub fn changes_since(&self, earlier: &Self) -> PlanDiff {
        let mut changes = Vec::new();
        changes_of(&mut changes, "", &earlier.directory, &self.directory);
        let mut rows: HashMap<&str, &AccountPlan> = earlier
            .accounts
            .iter()
            .map(|row| (row.account.as_str(), row))
            .collect();
        for row in &self.accounts {
            let account = row.account.as_str();
            let before = rows.remove(account).map_or_else(
                || {
                    changes.push(Deviation::new("PLAN-ACCOUNT-NEW", account, "the account is new"));
                    &[][..]
                },
                |row| &row.containers,
            );
            changes_of(&mut changes, account, before, &row.containers);
        }
        for row in earlier
            .accounts
            .iter()
            .filter(|row| rows.contains_key(row.account.as_str()))
        {
            changes.push(Deviation::new(
                "PLAN-ACCOUNT-GONE",
                &row.account,
                "the account is gone",
            ));
            changes_of(&mut changes, &row.account, &row.containers, &[]);
        }
        PlanDiff {
            before: earlier.made.clone(),
            after: self.made.clone(),
            changes,
        }
    }
}

fn compare(deviations: &mut Vec<Deviation>, planned: &AccountPlan, row: &AccountReport) {
    if !planned.problems.is_empty() {
        let why = "the account could not be looked at when the plan was made";
        deviations.push(Deviation::new("PLAN-NOT-LOOKED-AT", &planned.account, why));
    }
    let mut containers: HashMap<(Entity, &str), &ContainerReport> = row
        .containers
        .iter()
        .map(|container| ((container.entity, container.name.as_str()), container))
        .collect();
    for plan in &planned.containers {
        let mut say = |code: &str, planned_items, happened, message: String| {
            deviations.push(
                Deviation::new(code, &planned.account, message)
                    .container(plan.entity, &plan.name)
                    .items(planned_items, happened),
            );
        };
        let source = plan.amounts.source.items;
        let Some(report) = containers.remove(&(plan.entity, plan.name.as_str())) else {
            if source > 0 {
                say(
                    "PLAN-FOLDER-GONE",
                    source,
                    0,
                    "it was not found, or not reached".into(),
                );
            }
            continue;
        };
        let counts = &report.counts;
        if counts.source != source {
            let message = format!(
                "{source} items were there when the plan was made, now {}",
                counts.source
            );
            say("PLAN-SOURCE-CHANGED", source, counts.source, message);
        }
        let waiting = counts.get(State::Manual) + counts.get(State::Failed);
        if waiting > plan.amounts.manual.items {
            let new = report.findings.iter().filter(|(code, number)| {
                plan.findings
                    .get(*code)
                    .is_none_or(|known| known.items < **number)
            });
            let codes = new
                .map(|(code, number)| format!("{code} ({number})"))
                .collect::<Vec<_>>();
            let message = format!("items wait for a person or failed: {}", codes.join(", "));
            say("PLAN-NOT-MOVED", plan.amounts.manual.items, waiting, message);
        }
    }
    for container in row
        .containers
        .iter()
        .filter(|row| containers.contains_key(&(row.entity, row.name.as_str())))
    {
        let message = "it appeared since the plan was made, and moved as the policy says";
        deviations.push(
            Deviation::new("PLAN-FOLDER-NEW", &planned.account, message)
                .container(container.entity, &container.name)
                .items(0, container.counts.source),
        );
    }
}

fn changes_of(
    changes: &mut Vec<Deviation>,
    account: &str,
    before: &[ContainerPlan],
    after: &[ContainerPlan],
) {
    let mut known: HashMap<(Entity, &str), &ContainerPlan> = before
        .iter()
        .map(|row| ((row.entity, row.name.as_str()), row))
        .collect();
    let mut say = |code: &str, row: &ContainerPlan, planned, happened, message: String| {
        changes.push(
            Deviation::new(code, account, message)
                .container(row.entity, &row.name)
                .items(planned, happened),
        );
    };
    for row in after {
        let now = row.amounts.source.items;
        match known.remove(&(row.entity, row.name.as_str())) {
            None => say("PLAN-FOLDER-NEW", row, 0, now, "it is new".into()),
            Some(old) if old.amounts != row.amounts => {
                let was = old.amounts.source.items;
                say(
                    "PLAN-CHANGED",
                    row,
                    was,
                    now,
                    difference(&old.amounts, &row.amounts),
                );
            }
            Some(_) => {}
        }
    }
    for row in before
        .iter()
        .filter(|row| known.contains_key(&(row.entity, row.name.as_str())))
    {
        say(
            "PLAN-FOLDER-GONE",
            row,
            row.amounts.source.items,
            0,
            "it is gone".into(),
        );
    }
}

/// Such as `source 10 -> 12, move 4 -> 2`.
fn difference(before: &Amounts, after: &Amounts) -> String {
    let ends = |amounts: &Amounts| {
        [
            ("source", amounts.source),
            ("move", amounts.moves),
            ("present", amounts.present),
            ("manual", amounts.manual),
            ("excluded", amounts.excluded),
        ]
    };
    let parts = ends(before)
        .into_iter()
        .zip(ends(after))
        .filter(|((_, was), (_, is))| was != is);
    let parts = parts.map(|((name, was), (_, is))| {
        if was.items == is.items {
            format!("{name} {} -> {} octets", was.bytes, is.bytes)
        } else {
            format!("{name} {} -> {}", was.items, is.items)
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}
