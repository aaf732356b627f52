//! Options of a session.

use std::time::Duration;

use crate::wire::Limits;

/// Options of a [`Session`](super::Session) besides its endpoint and credentials.
///
/// # Time
///
/// [`Timeouts`](tegu_net::Timeouts) of the endpoint bound how long a connection takes and how long a server is silent. A server that
/// sends something now and then is bounded by [`busy_timeout`](Self::busy_timeout) and [`command_timeout`](Self::command_timeout).
/// Only time in which the session waits for the server counts. When a time is over the call fails with kind
/// [`Timeout`](crate::ErrorKind::Timeout), and the session cannot be used any more.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Whether to compress both directions (`COMPRESS=DEFLATE`, RFC 4978) if the server offers it. Off by default: it costs
    /// processor time on both sides and some 300 KiB for each connection, which pays only on a slow line.
    pub compress: bool,
    /// How much of what the server sends may be held in memory.
    pub limits: Limits,
    /// How long a server may make no progress while it sends remarks, such as `* OK Still here`, or news of other clients. Requested
    /// data, octets of a literal, and octets that the server accepts are progress. Default 30 minutes.
    pub busy_timeout: Duration,
    /// How long a server may take for one command, even with progress. The largest command fetches 1,000 messages or sends one batch.
    /// Default 24 hours.
    pub command_timeout: Duration,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            compress: false,
            limits: Limits::default(),
            busy_timeout: Duration::from_secs(30 * 60),
            command_timeout: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl SessionOptions {
    /// Makes the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether to compress both directions if the server offers it.
    #[must_use]
    pub fn compress(mut self, compress: bool) -> Self {
        self.compress = compress;
        self
    }

    /// Sets how much of what the server sends may be held in memory.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a server may make no progress.
    #[must_use]
    pub fn busy_timeout(mut self, busy: Duration) -> Self {
        self.busy_timeout = busy;
        self
    }

    /// Sets how long a server may take for one command.
    #[must_use]
    pub fn command_timeout(mut self, command: Duration) -> Self {
        self.command_timeout = command;
        self
    }
}
