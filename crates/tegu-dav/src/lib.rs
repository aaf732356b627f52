//! Converts calendars and contacts from Outlook and Exchange exports into CalDAV and CardDAV resources, uploads them, and proves
//! the upload by reading it back.
//!
//! The rule behind it: what cannot be shown to arrive complete is left to a person. Each component, card or row of a file becomes
//! part of exactly one [`Item`], which has the bytes to send, the original bytes, and [`Finding`]s. If a finding is
//! [lossy](Severity::Lossy), a person has to transfer the item, unless the operator accepts the loss.
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
//! | [`text`] | byte order marks, UTF-16, undeclared code pages |
//! | [`line`](mod@line), [`content`], [`ical`] | content lines, unfolded with their raw bytes; their parts; components |
//! | [`split`] | one calendar file -> one resource for each UID, from memory or from a stream |
//! | [`vcard`], [`csv`], [`book`] | cards of all versions, Outlook's tables, address lists -> vCard 3.0 or 4.0 |
//! | [`zone`] | zone names and zone definitions of files -> IANA names and their rules |
//! | [`occur`] | all occurrences in a window, as instants |
//! | [`resolve`] | Exchange's directory addresses -> mail addresses, looked up by the caller |
//! | [`slim`] | sizes and budgets; attachments moved out; an archive of past events |
//! | [`strict`] | the check before a resource is sent |
//! | [`prove`] | whether a server returns what it was sent, by meaning |
//! | [`ledger`] | what was done, kept over crashes |
//! | `client` | discovery, collections, conditional `PUT`, multiget, lists of changes (feature `client`) |
//! | `import` | plan, upload, proof; one collection following another (feature `client`) |
//!
//! Everything except `client` and `import` is pure: bytes in, values out, no clock, no network. [`ledger`] and [`slim`] write
//! files that the caller names.
//!
//! # Large files
//!
//! [`split::stream`] reads a file of any size twice. It keeps only the places of components and the current resource in memory:
//! 16 MB for a calendar of 50 MB.
//!
//! # What is never done
//!
//! - Lines are not parsed and printed again. A line that needs no repair is sent byte for byte, and repairs are listed
//!   (`DAV-REPAIR-…`, `DAV-TZ-…`).
//! - No invitation is sent: organisers and attendees are marked `SCHEDULE-AGENT=CLIENT` (RFC 6638), `METHOD` is removed, and
//!   deletions notify nobody.
//! - A resource on the server is overwritten only if an earlier run proved it and nobody has changed it since. It is deleted only
//!   if the caller asks for it and this upload created it.
//! - Credentials do not follow a redirect, a reference or a service record to another host.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod book;
#[cfg(feature = "client")]
pub mod client;
pub mod content;
#[cfg(any(feature = "icalendar", feature = "vcard"))]
mod convert;
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
#[doc(alias = "rrule")]
#[doc(alias = "recurrence")]
pub mod occur;
pub mod prove;
pub mod resolve;
#[doc(alias = "attachment")]
#[doc(alias = "archive")]
pub mod slim;
pub mod split;
#[cfg(feature = "store")]
pub mod store;
pub mod strict;
pub mod text;
mod time;
mod value;
pub mod vcard;
#[cfg(any(feature = "client", fuzzing))]
#[cfg_attr(not(feature = "client"), allow(dead_code))] // the fuzz target needs the reader alone
mod xml;
#[doc(alias = "timezone")]
#[doc(alias = "time zone")]
#[doc(alias = "vtimezone")]
#[doc(alias = "tzid")]
pub mod zone;

pub use error::{Blame, Error, ErrorKind, Result};
pub use finding::{CODES, Finding, Severity};
pub use item::{Item, ItemKind, Split, resource_name};
pub use limits::Limits;
#[doc(no_inline)]
pub use tegu_outcome::State;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use time::steps::fuzz_steps;
pub use value::{escape, unescape};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use xml::fuzz_multistatus;

#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
mod readme {}
