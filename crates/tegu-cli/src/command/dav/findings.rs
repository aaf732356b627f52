//! Findings as JSON.

use serde_json::{Value, json};
use tegu_dav::Finding;

pub(super) fn as_json<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Value> {
    findings
        .into_iter()
        .map(|finding| {
            let severity = if finding.is_lossy() { "lossy" } else { "info" };
            json!({"code": finding.code(), "severity": severity, "text": finding.to_string()})
        })
        .collect()
}
