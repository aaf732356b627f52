use std::error::Error;

/// The result of what can fail in many ways; [`super::failed`] says what was being done.
pub(super) type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;
