//! Calendars and contacts from Outlook and Exchange exports.

#[cfg(feature = "client")]
pub mod client;
pub mod content;

pub mod csv;

mod error;
mod finding;
pub mod ical;
mod item;
mod limits;
pub mod line;
pub mod prove;
pub mod split;
pub mod text;
mod value;
pub mod vcard;
pub mod zone;

pub use error::{Error, ErrorKind, Result};
pub use finding::{CODES, Finding, Severity};
pub use item::{Item, ItemKind, Split, resource_name};
pub use limits::Limits;
pub use value::{escape, unescape};
