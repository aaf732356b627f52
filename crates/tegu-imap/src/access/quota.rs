//! Quotas (RFC 9208).

/// A quota root, its limits and usage.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Quota {
    /// The name of the root, often empty. Several mailboxes may share it.
    pub root: String,
    /// The limited resources; empty if nothing is limited.
    pub resources: Vec<QuotaResource>,
}

/// A limited resource.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct QuotaResource {
    /// Its name in upper case: `STORAGE` (KiB), `MESSAGE`, `MAILBOX`, or the server's own.
    pub name: String,
    /// How much is used.
    pub usage: u64,
    /// The limit.
    pub limit: u64,
}

impl Quota {
    /// Returns the resource of this name.
    pub fn resource(&self, name: &str) -> Option<&QuotaResource> {
        self.resources
            .iter()
            .find(|resource| resource.name.eq_ignore_ascii_case(name))
    }

    /// Returns how many octets still fit, or `None` if storage is not limited. The server counts in KiB, so this is exact to 1 KiB.
    pub fn octets_left(&self) -> Option<u64> {
        let storage = self.resource("STORAGE")?;
        Some(storage.limit.saturating_sub(storage.usage).saturating_mul(1024))
    }

    /// Returns how many messages still fit, or `None` if their number is not limited.
    pub fn messages_left(&self) -> Option<u64> {
        let messages = self.resource("MESSAGE")?;
        Some(messages.limit.saturating_sub(messages.usage))
    }
}
