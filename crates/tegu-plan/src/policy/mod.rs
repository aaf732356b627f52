//! The 100 % rule, and the exceptions that an operator makes.

mod day;
mod exceptions;
mod glob;
mod known;
mod met;
mod rule;

pub use day::Day;
pub use met::Met;
pub use rule::{Exclusion, Relaxation};

use crate::{Entity, ExceptionReport, Finding, Result, Severity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tegu_routing::pattern;

/// Codes that accepting cannot help: nothing of the item could move.
const NO_LOSS: [&str; 36] = [
    "DAV-COLLECTION-REFUSED",
    "DAV-FILE-UNREADABLE",
    "DAV-TARGET-CHANGED",
    "DAV-TARGET-DIFFERS",
    "DAV-TARGET-MISSING",
    "DAV-TARGET-REFUSED",
    "DAV-TARGET-SIZE",
    "DAV-UNREAD",
    "IMAP-FOLDER-NOT-MAIL",
    "IMAP-MESSAGE-NO-BODY",
    "IMAP-MESSAGE-NUL",
    "IMAP-MESSAGE-PLACEHOLDER",
    "IMAP-TARGET-REFUSED",
    "MAIL-FOLDER-NOT-MAIL",
    "MAIL-FOLDER-REFUSED",
    "MAIL-NOT-GIVEN",
    "MAIL-NUL",
    "MAIL-PLACEHOLDER",
    "MAIL-REFUSED",
    "MAIL-TOO-LARGE",
    "MAIL-UNREAD",
    "RIGHTS-ALTERED",
    "RIGHTS-ANONYMOUS",
    "RIGHTS-COLLECTION",
    "RIGHTS-DENIED",
    "RIGHTS-EVERYBODY",
    "RIGHTS-FOLDER-KIND",
    "RIGHTS-FOLDER-MISSING",
    "RIGHTS-GRANTEE-UNKNOWN",
    "RIGHTS-GROUP-UNKNOWN",
    "RIGHTS-NO-ACL",
    "RIGHTS-REFUSED",
    "RIGHTS-SEND",
    "RIGHTS-TARGET-CHANGED",
    "RIGHTS-UNREADABLE",
    "RIGHTS-WIDER",
];

/// Decides which findings stop an item, and what is excluded.
///
/// By default an item with a lossy finding is left to a person, and nothing is excluded. Every plan and report names the exceptions.
///
/// Accounts and folders are exact names or patterns: `*` matches any characters and `?` one character, but not the `/` of a folder path;
/// `**` matches any number of levels; `\` escapes the next character. Accounts are compared without case.
///
/// ```
/// use tegu_plan::{Entity, Finding, Policy};
///
/// let finding = Finding::lossy("MAIL-KEYWORD", "the target has no room for the keyword Важно");
/// let strict = Policy::default();
/// assert!(strict.stops(&[finding.clone()]));
/// assert!(!strict.accept(["MAIL-KEYWORD"]).stops(&[finding.clone()]));
///
/// let policy: Policy = toml::from_str("
///     exclude_folders = ['Junk E-mail', '**/RSS*']
///     [[relax]]
///     accept = ['MAIL-KEYWORD']
///     accounts = ['*@sales.example.test']
///     reason = 'agreed with the head of sales'
///     [[exclude]]
///     before = '2015-01-01'
///     reason = 'kept in the archive'
/// ").unwrap();
/// assert!(!policy.narrowed("anna@sales.example.test", Entity::Mail).stops(&[finding.clone()]));
/// assert!(policy.narrowed("boris@example.test", Entity::Mail).stops(&[finding]));
/// ```
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
#[doc(alias = "filter")]
#[doc(alias = "exclude")]
pub struct Policy {
    /// Codes of lossy findings that the operator accepts for everybody; the report lists them.
    pub accept: BTreeSet<String>,
    /// Losses accepted for some accounts or kinds of things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relax: Vec<Relaxation>,
    /// Mail folders that move, as paths with `/` between the levels; all when empty. A folder's children go with it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub folders: BTreeSet<String>,
    /// Mail folders left out; a folder's children go with it.
    pub exclude_folders: BTreeSet<String>,
    /// Accounts that move, by primary address; all when empty.
    pub accounts: BTreeSet<String>,
    /// Accounts left out, by primary address.
    pub exclude_accounts: BTreeSet<String>,
    /// Items left out by account, kind, folder, age or size.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
}

impl Policy {
    /// Accepts findings of these codes: their items move, and the report says so.
    #[must_use]
    pub fn accept<S: Into<String>>(mut self, codes: impl IntoIterator<Item = S>) -> Self {
        self.accept.extend(codes.into_iter().map(Into::into));
        self
    }

    /// Returns what applies to one kind of thing of one account: matching relaxations are accepted, rules that do not match are dropped.
    #[must_use]
    pub fn narrowed(&self, account: &str, entity: Entity) -> Self {
        let mut narrowed = self.clone();
        for relaxation in self.relax.iter().filter(|rule| rule.fits(account, entity)) {
            narrowed.accept.extend(relaxation.accept.iter().cloned());
        }
        narrowed.relax.clear();
        // Rights on folders of mail are about the same folders.
        if !matches!(entity, Entity::Mail | Entity::SharedFolders) {
            narrowed.folders.clear();
            narrowed.exclude_folders.clear();
        }
        narrowed.exclude = (1..)
            .zip(&self.exclude)
            .filter(|(_, rule)| rule.fits(account, entity))
            .map(|(number, rule)| rule.numbered(number))
            .collect();
        narrowed
    }

    /// Returns whether these findings leave an item to a person.
    pub fn stops(&self, findings: &[Finding]) -> bool {
        findings
            .iter()
            .any(|finding| finding.severity == Severity::Lossy && !self.accepts(finding))
    }

    /// Returns whether the operator accepts a finding that [may be accepted](Self::may_accept). Call it on a [narrowed](Self::narrowed) policy.
    pub fn accepts(&self, finding: &Finding) -> bool {
        Self::may_accept(&finding.code) && self.accept.contains(finding.code.as_ref())
    }

    /// Returns whether accepting a code can make items move. It cannot if nothing of the item could move: a message with NUL octets to an
    /// IMAP server, or one that the target refused. Such an item is left to a person in any case.
    ///
    /// ```
    /// assert!(tegu_plan::Policy::may_accept("MAIL-KEYWORD"));
    /// assert!(!tegu_plan::Policy::may_accept("MAIL-NUL"));
    /// ```
    pub fn may_accept(code: &str) -> bool {
        !NO_LOSS.contains(&code)
    }

    /// Returns whether the account with this primary address takes part.
    pub fn takes_account(&self, mail: &str) -> bool {
        let has = |set: &BTreeSet<String>| set.iter().any(|pattern| pattern::matches_address(pattern, mail));
        (self.accounts.is_empty() || has(&self.accounts)) && !has(&self.exclude_accounts)
    }

    /// Returns whether a mail folder takes part.
    pub fn takes_folder(&self, path: &[String]) -> bool {
        let has = |set: &BTreeSet<String>| set.iter().any(|pattern| glob::fits_path(pattern, path));
        (self.folders.is_empty() || has(&self.folders)) && !has(&self.exclude_folders)
    }

    /// Returns why an item is excluded: by its folder, or by a rule of [`exclude`](Self::exclude). Call it on a [narrowed](Self::narrowed)
    /// policy. `received` is when a message arrived, `size` its octets; unknown values exclude nothing.
    ///
    /// The code is `POLICY-FOLDER`, or `POLICY-EXCLUDE-1` for the first rule, `POLICY-EXCLUDE-2` for the second, and so on.
    pub fn excludes(
        &self,
        path: &[String],
        received: Option<Timestamp>,
        size: Option<u64>,
    ) -> Option<Finding> {
        if !self.takes_folder(path) {
            return Some(Finding::info(
                "POLICY-FOLDER",
                "the operator left this folder out",
            ));
        }
        let rule = self.exclude.iter().find(|rule| rule.hits(path, received, size))?;
        Some(Finding::info(rule.code(), format!("left out: {rule}")))
    }

    /// Refuses accepted codes that nothing is found under. A code of a family that these crates do not have is an integrator's own.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) names the code, and the one that was probably meant.
    ///
    /// ```
    /// let policy: tegu_plan::Policy = toml::from_str("accept = ['MAIL-KEYWRD']").unwrap();
    /// let error = policy.check_codes().unwrap_err().to_string();
    /// assert_eq!(error, "unknown code MAIL-KEYWRD in `policy.accept`: did you mean MAIL-KEYWORD?");
    /// ```
    pub fn check_codes(&self) -> Result<()> {
        known::check_codes(self)
    }

    /// Refuses patterns of accounts that match none of these primary addresses, which are all of the directory.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) names the pattern, and the address that was probably meant.
    pub fn check_accounts<'a>(&self, mails: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
        known::check_accounts(self, mails)
    }

    /// Returns every exception that this policy makes, with the number of items it applied to, and patterns of folders that match nothing.
    /// `left_out` are the accounts that take no part; `found` are all folders, calendars and address books of the others.
    #[must_use]
    pub fn exceptions(&self, left_out: Vec<String>, found: &[Met<'_>]) -> Vec<ExceptionReport> {
        exceptions::exceptions(self, left_out, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn a_folder_goes_with_its_parent() {
        let mut policy = Policy::default();
        policy.exclude_folders.insert("Archive/2010".into());
        assert!(policy.takes_folder(&path("Archive")));
        assert!(policy.takes_folder(&path("Archive/2010 new")));
        assert!(!policy.takes_folder(&path("Archive/2010")));
        assert!(!policy.takes_folder(&path("Archive/2010/May")));
        policy.folders.insert("INBOX".into());
        assert!(!policy.takes_folder(&path("Archive")) && policy.takes_folder(&path("INBOX/x")));
    }

    #[test]
    fn accounts_are_compared_without_case() {
        let mut policy = Policy::default();
        assert!(policy.takes_account("a@example.test"));
        policy.accounts.insert("B@Example.test".into());
        assert!(policy.takes_account("b@example.test"));
        assert!(!policy.takes_account("a@example.test"));
        policy.exclude_accounts.insert("b@*".into());
        assert!(!policy.takes_account("b@example.test"));
        let mut policy = Policy::default();
        policy
            .exclude_accounts
            .insert(pattern::literal("*?\\@example.test"));
        assert!(!policy.takes_account("*?\\@example.test") && policy.takes_account("boris@example.test"));
    }

    #[test]
    fn a_rule_leaves_out_what_fits_all_its_parts() {
        let policy: Policy = toml::from_str(
            "[[exclude]]\naccounts = ['anna@*']\nfolders = ['Sent']\nbefore = '2015-01-01'\nlarger_than = '1 MiB'\nreason = 'old'\n\
             [[exclude]]\nentities = ['contacts']\n[[exclude]]\nlarger_than = '50 MiB'\n",
        )
        .unwrap();
        let old = Timestamp::from_second(1_000_000_000).ok();
        let new = Timestamp::from_second(1_700_000_000).ok();
        let anna = policy.narrowed("anna@example.test", Entity::Mail);
        let code = |policy: &Policy, folder: &str, date, size| {
            policy
                .excludes(&path(folder), date, size)
                .map(|finding| finding.code.into_owned())
        };
        assert_eq!(
            code(&anna, "Sent/2001", old, Some(2 << 20)).as_deref(),
            Some("POLICY-EXCLUDE-1")
        );
        assert_eq!(code(&anna, "Sent", new, Some(2 << 20)), None);
        assert_eq!(
            code(&anna, "Sent", None, Some(2 << 20)),
            None,
            "an unknown date is not old"
        );
        assert_eq!(
            code(&anna, "INBOX", old, Some(60 << 20)).as_deref(),
            Some("POLICY-EXCLUDE-3")
        );
        let boris = policy.narrowed("boris@example.test", Entity::Mail);
        assert_eq!(code(&boris, "Sent", old, Some(2 << 20)), None);
        let contacts = policy.narrowed("boris@example.test", Entity::Contacts);
        assert_eq!(
            code(&contacts, "Friends", None, None).as_deref(),
            Some("POLICY-EXCLUDE-2")
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let policy: Policy = toml::from_str(
            "accept = ['A']\nfolders = ['x']\n[[relax]]\naccept = ['B']\nentities = ['mail']\nreason = 'r'\n\
             [[exclude]]\nsince = '2020-02-29'\nlarger_than = 5\n",
        )
        .unwrap();
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
        assert!(toml::from_str::<Policy>("[[exclude]]\nbefor = '2020-01-01'\n").is_err());
        assert!(toml::from_str::<Policy>("[[exclude]]\nreason = 'all of it'\n").is_err());
    }
}
