//! Copies a mailbox from one IMAP server to another, and follows it on later runs.
//!
//! `imap_copy --from URL --to URL --ledger FILE [--connections N] [--verify none|size|fingerprint|digest]
//! [--accept CODE]... [--propagate-deletions] [--timeout SECONDS] [--wait MILLISECONDS] [--late MILLISECONDS]
//! [--dry-run] [--json] [--insecure-tls]`
//!
//! Up to four connections to each side are used unless `--connections` says otherwise. URL is
//! `imap[s]://user[:password]@host[:port]/`; passwords may also come from `TEGU_FROM_PASSWORD` and `TEGU_TO_PASSWORD`.
//! A server that is silent for the timeout is given up, and whatever may pass is waited for: at first for `--wait`, then
//! longer each time. A run that sent messages again after a lost connection waits `--late` (30,000) at its end for copies
//! that arrive twice, and removes them. It can be killed at any time and started again with the same ledger.
//!
//! Ctrl-C and SIGTERM let the messages that are on their way be answered, and end it then; a second one ends it at once.
//!
//! Exit status: 0 when everything is moved or present, 3 when something is left for a person, 4 when something failed,
//! 2 for wrong arguments, 1 for any other error, a signal among them.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/print.rs"]
mod print;
#[path = "support/stop.rs"]
mod stop;
#[path = "support/url.rs"]
mod url;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tegu_imap::finding::Finding;
use tegu_imap::ledger::{FileLedger, Ledger, MemoryLedger};
use tegu_imap::transfer::{Event, Plan, Report, Side, Transfer, Verify, events};
use tegu_imap::{Backoff, MailboxName, State};
use tegu_net::Timeouts;

