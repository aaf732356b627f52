//! The gate of a job, for the engines of the leaves.

use crate::{BoxFuture, Result};
use std::sync::Arc;
use tegu_transfer::Gate;

/// Asked by tegu-imap and tegu-dav before anything is sent.
#[derive(Clone, Debug)]
pub(super) struct JobGate(pub(super) Arc<Gate>);

impl tegu_imap::transfer::Gate for JobGate {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.ready())
    }

    fn charge(&self, messages: u32, octets: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.charge(messages, octets))
    }
}

impl tegu_dav::import::Gate for JobGate {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.ready())
    }

    fn charge(&self, requests: u32, octets: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.charge(requests, octets))
    }
}
