//! How much may be stored (RFC 9208).

/// A quota root, and how much of it is used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Quota {
    /// The root: several mailboxes may share it. Often empty.
    pub root: String,
    /// What it bounds; none where nothing is.
    pub resources: Vec<QuotaResource>,
}

/// One bounded resource.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct QuotaResource {
    /// Its name in upper case: `STORAGE` (KiB), `MESSAGE`, `MAILBOX`, or the server's own.
    pub name: String,
    /// How much is used.
    pub usage: u64,
    /// How much may be.
    pub limit: u64,
}

impl Quota {
    /// A resource by name.
    pub fn resource(&self, name: &str) -> Option<&QuotaResource> {
        self.resources
            .iter()
            .find(|resource| resource.name.eq_ignore_ascii_case(name))
    }

    /// How many octets still fit, where storage is bounded. The server counts in KiB, so the last one is uncertain.
    pub fn octets_left(&self) -> Option<u64> {
        let storage = self.resource("STORAGE")?;
        Some(storage.limit.saturating_sub(storage.usage).saturating_mul(1024))
    }

    /// How many messages still fit, where their number is bounded.
    pub fn messages_left(&self) -> Option<u64> {
        let messages = self.resource("MESSAGE")?;
        Some(messages.limit.saturating_sub(messages.usage))
    }
}
