//! Lines that plans and reports share.

use crate::groups::{Detail, Groups};
use tegu_migrate::{
    plan::Deviation,
    report::{ExceptionReport, Problem},
};

/// A folder of somebody's, or what the directory holds.
pub(super) fn place(account: &str, container: &str) -> String {
    match (account, container) {
        ("", place) | (place, "") => place.to_owned(),
        (account, container) => format!("{account} {container}"),
    }
}

/// Patterns of folders that match none, which are often written wrongly.
pub(super) fn unmatched(exceptions: &[ExceptionReport]) {
    for exception in exceptions {
        for unmatched in &exception.unmatched {
            say!("{}: {unmatched}", exception.code);
        }
    }
}

/// Why accounts could not be examined or finished. Those that differ in nothing but the account are the same.
pub(super) struct Problems(Groups);

impl Problems {
    pub(super) fn new(detail: Detail) -> Self {
        Self(Groups::new(detail))
    }

    pub(super) fn add(&mut self, account: &str, problems: &[Problem]) {
        let alias = account.split('@').next().unwrap_or_default();
        for problem in problems {
            let text = format!("{}: {}", problem.entity, problem.error);
            let mut key = text.clone();
            for (part, name) in [(account, "{mail}"), (alias, "{alias}")] {
                if !part.is_empty() {
                    key = key.replace(part, name);
                }
            }
            self.0.add(key, account, 1, text);
        }
    }

    pub(super) fn tell(self) {
        self.0.tell();
    }
}

pub(super) fn deviations(deviations: &[Deviation], detail: Detail) {
    let mut groups = Groups::new(detail);
    for deviation in deviations {
        let text = format!("{}: {}", deviation.code, deviation.message);
        let place = place(&deviation.account, &deviation.container);
        groups.add(&deviation.code, place, 1, text);
    }
    groups.tell();
}
