//! Reads what PowerShell and Exchange's shell export: CLIXML (`Export-Clixml`), JSON (`ConvertTo-Json`) and CSV (`Export-Csv`).
//!
//! The same [`Row`]s come from all three. CLIXML is the best: it keeps types and lists. CSV flattens lists, and without `-join` the shell
//! writes the name of a type in place of one: [`Value::texts`] refuses it.
//!
//! ```
//! use tegu_shell::{Encoding, Limits, rows};
//!
//! let rows = rows(b"Name;Enabled\nInvoices;True\n", Encoding::unicode(), &Limits::default())?;
//! assert_eq!(rows[0].text("Name"), Some("Invoices"));
//! assert!(rows[0].get("Enabled").unwrap().boolean().unwrap());
//! # Ok::<(), tegu_shell::Error>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod clixml;
mod csv;
mod json;
mod text;
mod value;

pub use tegu_outcome::{Error, ErrorKind, Result};
pub use text::{Encoding, decode};
pub use value::{Row, Value};

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
///
/// # Errors
///
/// Kind [`Malformed`](ErrorKind::Malformed) for an export that is cut, is in another encoding, or is not what it claims to be, and
/// [`Limit`](ErrorKind::Limit). The message names the place.
pub fn rows(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<Row>> {
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

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
