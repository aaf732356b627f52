//! Errors that the facade makes or tells apart.

use crate::{Error, ErrorKind};

pub(crate) use tegu_transfer::cancelled;

/// A task of this process panicked.
pub(crate) fn died(error: &tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Internal, format!("a task died: {error}"))
}
