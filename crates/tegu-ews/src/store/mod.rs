//! Mailboxes as sources of [`tegu_store`]: mail, calendars and contacts.
//!
//! ```no_run
//! use tegu_ews::store::EwsMailReader;
//! use tegu_store::sources::MailReader as _;
//!
//! # async fn read(mailbox: tegu_ews::Mailbox) -> tegu_ews::Result<()> {
//! let mut mail = EwsMailReader::new(mailbox);
//! for folder in mail.folders().await? {
//!     println!("{}: {} messages", folder.display(), mail.list(&folder).await?.len());
//! }
//! # Ok(())
//! # }
//! ```

mod items;
mod mail;
mod rights;

pub use items::EwsItemReader;
pub use mail::EwsMailReader;
pub use rights::grants;

use crate::{
    Error, ErrorKind, Finding, Problem, Result, Severity,
    client::Listing,
    response::{Change, Reaction},
};
use tegu_store::sources::Read;

/// Takes a list to its end, which `place` names.
async fn all(listing: &mut Listing, place: impl FnOnce() -> String) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    loop {
        let was_whole = listing.is_whole();
        let more = listing.next().await.map_err(Error::at_source)?;
        if listing.is_whole() != was_whole {
            // The server forgot the state half-way.
            changes.clear();
        }
        let Some(more) = more else { break };
        changes.extend(more);
    }
    let mut findings = listing.findings().iter();
    match findings.find(|finding| finding.severity == Severity::Lossy) {
        // The list is not whole, and nobody knows what else there is.
        Some(broken) => Err(Error::new(ErrorKind::Protocol, broken)
            .doing("list", place())
            .at_source()),
        None => Ok(changes),
    }
}

/// An item lies where items of its class do not belong.
fn elsewhere(class: &str, what: &str) -> Finding {
    let message = format!("an item of the class {class:?} lies in a folder of {what}");
    Finding::lossy("EWS-ITEM-ELSEWHERE", message)
}

/// What becomes of an item that the server did not give.
fn unread(problem: &Problem) -> Read {
    let text = problem.to_string();
    match problem.reaction() {
        Reaction::Gone => Read::Excluded(Finding::info(
            "EWS-GONE",
            "the item went away while the folder was read",
        )),
        reaction if reaction.is_passing() => Read::Failed(Finding::lossy("EWS-ITEM-FAILED", text)),
        Reaction::Damaged => Read::Manual(Finding::lossy("EWS-ITEM-DAMAGED", text)),
        _ => Read::Manual(Finding::lossy("EWS-ITEM-UNREADABLE", text)),
    }
}
