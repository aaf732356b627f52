//! Findings of a check.

use std::fmt;

use serde::Serialize;
use tegu_outcome::Severity;

use super::issue::Issue;
use crate::account::Named;
use crate::address::SmtpAddress;
use crate::dn::Dn;

/// One finding: on which object, and what.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    #[serde(flatten)]
    pub(super) named: Named,
    pub(super) issue: Issue,
}

impl Finding {
    /// Returns the code, which does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.issue.code()
    }

    /// Returns whether a person has to act.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.issue.severity()
    }

    /// Returns the object.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        self.named.dn()
    }

    /// Returns the object's stable identity.
    #[must_use]
    pub fn id(&self) -> &str {
        self.named.id()
    }

    /// Returns the issue with its data.
    #[must_use]
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// Returns the wrong value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.issue {
            Issue::MailDiffers { mail, .. } => Some(mail.as_str()),
            Issue::AddressDuplicate { address, .. }
            | Issue::MainForeign { address }
            | Issue::AliasForeign { address }
            | Issue::MailUnguarded { address }
            | Issue::DomainUnknown { address, .. }
            | Issue::LookAlike { address }
            | Issue::ContactLocal { address, .. }
            | Issue::ContactUnknown { address }
            | Issue::ToolsRefuse { address, .. }
            | Issue::AddressUnstorable { address, .. } => Some(address.as_str()),
            Issue::AddressMalformed { value, .. }
            | Issue::PrimarySeveral { value }
            | Issue::NotExported { value, .. }
            | Issue::ValueTooLong { value, .. }
            | Issue::ValueCharacter { value, .. }
            | Issue::ValueDuplicate { value, .. }
            | Issue::LoginMalformed { value, .. }
            | Issue::LoginDiffers { login: value, .. }
            | Issue::Forwards { to: value, .. }
            | Issue::ForwardUnknown { to: value }
            | Issue::NotUtf8 { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the value to set instead, if it is clear without asking a person.
    #[must_use]
    pub fn proposal(&self) -> Option<&str> {
        match &self.issue {
            Issue::MailMissing { proposal } => proposal.as_ref().map(SmtpAddress::as_str),
            Issue::AddressMalformed { proposal, .. } => proposal.as_ref().map(|p| p.as_str()),
            Issue::MailDiffers { primary, .. } => Some(primary.as_str()),
            Issue::ValueCharacter { proposal, .. } | Issue::ValueBlank { proposal, .. } => {
                proposal.as_deref()
            }
            _ => None,
        }
    }
}

/// Hundreds of thousands of objects have a finding each: what one takes is not to grow unseen.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Finding>() <= 72);

/// The form that journals and reports keep.
impl From<&Finding> for tegu_outcome::Finding {
    fn from(finding: &Finding) -> Self {
        Self::new(finding.code(), finding.severity(), finding.issue.to_string())
    }
}

impl From<Finding> for tegu_outcome::Finding {
    fn from(finding: Finding) -> Self {
        (&finding).into()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values come from outside and may hold line breaks.
        let line = format!("{} {}: {}", self.code(), self.dn(), self.issue);
        f.write_str(&tegu_outcome::printable(&line))
    }
}
