//! Settings that only LDAP has.

use crate::guard::GuardLimits;

/// Settings of a [`Client`](super::Client) that only LDAP has. Everything else is in the [`Endpoint`](super::Endpoint).
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// How large a message of the server may be.
    pub guard: GuardLimits,
    /// The host in the server's Kerberos service name, `ldap/HOST`. `None` takes the endpoint's host.
    pub kerberos_host: Option<String>,
}
