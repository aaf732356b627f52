//! Exchange itself, by Exchange Web Services: one service account reads all mailboxes.

mod items;
mod mail;
mod server;

pub use items::EwsItems;
pub use mail::EwsMail;
pub use server::EwsServer;

use crate::{Finding, sources::Read};
use tegu_ews::{Problem, response::Reaction};

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
