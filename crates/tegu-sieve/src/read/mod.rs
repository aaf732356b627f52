//! Reads what Exchange's shell exports: CLIXML (`Export-Clixml`), JSON (`ConvertTo-Json`) and CSV (`Export-Csv`).
//!
//! The same rows come from all three. CLIXML is the best: it keeps types and lists. CSV flattens lists, so that a rule with a list of
//! several values is for a person if it comes from there.
//!
//! An export that is cut, or that is not what it claims to be, is an error that names the place; nothing of it is used then. What one
//! rule holds and this crate does not know is kept with the rule ([`Rule::unknown`](crate::Rule::unknown)).

mod mailboxes;
mod replies;
mod rules;
mod schema;

pub use mailboxes::{ForwardingExport, forwarding};
pub use replies::{AutoReply, ExternalAudience, ReplyState, replies};
pub use rules::{MailboxRules, rules};
pub use schema::{SchemaRule, SchemaValue};
pub use tegu_shell::{Encoding, Format, Limits, decode};

use tegu_outcome::{Error, ErrorKind};

fn malformed(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests;