struct Arguments {
    transfer: Transfer,
    ledger: Option<String>,
    dry_run: bool,
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            print::note(&format!("imap_copy: {message}"));
            return ExitCode::from(2);
        }
    };
    match copy(arguments).await {
        Ok(code) => code,
        Err(error) => {
            print::note(&format!("imap_copy: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn copy(arguments: Arguments) -> tegu_imap::Result<ExitCode> {
    let ledger: Arc<dyn Ledger> = match &arguments.ledger {
        Some(path) => Arc::new(FileLedger::open(path)?),
        // A dry run without a ledger plans a first run.
        None => Arc::new(MemoryLedger::new()),
    };
    if arguments.dry_run {
        let plan = arguments.transfer.plan(ledger).await?;
        if arguments.json {
            print::json(&plan_json(&plan));
        } else {
            print_plan(&plan);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (sender, mut events) = events(1024);
    let progress = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            match event {
                Event::Waiting { reason, wait } => {
                    print::note(&format!("waiting {:.1} s: {reason}", wait.as_secs_f64()));
                }
                Event::FolderDone(folder) if folder.error.is_some() => {
                    print::note(&format!(
                        "{}: {}",
                        folder.source,
                        folder.error.map(|error| error.to_string()).unwrap_or_default()
                    ));
                }
                _ => {}
            }
        }
    });
    let stop = stop::gate()?;
    let report = arguments.transfer.events(sender).gate(stop).run(ledger).await?;
    let _ = progress.await;
    if arguments.json {
        print::json(&report_json(&report));
    } else {
        print_report(&report);
    }
    Ok(exit_code(&report))
}

fn exit_code(report: &Report) -> ExitCode {
    let some = |state| report.tally.get(state).messages > 0;
    if some(State::Failed) || report.folders.iter().any(|folder| folder.error.is_some()) {
        ExitCode::from(4)
    } else if some(State::Manual) {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    }
}

fn report_json(report: &Report) -> Value {
    let states: Map<String, Value> = State::ALL
        .into_iter()
        .map(|state| {
            let count = report.tally.get(state);
            let counts = json!({"messages": count.messages, "octets": count.octets});
            (state.name().to_owned(), counts)
        })
        .collect();
    let folders: Vec<Value> = report
        .folders
        .iter()
        .map(|folder| {
            let items: Vec<Value> = folder
                .items
                .iter()
                .map(|item| {
                    json!({"uid": item.uid.get(), "state": item.state.name(), "code": item.code, "text": item.text})
                })
                .collect();
            let count = |state| folder.tally.get(state).messages;
            json!({
                "source": folder.source.label(), "target": folder.target.as_ref().map(MailboxName::label), "held": folder.held,
                "moved": count(State::Moved), "present": count(State::Present), "manual": count(State::Manual),
                "failed": count(State::Failed), "excluded": count(State::Excluded), "verified": folder.verified,
                "reflagged": folder.reflagged, "removed": folder.removed, "items": items,
                "noticed": folder.noticed, "findings": findings(&folder.findings), "error": folder.error.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    let findings = findings(&report.findings);
    json!({
        "version": 1, "states": states, "balances": report.balances(), "seconds": report.elapsed.as_secs_f64(),
        "retries": report.retries, "folders": folders, "findings": findings,
    })
}

fn findings(findings: &[Finding]) -> Vec<Value> {
    let row = |finding: &Finding| json!({"code": finding.code(), "text": finding.to_string()});
    findings.iter().map(row).collect()
}

fn print_report(report: &Report) {
    for folder in &report.folders {
        print::line(&format!(
            "{} -> {}: {} messages",
            folder.source,
            name(&folder.target),
            folder.held
        ));
        for item in &folder.items {
            print::line(&format!("  {} {}: {}", item.state, item.code, item.text));
        }
        for (code, count) in &folder.noticed {
            print::line(&format!("  noticed {count} times: {code}"));
        }
        for finding in &folder.findings {
            print::line(&format!("  {}: {finding}", finding.code()));
        }
        if let Some(error) = &folder.error {
            print::line(&format!("  given up: {error}"));
        }
    }
    for finding in &report.findings {
        print::line(&format!("{}: {finding}", finding.code()));
    }
    for state in State::ALL {
        let count = report.tally.get(state);
        print::line(&format!(
            "{:9} {:8} messages {:14} octets",
            state.name(),
            count.messages,
            count.octets
        ));
    }
    print::line(&format!(
        "{:.2} s, {} retries",
        report.elapsed.as_secs_f64(),
        report.retries
    ));
}

/// A folder of calendars and the like has no name on the target.
fn name(target: &Option<MailboxName>) -> String {
    target.as_ref().map_or("nowhere".to_owned(), ToString::to_string)
}

fn plan_json(plan: &Plan) -> Value {
    let folders: Vec<Value> = plan
        .folders
        .iter()
        .map(|folder| {
            let copy = folder.tally.get(State::Moved);
            let count = |state| folder.tally.get(state).messages;
            json!({
                "source": folder.source.label(), "target": folder.target.as_ref().map(MailboxName::label),
                "create": folder.create, "held": folder.held,
                "copy": {"messages": copy.messages, "octets": copy.octets}, "present": count(State::Present),
                "manual": count(State::Manual), "failed": count(State::Failed), "excluded": count(State::Excluded),
                "reflag": folder.reflag, "remove": folder.remove,
                "error": folder.error.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    let findings = findings(&plan.findings);
    json!({"version": 1, "dry_run": true, "folders": folders, "findings": findings})
}

fn print_plan(plan: &Plan) {
    for folder in &plan.folders {
        print::line(&format!(
            "{} -> {}{}: {} messages: copy {} ({} octets), present {}, manual {}, excluded {}, flags {}, remove {}",
            folder.source,
            name(&folder.target),
            if folder.create { " (new)" } else { "" },
            folder.held,
            folder.tally.get(State::Moved).messages,
            folder.tally.get(State::Moved).octets,
            folder.tally.get(State::Present).messages,
            folder.tally.get(State::Manual).messages,
            folder.tally.get(State::Excluded).messages,
            folder.reflag,
            folder.remove
        ));
        if let Some(error) = &folder.error {
            print::line(&format!("  cannot be planned: {error}"));
        }
    }
    for finding in &plan.findings {
        print::line(&format!("{}: {finding}", finding.code()));
    }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut from, mut to, mut ledger) = (None, None, None);
    let (mut connections, mut verify, mut accept) = (4, Verify::default(), Vec::new());
    let (mut deletions, mut dry_run, mut json, mut insecure) = (false, false, false, false);
    let (mut timeouts, mut backoff) = (Timeouts::default(), Backoff::default());
    let mut lateness = Duration::from_secs(30);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--from" => from = Some(value()?),
            "--to" => to = Some(value()?),
            "--ledger" => ledger = Some(value()?),
            "--connections" => {
                let wrong = |_| "--connections needs a number from 1 to 64".to_owned();
                let count = value()?.parse::<std::num::NonZeroU8>().map_err(wrong)?;
                connections = usize::from(count.get());
            }
            "--verify" => verify = value()?.parse().map_err(|error| format!("--verify: {error}"))?,
            "--accept" => accept.push(value()?),
            "--propagate-deletions" => deletions = true,
            "--timeout" => {
                let seconds = value()?
                    .parse()
                    .map_err(|_| "--timeout needs a number of seconds")?;
                timeouts.idle = Duration::from_secs(seconds);
            }
            "--wait" => {
                let wait = value()?
                    .parse()
                    .map_err(|_| "--wait needs a number of milliseconds")?;
                backoff.first = Duration::from_millis(wait);
                backoff.longest = backoff.longest.min(backoff.first * 60);
            }
            "--late" => {
                let late = value()?
                    .parse()
                    .map_err(|_| "--late needs a number of milliseconds")?;
                lateness = Duration::from_millis(late);
            }
            "--dry-run" => dry_run = true,
            "--json" => json = true,
            "--insecure-tls" => insecure = true,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let usage = format!(
        "usage: imap_copy --from URL --to URL --ledger FILE; URL is {}",
        url::SHAPE
    );
    let (Some(from), Some(to)) = (from, to) else {
        return Err(usage);
    };
    if ledger.is_none() && !dry_run {
        return Err(usage);
    }
    let (endpoint, credentials) = url::read(&from, "TEGU_FROM_PASSWORD", insecure)?;
    let from = Side::new(endpoint.timeouts(timeouts), credentials);
    let (endpoint, credentials) = url::read(&to, "TEGU_TO_PASSWORD", insecure)?;
    let transfer = Transfer::new(from, Side::new(endpoint.timeouts(timeouts), credentials))
        .backoff(backoff)
        .quiet(Duration::from_secs(1).min(backoff.longest))
        .lateness(lateness)
        .connections(connections)
        .verify(verify)
        .propagate_deletions(deletions);
    Ok(Arguments {
        transfer: accept.into_iter().fold(transfer, Transfer::accept),
        ledger,
        dry_run,
        json,
    })
}
