//! The exceptions that a policy makes.

use super::{known::unmatched, met::Met};
use crate::{Entity, ExceptionKind, ExceptionReport, Policy};

/// Explains an acceptance that has no effect.
const WITHOUT_EFFECT: &str =
    "without effect: nothing of the item could move, so it waits for a person all the same";

/// Returns every exception of a policy with the number of items it applied to.
pub(super) fn exceptions(policy: &Policy, left_out: Vec<String>, found: &[Met<'_>]) -> Vec<ExceptionReport> {
    let count = |code: &str, concerns: &dyn Fn(&Met<'_>) -> bool| {
        let found = found.iter().filter(|met| concerns(met));
        found.map(|met| met.items(code)).sum()
    };
    let any = |_: &Met<'_>| true;
    let effect = |code: &str, reason: &str| {
        let without = (!Policy::may_accept(code)).then_some(WITHOUT_EFFECT);
        let parts = [Some(reason).filter(|reason| !reason.is_empty()), without];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    };
    let row = |kind, code: &str, scope: String, reason: String, items| {
        let mut row = ExceptionReport::new(kind, code);
        (row.scope, row.reason, row.items) = (scope, reason, items);
        row
    };
    let mut all = Vec::new();
    for code in &policy.accept {
        let (reason, items) = (effect(code, ""), count(code, &any));
        all.push(row(ExceptionKind::Accept, code, String::new(), reason, items));
    }
    for rule in &policy.relax {
        let scope = rule
            .accounts
            .iter()
            .cloned()
            .chain(rule.entities.iter().map(|entity| entity.name().to_owned()));
        let scope = scope.collect::<Vec<_>>().join(" ");
        for code in &rule.accept {
            let items = count(code, &|met| rule.fits(met.account, met.entity));
            let reason = effect(code, &rule.reason);
            all.push(row(ExceptionKind::Accept, code, scope.clone(), reason, items));
        }
    }
    if !left_out.is_empty() {
        let items = left_out.len() as u64;
        let reason = "accounts that the operator did not select".to_owned();
        let (code, scope) = ("POLICY-ACCOUNT", left_out.join(" "));
        all.push(row(ExceptionKind::Exclude, code, scope, reason, items));
    }
    if !policy.folders.is_empty() || !policy.exclude_folders.is_empty() {
        let only = policy.folders.iter().map(|folder| format!("only {folder}"));
        let not = policy
            .exclude_folders
            .iter()
            .map(|folder| format!("not {folder}"));
        let scope = only.chain(not).collect::<Vec<_>>().join(", ");
        let reason = "folders that the operator did not select".to_owned();
        let code = "POLICY-FOLDER";
        let mut exception = row(ExceptionKind::Exclude, code, scope, reason, count(code, &any));
        let patterns = policy.folders.iter().chain(&policy.exclude_folders);
        exception.unmatched = unmatched(patterns, found, |met| met.entity == Entity::Mail);
        all.push(exception);
    }
    for (number, rule) in (1..).zip(&policy.exclude) {
        let code = format!("POLICY-EXCLUDE-{number}");
        let items = count(&code, &any);
        let mut exception = row(
            ExceptionKind::Exclude,
            &code,
            String::new(),
            rule.to_string(),
            items,
        );
        // Nobody's are the rows of the directory.
        let concerns = |met: &Met<'_>| !met.account.is_empty() && rule.fits(met.account, met.entity);
        exception.unmatched = unmatched(rule.folders.iter(), found, concerns);
        all.push(exception);
    }
    all
}
