//! The connection that searches use: our own, or a caller's `ldap3::Ldap`.

use tokio::time::Instant;

use super::connection::{Answer, Connection};
#[cfg(feature = "ldap3")]
use super::ldap3::Borrowed;
use super::request::Search;
use crate::Result;

#[derive(Debug)]
pub(super) enum Channel {
    Own(Connection),
    #[cfg(feature = "ldap3")]
    Borrowed(Borrowed),
}

/// A search that was sent and not yet answered in full.
#[derive(Debug)]
pub(super) enum PendingSearch {
    /// The number of the request.
    Own(i32),
    #[cfg(feature = "ldap3")]
    Borrowed(Box<super::ldap3::Stream>),
}

impl Channel {
    /// Returns the server, for errors.
    pub(super) fn server(&self) -> &str {
        match self {
            Self::Own(connection) => connection.server(),
            #[cfg(feature = "ldap3")]
            Self::Borrowed(_) => "the server behind ldap3",
        }
    }

    /// Sends a search. One whose answers are still due is abandoned.
    pub(super) async fn search(&mut self, search: &Search<'_>) -> Result<PendingSearch> {
        match self {
            Self::Own(connection) => {
                let operation = |out: &mut Vec<u8>| search.operation(out);
                let controls = |out: &mut Vec<u8>| search.controls(out);
                let controls: Option<super::connection::Part<'_>> = if search.has_controls() {
                    Some(&controls)
                } else {
                    None
                };
                Ok(PendingSearch::Own(connection.send(&operation, controls).await?))
            }
            #[cfg(feature = "ldap3")]
            Self::Borrowed(borrowed) => {
                let stream = borrowed.search(search).await?;
                Ok(PendingSearch::Borrowed(Box::new(stream)))
            }
        }
    }

    /// Waits for the next answer to a search.
    pub(super) async fn answer(&mut self, asked: &mut PendingSearch, until: Instant) -> Result<Answer> {
        match (self, asked) {
            (Self::Own(connection), PendingSearch::Own(id)) => connection.answer(*id, until).await,
            #[cfg(feature = "ldap3")]
            (Self::Borrowed(borrowed), PendingSearch::Borrowed(stream)) => {
                borrowed.answer(stream, until).await
            }
            #[cfg(feature = "ldap3")]
            _ => Err(crate::Error::new(
                crate::ErrorKind::Protocol,
                "the search belongs to another connection",
            )),
        }
    }

    /// Signs off.
    pub(super) async fn close(self) {
        match self {
            Self::Own(connection) => connection.close().await,
            #[cfg(feature = "ldap3")]
            Self::Borrowed(_) => {}
        }
    }
}
