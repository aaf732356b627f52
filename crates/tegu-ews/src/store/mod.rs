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

use crate::{Finding, Problem, response::Reaction};
use tegu_store::sources::Read;

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
