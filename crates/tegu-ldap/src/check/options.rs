//! The settings of a check.

use std::collections::HashSet;

use crate::address::{SmtpAddress, domain_key};
use crate::profile::Profile;
use crate::{Error, Result};

/// The settings of a check.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    accepted: HashSet<String>,
    pub(super) profile: Option<Profile>,
}

impl CheckOptions {
    /// Checks that need neither domains nor a profile.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the domains for which the organisation accepts mail. Without any, no address counts as foreign.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a malformed domain.
    pub fn accepted_domains<S: AsRef<str>>(mut self, domains: impl IntoIterator<Item = S>) -> Result<Self> {
        for domain in domains {
            let domain = domain.as_ref().trim();
            let key = domain_key(domain)
                .map_err(|problem| Error::config(format!("the accepted domain `{domain}`: {problem}")))?;
            self.accepted.insert(key);
        }
        Ok(self)
    }

    /// Sets the kind of directory that the addresses will be stored in.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Returns whether the end of an address's domain is one that the Internet knows.
    pub(super) fn knows_top_level(&self, address: &SmtpAddress) -> bool {
        let domain = address.ascii_domain();
        let top = domain.rsplit_once('.').map_or(domain, |(_, top)| top);
        // Names that are set aside for examples and tests (RFC 2606, RFC 6761) stand for real ones.
        tld::exist(top) || matches!(top, "example" | "test" | "invalid")
    }

    /// Returns whether no domains were given, so that none is foreign.
    pub(super) fn accepts_any(&self) -> bool {
        self.accepted.is_empty()
    }

    pub(super) fn accepts(&self, address: &SmtpAddress) -> bool {
        self.accepted.is_empty() || self.accepted.contains(address.ascii_domain())
    }
}
