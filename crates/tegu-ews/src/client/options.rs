//! Bounds of a client.

use crate::{Limits, Version};
use std::{path::PathBuf, time::Duration};
use tegu_net::Backoff;

/// Bounds of a client, and what it begins with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bounds on answers.
    pub limits: Limits,
    /// The version to begin with. A server that refuses it is asked with older ones. Default Exchange 2013 SP1.
    pub version: Version,
    /// Connections at the same time. Default 8; the policy of Exchange 2010 allows 10, that of later versions 27.
    pub connections: usize,
    /// Items in one request. Default 50. It becomes smaller where the server needs too long.
    pub batch: usize,
    /// Items of one page of a list. Default 1,000, which is also the usual policy's limit. It becomes smaller where the server says so.
    pub page: u32,
    /// How often to ask again after a failure that passes. A server that is busy is waited for without end.
    pub backoff: Backoff,
    /// How long the beginning of an answer may take, and then each mebibyte of it: a server that sends an octet now and then is left. How
    /// long it may be silent is the endpoint's idle time-out. Default 10 minutes.
    pub slow_timeout: Duration,
    /// Whether answers may come compressed (gzip). Bounds are on what they become. Default yes.
    pub compression: bool,
    /// Where messages of more than 1 MiB lie while they are read: unnamed files. Default the system's directory for such files.
    pub scratch: Option<PathBuf>,
    /// What the client calls itself. An administrator may allow or block it by this (`EwsAllowList`).
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            version: Version::Exchange2013Sp1,
            connections: 8,
            batch: 50,
            page: 1000,
            backoff: Backoff::default(),
            slow_timeout: Duration::from_secs(600),
            compression: true,
            scratch: None,
            user_agent: concat!("tegu-ews/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Options {
    /// Sets how many connections there are at the same time.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets how many items one request asks for.
    #[must_use]
    pub fn batch(mut self, items: usize) -> Self {
        self.batch = items.max(1);
        self
    }

    /// Sets the waits between attempts.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how long a mebibyte of an answer may take.
    #[must_use]
    pub fn slow_timeout(mut self, time: Duration) -> Self {
        self.slow_timeout = time;
        self
    }

    /// Sets whether answers may come compressed.
    #[must_use]
    pub fn compression(mut self, compression: bool) -> Self {
        self.compression = compression;
        self
    }

    /// Sets where large messages lie while they are read.
    #[must_use]
    pub fn scratch(mut self, directory: impl Into<PathBuf>) -> Self {
        self.scratch = Some(directory.into());
        self
    }
}
