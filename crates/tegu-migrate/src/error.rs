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

/// Returns whether an error is about one object alone, so that others on the same server may still work.
pub(crate) fn concerns_one_object(error: &Error) -> bool {
    let of_object = matches!(
        error.kind(),
        ErrorKind::Limit
            | ErrorKind::Lossy
            | ErrorKind::Malformed
            | ErrorKind::NotFound
            | ErrorKind::Protocol
            | ErrorKind::Refused
            | ErrorKind::Unsupported
    );
    of_object && !error.is_retryable()
}
