//! The exceptions that a policy makes.

use crate::{Entity, ExceptionKind, ExceptionReport, Policy};

/// Explains an acceptance that has no effect.
const WITHOUT_EFFECT: &str =
    "without effect: nothing of the item could move, so it waits for a person all the same";

/// How many items of one kind of an account have a finding with this code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CodeCount<'a> {
    /// The account's primary address. Empty for objects of the directory.
    pub account: &'a str,
    /// What the items are.
    pub entity: Entity,
    /// The finding's code.
    pub code: &'a str,
    /// How many items have it.
    pub items: u64,
}

impl<'a> CodeCount<'a> {
    /// Makes a count.
    #[must_use]
    pub fn new(account: &'a str, entity: Entity, code: &'a str, items: u64) -> Self {
        Self {
            account,
            entity,
            code,
            items,
        }
    }
}

/// Returns every exception of a policy with the number of items it applied to.
pub(super) fn exceptions(
    policy: &Policy,
    left_out: Vec<String>,
    told: &[CodeCount<'_>],
) -> Vec<ExceptionReport> {
    let count = |code: &str, met: &dyn Fn(&CodeCount<'_>) -> bool| {
        let met = told.iter().filter(|told| told.code == code && met(told));
        met.map(|told| told.items).sum()
    };
    let any = |_: &CodeCount<'_>| true;
    let effect = |code: &str, reason: &str| {
        let without = (!Policy::may_accept(code)).then_some(WITHOUT_EFFECT);
        let parts = [Some(reason).filter(|reason| !reason.is_empty()), without];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    };
    let mut all = Vec::new();
    let mut add = |kind, code: &str, scope: String, reason: String, items| {
        let mut row = ExceptionReport::new(kind, code);
        (row.scope, row.reason, row.items) = (scope, reason, items);
        all.push(row);
    };
    for code in &policy.accept {
        add(
            ExceptionKind::Accept,
            code,
            String::new(),
            effect(code, ""),
            count(code, &any),
        );
    }
    for rule in &policy.relax {
        let scope = rule
            .accounts
            .iter()
            .cloned()
            .chain(rule.entities.iter().map(|entity| entity.name().to_owned()));
        let scope = scope.collect::<Vec<_>>().join(" ");
        for code in &rule.accept {
            let items = count(code, &|told| rule.fits(told.account, told.entity));
            add(
                ExceptionKind::Accept,
                code,
                scope.clone(),
                effect(code, &rule.reason),
                items,
            );
        }
    }
    if !left_out.is_empty() {
        let items = left_out.len() as u64;
        let reason = "accounts that the operator did not select".to_owned();
        add(
            ExceptionKind::Exclude,
            "POLICY-ACCOUNT",
            left_out.join(" "),
            reason,
            items,
        );
    }
    if !policy.folders.is_empty() || !policy.exclude_folders.is_empty() {
        let only = policy.folders.iter().map(|folder| format!("only {folder}"));
        let not = policy
            .exclude_folders
            .iter()
            .map(|folder| format!("not {folder}"));
        let scope = only.chain(not).collect::<Vec<_>>().join(", ");
        let reason = "folders that the operator did not select".to_owned();
        add(
            ExceptionKind::Exclude,
            "POLICY-FOLDER",
            scope,
            reason,
            count("POLICY-FOLDER", &any),
        );
    }
    for (number, rule) in (1..).zip(&policy.exclude) {
        let code = format!("POLICY-EXCLUDE-{number}");
        add(
            ExceptionKind::Exclude,
            &code,
            String::new(),
            rule.to_string(),
            count(&code, &any),
        );
    }
    all
}
