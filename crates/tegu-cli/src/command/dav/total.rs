//! What an import came to, for people and for programs.

use super::findings;
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use tegu_dav::{
    Finding, Item,
    import::{Outcome, Planned, Report, State},
};

/// All collections that were filled.
#[derive(Default)]
pub(super) struct Total {
    pub(super) urls: Vec<String>,
    pub(super) reports: Vec<Report>,
    pub(super) archived: Vec<Item>,
    pub(super) findings: Vec<Finding>,
    pub(super) externalised: usize,
    /// Every item, as it ended.
    pub(super) outcomes: Vec<Outcome>,
    /// Every item of a dry run.
    pub(super) planned: Vec<Planned>,
}

impl Total {
    fn count(&self, state: State) -> u64 {
        let archived = if state == State::Excluded {
            self.archived.len() as u64
        } else {
            0
        };
        self.reports.iter().map(|report| report.count(state)).sum::<u64>() + archived
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        if self.count(State::Failed) > 0 || self.reports.iter().any(|report| !report.balances()) {
            ExitCode::from(4)
        } else if self.count(State::Manual) > 0 || self.planned.iter().any(|item| item.state == State::Manual)
        {
            ExitCode::from(3)
        } else {
            ExitCode::SUCCESS
        }
    }

    pub(super) fn as_json(&self, seconds: f64, dry_run: bool) -> Value {
        if dry_run {
            let items: Vec<Value> = self
                .planned
                .iter()
                .map(|item| {
                    json!({
                        "uid": item.uid, "kind": item.kind.name(), "summary": item.summary, "action": action(item),
                        "findings": findings::as_json(&item.findings),
                    })
                })
                .collect();
            return json!({
                "version": 1, "dry_run": true, "collections": self.urls, "items": items,
                "archive": self.archived.len(), "findings": findings::as_json(&self.findings),
            });
        }
        let states: Map<String, Value> = State::ALL
            .into_iter()
            .map(|state| (state.name().to_owned(), self.count(state).into()))
            .collect();
        let archived = self.archived.iter().map(|item| {
            json!({
                "uid": item.uid, "kind": item.kind.name(), "summary": item.summary, "state": "excluded",
                "findings": findings::as_json(&item.findings), "href": null, "error": null,
            })
        });
        let items: Vec<Value> = self
            .outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "uid": outcome.uid, "kind": outcome.kind.name(), "summary": outcome.summary,
                    "state": outcome.state.name(), "href": outcome.href,
                    "error": outcome.error.as_ref().map(ToString::to_string),
                    "findings": findings::as_json(&outcome.findings),
                })
            })
            .chain(archived)
            .collect();
        json!({
            "version": 1, "collections": self.urls, "states": states,
            "balances": self.reports.iter().all(Report::balances), "items": items,
            "bulk": self.reports.iter().any(|report| report.bulk),
            "deleted": self.reports.iter().map(|report| report.deleted()).sum::<usize>(),
            "archived": self.archived.len(), "externalised": self.externalised,
            "findings": findings::as_json(&self.findings), "seconds": seconds,
        })
    }

    pub(super) fn print(&self, seconds: f64, dry_run: bool) {
        for finding in &self.findings {
            say!("{}: {finding}", finding.code());
        }
        if dry_run {
            for item in &self.planned {
                say!("{:8} {} ({})", action(item), item.summary, item.uid);
                let decisive = |finding: &&Finding| finding.is_lossy() || item.state == State::Excluded;
                for finding in item.findings.iter().filter(decisive) {
                    say!("    {}: {finding}", finding.code());
                }
            }
            return;
        }
        for outcome in self.reports.iter().flat_map(|report| &report.outcomes) {
            say!("{:8} {} ({})", outcome.state.name(), outcome.summary, outcome.uid);
            if let Some(error) = &outcome.error {
                say!("    {error}");
            }
            for finding in outcome
                .findings
                .iter()
                .filter(|finding| finding.is_lossy() || outcome.state == State::Excluded)
            {
                say!("    {}: {finding}", finding.code());
            }
        }
        for gone in self.reports.iter().flat_map(|report| &report.gone) {
            say!("{}: {}", gone.finding.code(), gone.finding);
        }
        for url in &self.urls {
            say!("{url}");
        }
        for state in State::ALL {
            say!("{:9} {:8}", state.name(), self.count(state));
        }
        say!("{seconds:.2} s");
    }
}

/// What would be done with an item.
fn action(item: &Planned) -> &'static str {
    match item.state {
        State::Moved if item.replaces => "replace",
        State::Moved => "put",
        state => state.name(),
    }
}
