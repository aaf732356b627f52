//! Moves an organisation.
//!
//! ```text
//! migrate [--out DIR]       makes a small sample organisation in DIR and moves it into a bundle there
//! migrate CONFIG.toml       runs the job that the file describes (see migrate.toml beside this file)
//! ```
//!
//! Exit status: 0 everything moved, 3 something is left for a person, 4 something failed, 2 wrong arguments, 1 any other
//! error.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod sample;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_migrate::{CancellationToken, Config, Error, Event, Events, Migration, Report, State};

const USAGE: &str = "usage: migrate [--out DIR] | migrate CONFIG.toml";

enum Task {
    Help,
    Run(PathBuf),
    Sample(PathBuf),
}

#[tokio::main]
async fn main() -> ExitCode {
    let config = match arguments(std::env::args_os().skip(1).map(PathBuf::from).collect()) {
        Some(Task::Help) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some(Task::Run(config)) => config,
        Some(Task::Sample(out)) => {
            let organisation = out.join("organisation");
            if let Err(error) = sample::write(&organisation) {
                eprintln!(
                    "error: writing the sample organisation to {}: {error}",
                    organisation.display()
                );
                return ExitCode::from(1);
            }
            println!("sample organisation: {}", organisation.display());
            organisation.join("migrate.toml")
        }
        None => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match migrate(&config).await {
        Ok(report) => {
            summary(&report);
            match (
                report.complete,
                report.total(State::Failed),
                report.total(State::Manual),
            ) {
                (true, 0, 0) => ExitCode::SUCCESS,
                (true, 0, _) => ExitCode::from(3),
                _ => ExitCode::from(4),
            }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn arguments(arguments: Vec<PathBuf>) -> Option<Task> {
    match arguments.as_slice() {
        [] => Some(Task::Sample(PathBuf::from("target/tegu-sample"))),
        [flag] if flag.as_os_str() == "--help" => Some(Task::Help),
        [flag, out] if flag.as_os_str() == "--out" => Some(Task::Sample(out.clone())),
        [config] if !config.to_string_lossy().starts_with('-') => Some(Task::Run(config.clone())),
        _ => None,
    }
}

async fn migrate(config: &Path) -> Result<Report, Error> {
    let config = Config::from_file(config)?;
    let out = config.base.join(&config.out);
    let migration: Migration = config.into_migration()?;

    let progress = tokio::spawn(show_progress(migration.events()));
    // Ctrl-C stops at a safe point; the same command goes on from there.
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });

    let report = migration.run(&cancel).await;
    drop(migration);
    let _ = progress.await;
    let report = report?;
    println!(
        "report: {}",
        out.canonicalize().unwrap_or(out).join("report.html").display()
    );
    Ok(report)
}

/// A bar for the whole job, and one for each account that is being worked on.
async fn show_progress(mut events: Events) {
    let screen = MultiProgress::new();
    let style = |template: &str| ProgressStyle::with_template(template).expect("a template of our own");
    let whole = screen.add(ProgressBar::no_length());
    whole.set_style(style("{bar:30} {pos}/{len} accounts  {elapsed}"));
    let mut bars: HashMap<String, ProgressBar> = HashMap::new();
    while let Some(event) = events.next().await {
        match event {
            Event::Started { accounts } => whole.set_length(accounts as u64),
            Event::AccountStarted { account } => {
                let bar = screen.add(ProgressBar::new(0));
                bar.set_style(style("{bar:30} {pos}/{len} {prefix}  {wide_msg}"));
                bar.set_prefix(printable(&account));
                bars.insert(account, bar);
            }
            Event::ContainerStarted {
                entity,
                account,
                container,
                items,
            } => {
                if let Some(bar) = bars.get(&account) {
                    bar.inc_length(items);
                    bar.set_message(format!("{entity}: {}", printable(&container)));
                }
            }
            Event::ItemFinished { account, .. } => {
                if let Some(bar) = bars.get(&account) {
                    bar.inc(1);
                }
            }
            Event::Retrying {
                account, wait, error, ..
            } => {
                let _ = screen.println(format!("{}: {error}; again in {wait:.1?}", printable(&account)));
            }
            Event::AccountFinished { account } => {
                if let Some(bar) = bars.remove(&account) {
                    bar.finish_and_clear();
                }
                whole.inc(1);
            }
            Event::Finished => break,
            _ => {}
        }
    }
    whole.finish_and_clear();
}

/// Names come from outside and may hold terminal escapes.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn summary(report: &Report) {
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
            if counts.balances() {
                ""
            } else {
                "  does not add up"
            }
        );
    }
    let moved: u64 = report.entities.iter().map(|row| row.moved_now).sum();
    println!(
        "moved in this run: {moved}; every row adds up: {}",
        if report.balances() { "yes" } else { "NO" }
    );
    for account in report
        .accounts
        .iter()
        .filter(|account| !account.problems.is_empty())
    {
        for problem in &account.problems {
            println!(
                "{}: {}: {}",
                printable(&account.account),
                problem.entity,
                printable(&problem.error)
            );
        }
    }
}
