//! The 100 % rule, and what the operator relaxes of it.

use crate::{Finding, finding::Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Decides what a finding means and what is left out.
///
/// The default is the rule itself: an item with a lossy finding is moved by a person.
///
/// ```
/// use tegu_migrate::{Finding, Policy};
///
/// let finding = Finding::lossy("MAIL-KEYWORD", "the target has no room for the keyword Важно");
/// let strict = Policy::default();
/// assert!(strict.stops(&[finding.clone()]));
/// assert!(!strict.accept(["MAIL-KEYWORD"]).stops(&[finding]));
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// Codes of lossy findings that the operator accepts; the report lists them.
    pub accept: BTreeSet<String>,
    /// Mail folders left out, as paths with `/` between the levels; a folder's children go with it.
    pub exclude_folders: BTreeSet<String>,
    /// Accounts that move, by primary address; all when empty.
    pub accounts: BTreeSet<String>,
    /// Accounts left out, by primary address.
    pub exclude_accounts: BTreeSet<String>,
}

impl Policy {
    /// Accepts findings of these codes: their items move, and the report says so.
    #[must_use]
    pub fn accept<S: Into<String>>(mut self, codes: impl IntoIterator<Item = S>) -> Self {
        self.accept.extend(codes.into_iter().map(Into::into));
        self
    }

    /// Whether these findings keep an item from moving by itself.
    pub fn stops(&self, findings: &[Finding]) -> bool {
        findings.iter().any(|finding| {
            finding.severity == Severity::Lossy && !self.accept.contains(finding.code.as_ref())
        })
    }

    /// Whether an account with this primary address takes part.
    pub fn takes_account(&self, mail: &str) -> bool {
        let has = |set: &BTreeSet<String>| set.iter().any(|entry| entry.eq_ignore_ascii_case(mail));
        (self.accounts.is_empty() || has(&self.accounts)) && !has(&self.exclude_accounts)
    }

    /// Whether a mail folder takes part.
    pub fn takes_folder(&self, path: &[String]) -> bool {
        (1..=path.len()).all(|depth| {
            path.get(..depth)
                .is_none_or(|prefix| !self.exclude_folders.contains(&prefix.join("/")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_parent() {
        let mut policy = Policy::default();
        policy.exclude_folders.insert("Archive/2010".into());
        let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        assert!(policy.takes_folder(&path("Archive")));
        assert!(policy.takes_folder(&path("Archive/2010 new")));
        assert!(!policy.takes_folder(&path("Archive/2010")));
        assert!(!policy.takes_folder(&path("Archive/2010/May")));
    }

    #[test]
    fn accounts_are_compared_without_case() {
        let mut policy = Policy::default();
        assert!(policy.takes_account("a@example.test"));
        policy.accounts.insert("B@Example.test".into());
        assert!(policy.takes_account("b@example.test"));
        assert!(!policy.takes_account("a@example.test"));
        policy.exclude_accounts.insert("b@example.test".into());
        assert!(!policy.takes_account("b@example.test"));
    }
}
