//! What goes wrong with a database, and whether a retry may help.

use super::PostgresJournal;
use crate::{Error, ErrorKind};

/// What went wrong.
#[derive(Debug)]
pub(super) enum Fault {
    Database(tokio_postgres::Error),
    /// No connection.
    Pool(String),
    /// The database holds what it must not.
    Foreign(String),
    /// An error that is complete.
    Complete(Error),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Complete(error)
    }
}

impl PostgresJournal {
    /// Says what was being done, and whether a retry may help. What the database refuses for its values alone is no fault of the journal
    /// as a whole.
    pub(super) fn failed(&self, doing: &str, fault: Fault) -> Error {
        let mut kind = ErrorKind::Journal;
        let (text, passing) = match fault {
            Fault::Complete(error) => return error,
            Fault::Foreign(text) => (text, false),
            Fault::Pool(text) => (text, true),
            Fault::Database(error) => {
                // SQLSTATE classes: 08 connection, 40 rollback after a conflict, 53 out of resources, 57 operator intervention.
                // 22 data, 23 integrity, 44 check option, 54 limits, P0 a trigger that raises: only this row.
                let code = error.code().map(|code| code.code());
                let is_of = |classes: &[&str]| {
                    code.is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
                };
                let passing = is_of(&["08", "40", "53", "57"])
                    || code.is_none() && (error.is_closed() || is_io(&error));
                if is_of(&["22", "23", "44", "54", "P0"]) {
                    kind = ErrorKind::Internal;
                }
                let text = error
                    .as_db_error()
                    .map_or_else(|| causes(&error), |error| error.message().to_owned());
                (text, passing)
            }
        };
        Error::new(kind, text)
            .doing(format_args!("{doing} the journal"), &self.place)
            .retryable(passing)
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
