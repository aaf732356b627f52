//! Calendars and contacts from Outlook and Exchange exports, made into resources that a CalDAV or
//! CardDAV server takes, uploaded, and proved by reading back.
//!
//! Everything follows one rule: what cannot be shown to arrive whole is not sent in silence. Every
//! component, card and row of a file ends in exactly one [`Item`] with the bytes to send, the bytes
//! as they stood, and [`Finding`]s; a finding that is [lossy](Severity::Lossy) means that the item
//! belongs to a person.
//!
//! ```
//! use tegu_dav::{Limits, split};
//!
//! let file = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nMETHOD:PUBLISH\r\n\
//!     BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
//!     DTSTART;TZID=Russian Standard Time:20260105T100000\r\nSUMMARY:Standup\r\nEND:VEVENT\r\n\
//!     BEGIN:VEVENT\r\nUID:2\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:2026015T1000\r\nEND:VEVENT\r\n\
//!     END:VCALENDAR\r\n";
//! let split = split::calendar(file, &Limits::default())?;
//!
//! let [standup, broken] = &split.items[..] else { panic!() };
//! assert!(!standup.is_lossy());
//! let body = std::str::from_utf8(standup.body.as_deref().unwrap()).unwrap();
//! assert!(body.contains("DTSTART;TZID=Europe/Moscow:20260105T100000\r\n"));
//! assert!(!body.contains("METHOD"));
//!
//! assert!(broken.is_lossy());
//! assert_eq!(broken.lossy().next().unwrap().code(), "DAV-DATE-INVALID");
//! # Ok::<(), tegu_dav::Error>(())
//! ```
//!
//! # The stations
//!
//! | module | task |
//! |---|---|
//! | [`text`] | byte order marks, UTF-16, code pages that nobody declared |
//! | [`line`](mod@line), [`content`] | content lines: unfolded on bytes, raw bytes kept; their parts |
//! | [`ical`], [`split`] | components; one calendar file -> one resource per UID |
//! | [`vcard`], [`csv`] | cards of all versions, Outlook's tables -> vCard 3.0 or 4.0 |
//! | [`zone`] | Windows and Outlook zone names -> IANA names and their rules |
//! | [`prove`] | whether what a server gives back means what it was sent |
//! | `client` | discovery, collections, conditional `PUT`, multiget (feature `client`, on by default) |
//!
//! All but `client` is pure: bytes in, values out, no clock, no network.
//!
//! # What is never done
//!
//! - A line that came from outside is not parsed and printed again: what needs no repair is sent byte
//!   for byte, and repairs are listed (`DAV-REPAIR-…`).
//! - No invitation leaves: organisers and attendees are marked `SCHEDULE-AGENT=CLIENT` (RFC 6638).
//! - Nothing on a server is overwritten or deleted.
//! - Credentials do not follow a redirect to another host.

pub mod book;
#[cfg(feature = "client")]
pub mod client;
pub mod content;
pub mod csv;
mod error;
mod finding;
pub mod ical;
#[cfg(feature = "client")]
pub mod import;
mod item;
pub mod ledger;
mod limits;
pub mod line;
pub mod occur;
pub mod prove;
pub mod resolve;
pub mod slim;
pub mod split;
pub mod strict;
pub mod text;
mod time;
mod value;
pub mod vcard;
#[cfg(any(feature = "client", fuzzing))]
#[cfg_attr(not(feature = "client"), allow(dead_code))] // the fuzz target needs the reader alone
mod xml;
pub mod zone;

pub use error::{Error, ErrorKind, Result};
pub use finding::{CODES, Finding, Severity};
pub use item::{Item, ItemKind, Split, resource_name};
pub use limits::Limits;
pub use value::{escape, unescape};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use xml::fuzz_multistatus;

#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
mod readme {}
