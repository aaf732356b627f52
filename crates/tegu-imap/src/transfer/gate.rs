//! The caller's say in when messages may be sent.

use std::fmt;
use std::sync::Arc;

use crate::Result;
use crate::ledger::BoxFuture;

/// Asked on the way: it keeps the pace, and ends a run that must not go on.
///
/// An error of kind [`Cancelled`](crate::ErrorKind::Cancelled) lets the messages that are on their way be answered and
/// remembered, and ends the run then. Any other ends it at once, with nothing more sent: for a caller whose right to the
/// mailbox has gone to somebody else.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Before each folder and each message.
    fn ready(&self) -> BoxFuture<'_, Result<()>>;

    /// Before so many octets are sent, the first of a message or further ones of it; it may wait.
    fn charge(&self, messages: u32, octets: u64) -> BoxFuture<'_, Result<()>>;
}

/// A gate, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Gates(pub(super) Option<Arc<dyn Gate>>);

impl Gates {
    pub(super) async fn ready(&self) -> Result<()> {
        match &self.0 {
            Some(gate) => gate.ready().await,
            None => Ok(()),
        }
    }

    pub(super) async fn charge(&self, messages: u32, octets: u64) -> Result<()> {
        match &self.0 {
            Some(gate) => gate.charge(messages, octets).await,
            None => Ok(()),
        }
    }
}
