//! Findings as JSON.

use serde_json::{Value, json};
use tegu_dav::{Finding, ItemKind};

pub(crate) fn findings<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Value> {
    findings
        .into_iter()
        .map(|finding| {
            let severity = if finding.is_lossy() { "lossy" } else { "info" };
            json!({"code": finding.code(), "severity": severity, "text": finding.to_string()})
        })
        .collect()
}

pub(crate) fn kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Contact => "contact",
        ItemKind::Event => "event",
        ItemKind::FreeBusy => "freebusy",
        ItemKind::Group => "group",
        ItemKind::Journal => "journal",
        ItemKind::Todo => "todo",
        _ => "unknown",
    }
}
