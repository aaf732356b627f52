//! What a copy came to, for people and for programs.

use serde_json::{Map, Value, json};
use tegu_imap::{
    MailboxName, State,
    finding::Finding,
    transfer::{Plan, Report},
};

pub(super) fn report_json(report: &Report) -> Value {
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

pub(super) fn findings(findings: &[Finding]) -> Vec<Value> {
    let row = |finding: &Finding| json!({"code": finding.code(), "text": finding.to_string()});
    findings.iter().map(row).collect()
}

pub(super) fn report(report: &Report) {
    for folder in &report.folders {
        say!(
            "{} -> {}: {} messages",
            folder.source,
            name(&folder.target),
            folder.held
        );
        for item in &folder.items {
            say!("  {} {}: {}", item.state, item.code, item.text);
        }
        for (code, count) in &folder.noticed {
            say!("  noticed {count} times: {code}");
        }
        for finding in &folder.findings {
            say!("  {}: {finding}", finding.code());
        }
        if let Some(error) = &folder.error {
            say!("  given up: {error}");
        }
    }
    for finding in &report.findings {
        say!("{}: {finding}", finding.code());
    }
    for state in State::ALL {
        let count = report.tally.get(state);
        say!(
            "{:9} {:8} messages {:14} octets",
            state.name(),
            count.messages,
            count.octets
        );
    }
    say!(
        "{:.2} s, {} retries",
        report.elapsed.as_secs_f64(),
        report.retries
    );
}

/// A folder of calendars and the like has no name on the target.
fn name(target: &Option<MailboxName>) -> String {
    target.as_ref().map_or("nowhere".to_owned(), ToString::to_string)
}

pub(super) fn plan_json(plan: &Plan) -> Value {
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

pub(super) fn plan(plan: &Plan) {
    for folder in &plan.folders {
        say!(
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
        );
        if let Some(error) = &folder.error {
            say!("  cannot be planned: {error}");
        }
    }
    for finding in &plan.findings {
        say!("{}: {finding}", finding.code());
    }
}
