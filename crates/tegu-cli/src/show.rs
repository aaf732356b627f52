//! Plans and reports for a person at a terminal.

use crate::words;
use std::{collections::BTreeSet, fmt::Write as _, path::Path, process::ExitCode, time::Duration};
use tegu_migrate::{
    Entity, Report, State,
    plan::{Amounts, Basis, Deviation, Plan, PlanDiff},
    report::{Octets, Problem, Progress},
};

/// The exit status that a report stands for.
pub(crate) fn status(report: &Report) -> ExitCode {
    match (
        report.is_complete(),
        report.total(State::Failed),
        report.total(State::Manual),
    ) {
        (true, 0, 0) => ExitCode::SUCCESS,
        (true, 0, _) => ExitCode::from(3),
        _ => ExitCode::from(4),
    }
}

/// What became of the letters to owners.
pub(crate) fn letters(report: &Report, job: &Path) {
    let Some(letters) = &report.letters else {
        return;
    };
    say!(
        "letters: {} in {}",
        letters.written,
        job.join("letters").display()
    );
    if letters.delivered + letters.present > 0 {
        say!(
            "letters delivered: {}, there already: {}",
            letters.delivered,
            letters.present
        );
    }
    for failed in &letters.failed {
        say!("letter to {}: {}", failed.account, failed.error);
    }
}

/// Why routing sheets were not written.
pub(crate) fn routing(report: &Report) {
    for finding in report.coexistence.iter().flat_map(|row| &row.findings) {
        say!("routing sheets not written: {}", finding.to_string());
    }
}

pub(crate) fn report(report: &Report) {
    say!(
        "{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "",
        "source",
        "moved",
        "present",
        "manual",
        "failed",
        "excluded"
    );
    for row in &report.entities {
        let counts = &row.counts;
        let mut line = format!("{:<20}{:>10}", row.entity.name(), counts.source);
        for state in State::ALL {
            let _ = write!(line, "{:>10}", counts.get(state));
        }
        say!(
            "{line}{}",
            match (counts.balances(), row.uncounted) {
                (false, _) => "  does not add up".to_owned(),
                (true, 0) => String::new(),
                (true, accounts) => format!("  not counted: {accounts} accounts"),
            }
        );
    }
    let moved: u64 = report.entities.iter().map(|row| row.moved_now).sum();
    say!(
        "moved in this run: {moved}; every row adds up: {}; complete: {}",
        yes(report.balances()),
        yes(report.is_complete())
    );
    for (account, entity) in report.uncounted() {
        say!("{}: {entity}: not counted", account.account);
    }
    for account in &report.accounts {
        problems(&account.account, &account.problems);
    }
    if let Some(check) = &report.plan {
        say!(
            "against the plan of {}: {} differences",
            check.made,
            check.deviations.len()
        );
        deviations(&check.deviations);
    }
}

fn yes(answer: bool) -> &'static str {
    if answer { "yes" } else { "NO" }
}

fn problems(account: &str, problems: &[Problem]) {
    for problem in problems {
        say!("{}: {}: {}", account, problem.entity, problem.error);
    }
}

/// A number of which more may be hidden behind what could not be examined.
fn at_least(items: u64, known: bool) -> String {
    match (items, known) {
        (0, false) => "unknown".to_owned(),
        (items, false) => format!(">={items}"),
        (items, true) => items.to_string(),
    }
}

pub(crate) fn plan(plan: &Plan) {
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
    for account in &plan.accounts {
        problems(&account.account, &account.problems);
        for finding in &account.findings {
            say!("{}: {}", account.account, finding.to_string());
        }
    }
    let mut codes = std::collections::BTreeMap::new();
    for (code, found) in plan.containers().flat_map(|row| &row.findings) {
        codes.entry(code).or_insert((0, &found.message)).0 += found.items;
    }
    for (code, (items, message)) in codes {
        say!("{items:>8}  {}: {}", code, message);
    }
    for exception in &plan.exceptions {
        say!(
            "exception {} {}: {} ({} items)",
            exception.code,
            exception.scope,
            exception.reason,
            exception.items
        );
    }
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

/// What a run that has not come to its end did so far.
pub(crate) fn progress(progress: &Progress) {
    say!(
        "{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "",
        "listed",
        "moved",
        "present",
        "manual",
        "failed",
        "excluded"
    );
    for (entity, counts) in &progress.entities {
        let mut row = format!("{:<20}{:>10}", entity.name(), counts.source);
        for state in State::ALL {
            row += &format!("{:>10}", counts.get(state));
        }
        say!("{row}");
    }
    if let Some(accounts) = progress.accounts {
        say!(
            "accounts: {} of {accounts} are through; what {} hold is unknown yet",
            progress.accounts_done,
            progress.unopened().unwrap_or(accounts)
        );
    }
    for (code, items) in &progress.codes {
        say!("{items:>8}  {code}");
    }
}

pub(crate) fn changes(diff: &PlanDiff) {
    say!(
        "from {} to {}: {} differences",
        diff.before,
        diff.after,
        diff.changes.len()
    );
    deviations(&diff.changes);
}

fn deviations(deviations: &[Deviation]) {
    for deviation in deviations {
        say!(
            "{}: {} {}: {}",
            deviation.code,
            deviation.account,
            deviation.container,
            deviation.message
        );
    }
}
