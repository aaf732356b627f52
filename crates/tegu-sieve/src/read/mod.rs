//! Reads what Exchange's shell exports: CLIXML (`Export-Clixml`), JSON (`ConvertTo-Json`) and CSV (`Export-Csv`).
//!
//! The same rows come from all three. CLIXML is the best: it keeps types and lists. CSV flattens lists, so that a rule with a list of
//! several values is for a person if it comes from there.
//!
//! An export that is cut, or that is not what it claims to be, is an error that names the place; nothing of it is used then. What one
//! rule holds and this crate does not know is kept with the rule ([`Rule::unknown`](crate::Rule::unknown)).

mod clixml;
mod csv;
mod json;
mod mailboxes;
mod replies;
mod rules;
mod schema;
mod text;
mod value;

pub use mailboxes::{ForwardingExport, forwarding};
pub use replies::{AutoReply, ExternalAudience, ReplyState, replies};
pub use rules::{MailboxRules, rules};
pub use schema::{SchemaRule, SchemaValue};
pub use text::{Encoding, decode};
pub(crate) use value::{Row, Value};

use tegu_outcome::{Error, ErrorKind, Result};

/// What an export may hold.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of the file. Default 256 MiB.
    pub octets: usize,
    /// Objects (rules, mailboxes). Default one million.
    pub rows: usize,
    /// Values of one object, those within lists included. Default 100,000.
    pub values: usize,
    /// Objects within objects. Default 32.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 256 << 20,
            rows: 1_000_000,
            values: 100_000,
            depth: 32,
        }
    }
}

/// The formats of an export.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// `Export-Clixml`.
    CliXml,
    /// `ConvertTo-Json`.
    Json,
    /// `Export-Csv`.
    Csv,
}

impl Format {
    /// Recognises the format by the first character that is not white space.
    #[must_use]
    pub fn detect(text: &str) -> Self {
        match text.trim_start().chars().next() {
            Some('<') => Self::CliXml,
            Some('{' | '[') => Self::Json,
            _ => Self::Csv,
        }
    }
}

/// Reads the rows of an export, whatever its format and encoding.
pub(crate) fn rows(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<Row>> {
    if octets.len() > limits.octets {
        return Err(over(format!("the export has more than {} octets", limits.octets)));
    }
    let text = decode(octets, encoding)?;
    match Format::detect(&text) {
        Format::CliXml => clixml::rows(&text, limits),
        Format::Json => json::rows(&text, limits),
        Format::Csv => csv::rows(&text, limits),
    }
}

fn over(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Limit, message)
}

fn malformed(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests;
