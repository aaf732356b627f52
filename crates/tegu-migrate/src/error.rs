//! Errors that the facade makes or tells apart.

use crate::{Error, ErrorKind};

/// The run was cancelled.
pub(crate) fn cancelled() -> Error {
    Error::cancelled("the run was cancelled; start it again to resume")
}

/// A task of this process panicked.
pub(crate) fn died(error: &tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Internal, format!("a task died: {error}"))
}
