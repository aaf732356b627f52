//! Plans and reports for a person at a terminal.

use std::{path::Path, process::ExitCode};
use tegu_migrate::{
    Octets, Report, State,
    plan::{Amounts, Basis, Deviation, Plan, PlanDiff},
    printable,
    report::Problem,
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

/// Names come from outside and may hold terminal escapes.
pub(crate) fn line(text: &str) -> String {
    printable(text)
}

/// What became of the letters to owners.
pub(crate) fn letters(report: &Report, job: &Path) {
    let Some(letters) = &report.letters else {
        return;
    };
    println!(
        "letters: {} in {}",
        letters.written,
        job.join("letters").display()
    );
    if letters.delivered + letters.present > 0 {
        println!(
            "letters delivered: {}, there already: {}",
            letters.delivered, letters.present
        );
    }
    for failed in &letters.failed {
        println!("letter to {}: {}", line(&failed.account), line(&failed.error));
    }
}

/// Why routing sheets were not written.
pub(crate) fn routing(report: &Report) {
    for finding in report.coexistence.iter().flat_map(|row| &row.findings) {
        println!("routing sheets not written: {}", line(&finding.to_string()));
    }
}

pub(crate) fn report(report: &Report) {
    println!(
        "{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "", "source", "moved", "present", "manual", "failed", "excluded"
    );
    for row in &report.entities {
        let counts = &row.counts;
        print!("{:<20}{:>10}", row.entity.name(), counts.source);
        for state in State::ALL {
            print!("{:>10}", counts.get(state));
        }
        println!(
            "{}",
            match (counts.balances(), row.uncounted) {
                (false, _) => "  does not add up".to_owned(),
                (true, 0) => String::new(),
                (true, accounts) => format!("  not counted: {accounts} accounts"),
            }
        );
    }
    let moved: u64 = report.entities.iter().map(|row| row.moved_now).sum();
    println!(
        "moved in this run: {moved}; every row adds up: {}; complete: {}",
        yes(report.balances()),
        yes(report.is_complete())
    );
    for (account, entity) in report.uncounted() {
        println!("{}: {entity}: not counted", line(&account.account));
    }
    for account in &report.accounts {
        problems(&account.account, &account.problems);
    }
    if let Some(check) = &report.plan {
        println!(
            "against the plan of {}: {} differences",
            line(&check.made),
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
        println!("{}: {}: {}", line(account), problem.entity, line(&problem.error));
    }
}

pub(crate) fn plan(plan: &Plan) {
    println!(
        "{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}",
        "", "source", "move", "present", "manual", "excluded", "to move"
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
        print!("{:<20}", row.entity.name());
        for amount in [source, moves, present, manual, excluded] {
            print!("{:>10}", amount.items);
        }
        println!("{:>12}", Octets::new(moves.bytes).to_string());
    }
    for account in &plan.accounts {
        problems(&account.account, &account.problems);
        for finding in &account.findings {
            println!("{}: {}", line(&account.account), line(&finding.to_string()));
        }
    }
    let mut codes = std::collections::BTreeMap::new();
    for (code, found) in plan.containers().flat_map(|row| &row.findings) {
        codes.entry(code).or_insert((0, &found.message)).0 += found.items;
    }
    for (code, (items, message)) in codes {
        println!("{items:>8}  {}: {}", line(code), line(message));
    }
    for exception in &plan.exceptions {
        println!(
            "exception {} {}: {} ({} items)",
            line(&exception.code),
            line(&exception.scope),
            line(&exception.reason),
            exception.items
        );
    }
    let cost = &plan.cost;
    let basis = match cost.basis {
        Basis::Measured => "measured",
        Basis::Stated => "stated",
        _ => "assumed",
    };
    println!(
        "to move: {} items, {} of them messages, {}; {} folders to make; {} connections to either side;\n\
         about {:.1} hours at {:.0} items and {} a second ({basis})",
        cost.items,
        cost.messages,
        Octets::new(cost.bytes),
        cost.creates,
        cost.connections,
        cost.seconds as f64 / 3600.0,
        cost.items_per_second,
        Octets::new(cost.bytes_per_second as u64),
    );
}

pub(crate) fn changes(diff: &PlanDiff) {
    println!(
        "from {} to {}: {} differences",
        line(&diff.before),
        line(&diff.after),
        diff.changes.len()
    );
    deviations(&diff.changes);
}

fn deviations(deviations: &[Deviation]) {
    for deviation in deviations {
        println!(
            "{}: {} {}: {}",
            line(&deviation.code),
            line(&deviation.account),
            line(&deviation.container),
            line(&deviation.message)
        );
    }
}
