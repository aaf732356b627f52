//! Plans.

use super::rows::{Problems, deviations, place, unmatched};
use crate::{
    groups::{Detail, Groups},
    words,
};
use std::{collections::BTreeSet, fmt::Write as _, time::Duration};
use tegu_migrate::{
    Entity,
    plan::{Amounts, Basis, ContainerPlan, Plan, PlanDiff},
    report::Octets,
};

/// A number of which more may be hidden behind what could not be examined.
fn at_least(items: u64, known: bool) -> String {
    match (items, known) {
        (0, false) => "unknown".to_owned(),
        (items, false) => format!(">={items}"),
        (items, true) => items.to_string(),
    }
}

pub(crate) fn plan(plan: &Plan, detail: Detail) {
    // Kinds of things of which some account could not be examined.
    let mut unknown: BTreeSet<Entity> = plan
        .accounts
        .iter()
        .flat_map(|account| account.problems.iter().map(|problem| problem.entity))
        .collect();
    let failed = plan
        .accounts
        .iter()
        .filter(|account| !account.problems.is_empty())
        .count();
    say!(
        "{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}",
        "",
        "source",
        "move",
        "present",
        "manual",
        "excluded",
        "to move"
    );
    for row in &plan.entities {
        let Amounts {
            source,
            moves,
            present,
            manual,
            excluded,
            ..
        } = row.amounts;
        let known = !unknown.remove(&row.entity);
        let mut line = format!("{:<20}", row.entity.name());
        for amount in [source, moves, present, manual, excluded] {
            let _ = write!(line, "{:>10}", at_least(amount.items, known));
        }
        let octets = match (moves.bytes, known) {
            (0, false) => "unknown".to_owned(),
            (bytes, _) => Octets::new(bytes).to_string(),
        };
        say!("{line}{octets:>12}");
    }
    for entity in unknown {
        let unknown = ["unknown"; 5].map(|word| format!("{word:>10}")).concat();
        say!("{:<20}{unknown}{:>12}", entity.name(), "unknown");
    }
    let mut told = Problems::new(detail);
    for account in &plan.accounts {
        told.add(&account.account, &account.problems);
    }
    told.tell();
    findings(plan, detail);
    for exception in &plan.exceptions {
        say!(
            "exception {} {}: {} ({} items)",
            exception.code,
            exception.scope,
            exception.reason,
            exception.items
        );
    }
    unmatched(&plan.exceptions);
    let cost = &plan.cost;
    let basis = match cost.basis {
        Basis::Measured => "measured",
        Basis::Stated => "stated",
        _ => "assumed",
    };
    if failed > 0 {
        say!("unknown: {failed} accounts could not be examined; what follows leaves them out");
    }
    say!(
        "to move: {} items, {} of them messages, {}; {} folders to make; {} connections to either side;",
        cost.items,
        cost.messages,
        Octets::new(cost.bytes),
        cost.creates,
        cost.connections
    );
    say!(
        "{} at {:.0} items and {} a second ({basis})",
        words::about(Duration::from_secs(cost.seconds)),
        cost.items_per_second,
        Octets::new(cost.bytes_per_second as u64),
    );
}

/// What was found out about accounts and their folders.
fn findings(plan: &Plan, detail: Detail) {
    let mut groups = Groups::new(detail);
    for account in &plan.accounts {
        for finding in &account.findings {
            groups.add(&*finding.code, &account.account, 1, finding);
        }
    }
    let mut folders = |account: &str, rows: &[ContainerPlan]| {
        for row in rows {
            for (code, found) in &row.findings {
                let text = format!("{code}: {}", found.message);
                groups.add(code, place(account, &row.name), found.items, text);
            }
        }
    };
    folders("", &plan.directory);
    for account in &plan.accounts {
        folders(&account.account, &account.containers);
    }
    groups.tell();
}

pub(crate) fn changes(diff: &PlanDiff, detail: Detail) {
    say!(
        "from {} to {}: {} differences",
        diff.before,
        diff.after,
        diff.changes.len()
    );
    deviations(&diff.changes, detail);
}
