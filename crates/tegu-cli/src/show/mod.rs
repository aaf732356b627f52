//! Plans and reports for a person at a terminal.

mod plan;
mod rows;

pub(crate) use plan::{changes, plan};

use self::rows::{Problems, deviations, place, unmatched};
use crate::groups::{Detail, Groups};
use std::{fmt::Write as _, path::Path, process::ExitCode};
use tegu_migrate::{Counts, Entity, Finding, Report, Severity, State, report::Progress};

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

/// The heads of a table of states; `source` is what the first column counts.
fn heads(source: &str) {
    let mut line = format!("{:<20}{source:>10}", "");
    for state in State::ALL {
        let _ = write!(line, "{:>10}", state.name());
    }
    say!("{line}");
}

/// A row of it.
fn states(entity: Entity, counts: &Counts) -> String {
    let mut line = format!("{:<20}{:>10}", entity.name(), counts.source);
    for state in State::ALL {
        let _ = write!(line, "{:>10}", counts.get(state));
    }
    line
}

pub(crate) fn report(report: &Report, detail: Detail) {
    heads("source");
    for row in &report.entities {
        say!(
            "{}{}",
            states(row.entity, &row.counts),
            match (row.counts.balances(), row.uncounted) {
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
    let mut uncounted = Groups::new(detail);
    for (account, entity) in report.uncounted() {
        let text = format!("{entity} not counted");
        uncounted.add(entity.name(), &account.account, 1, text);
    }
    uncounted.tell();
    let mut told = Problems::new(detail);
    for account in &report.accounts {
        told.add(&account.account, &account.problems);
    }
    told.tell();
    worklist(report, detail);
    unmatched(&report.exceptions);
    if let Some(check) = &report.plan {
        say!(
            "against the plan of {}: {} differences",
            check.made,
            check.deviations.len()
        );
        deviations(&check.deviations, detail);
    }
}

fn yes(answer: bool) -> &'static str {
    if answer { "yes" } else { "NO" }
}

/// What is left for people and what failed, by its reason.
fn worklist(report: &Report, detail: Detail) {
    let mut groups = Groups::new(detail);
    for work in &report.worklist {
        // Of what the directory holds, the label says which.
        let at = match work.account.as_str() {
            "" => work.label.clone(),
            account => place(account, &work.container),
        };
        let lossy = |finding: &&Finding| finding.severity == Severity::Lossy;
        for finding in work.findings.iter().filter(lossy) {
            let key = format!("{} {}", work.state, finding.code);
            groups.add(key, &at, 1, format_args!("{}: {finding}", work.state));
        }
    }
    groups.tell();
}

/// What a run that has not come to its end did so far.
pub(crate) fn progress(progress: &Progress) {
    heads("listed");
    for (entity, counts) in &progress.entities {
        say!("{}", states(*entity, counts));
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
