use crate::{JobKey, Kind};

/// Names a log of a job: octets that only grow.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_structs, reason = "a name and nothing else")]
pub struct LogName {
    /// What the log holds. Whoever writes it knows its format.
    pub kind: Kind,
    /// The name among the job's logs of that kind: any octets, of any length, or none.
    pub name: Vec<u8>,
}

impl LogName {
    /// Names a log.
    pub fn new(kind: impl Into<Kind>, name: impl Into<Vec<u8>>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
        }
    }
}

/// Makes the error for stored octets that cannot be read.
#[must_use]
pub fn damaged(job: &JobKey, what: impl std::fmt::Display) -> crate::Error {
    crate::Error::new(
        crate::ErrorKind::Journal,
        format_args!("the journal is damaged: {what} cannot be read"),
    )
    .doing("read the journal of", job)
}
