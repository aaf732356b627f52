use crate::{Limits, Policy, message::Verify, sources::AddressLookup};
use std::{fmt, sync::Arc};

/// What decides about items besides the two sides: the same for plan and run.
#[derive(Clone)]
#[non_exhaustive]
pub struct RouteOptions {
    /// What is excluded and which losses are accepted. Default: nothing.
    pub policy: Policy,
    /// How hard the route may work.
    pub limits: Limits,
    /// Who is behind an X.500 name of Exchange. Default: nobody knows.
    pub addresses: AddressLookup,
    /// Whether deletions on the source are carried over. Default: no.
    pub deletions: bool,
    /// How messages are proved by a route that can choose; the routes of this crate always prove by digest. Default: by digest.
    pub verify: Verify,
}

impl Default for RouteOptions {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            limits: Limits::default(),
            addresses: Arc::new(|_| None),
            deletions: false,
            verify: Verify::Digest,
        }
    }
}

impl RouteOptions {
    /// Sets what is excluded and which losses are accepted.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how hard the route may work.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets who knows the SMTP address behind an X.500 name of Exchange.
    #[must_use]
    pub fn addresses(mut self, addresses: AddressLookup) -> Self {
        self.addresses = addresses;
        self
    }

    /// Sets whether deletions on the source are carried over.
    #[must_use]
    pub fn deletions(mut self, carry: bool) -> Self {
        self.deletions = carry;
        self
    }

    /// Sets how messages are proved by a route that can choose.
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }
}

impl fmt::Debug for RouteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteOptions")
            .field("policy", &self.policy)
            .field("limits", &self.limits)
            .field("deletions", &self.deletions)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}
