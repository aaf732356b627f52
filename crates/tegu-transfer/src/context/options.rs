use crate::{Entity, Limits, Policy, message::Verify, sources::AddressLookup};
use std::{fmt, sync::Arc};

/// What decides about items besides the two sides: the same for plan and run.
#[derive(Clone)]
#[non_exhaustive]
pub struct RouteOptions {
    /// What is excluded and which losses are accepted. Default: nothing.
    pub policy: Policy,
    /// The same for kinds of things that [move with](Entity::moves_with) the job's, where it differs.
    pub parts: Vec<(Entity, Policy)>,
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
            parts: Vec::new(),
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

    /// Sets the policy for the job's kind of thing, and for each kind that [moves with](Entity::moves_with) it: what `policy` says of them
    /// for this account.
    #[must_use]
    pub fn narrowed(mut self, policy: &Policy, account: &str, entity: Entity) -> Self {
        let parts = Entity::ALL
            .into_iter()
            .filter(|part| part.moves_with() == Some(entity));
        self.parts = parts.map(|part| (part, policy.narrowed(account, part))).collect();
        self.policy(policy.narrowed(account, entity))
    }

    /// Returns what is excluded and which losses are accepted of one kind of thing, the job's own or one that moves with it.
    #[must_use]
    pub fn policy_of(&self, entity: Entity) -> &Policy {
        let part = self.parts.iter().find(|(part, _)| *part == entity);
        part.map_or(&self.policy, |(_, policy)| policy)
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
            .field("parts", &self.parts)
            .field("limits", &self.limits)
            .field("deletions", &self.deletions)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}
