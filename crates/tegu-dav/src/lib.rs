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
//! | [`line`](mod@line), [`content`], [`ical`] | content lines: unfolded on bytes, raw bytes kept; their parts; components |
//! | [`split`] | one calendar file -> one resource per UID, from memory or from a stream |
//! | [`vcard`], [`csv`], [`book`] | cards of all versions, Outlook's tables, address lists -> vCard 3.0 or 4.0 |
//! | [`zone`] | zone names, and the zones that files define -> IANA names and their rules |
//! | [`occur`] | every occurrence in a window, as instants |
//! | [`resolve`] | Exchange's directory addresses -> mail addresses, by the caller's directory |
//! | [`slim`] | where the bytes are; attachments moved out; an archive of what is over; budgets |
//! | [`strict`] | the last look at what is about to leave |
//! | [`prove`] | whether what a server gives back means what it was sent |
//! | [`ledger`] | what was done, remembered over crashes |
//! | `client` | discovery, collections, conditional `PUT`, multiget, lists of changes (feature `client`) |
//! | `import` | plan, upload, proof; one collection following another (feature `client`) |
//!
//! All but `client` and `import` is pure: bytes in, values out, no clock, no network.
//!
//! # Large files
//!
//! [`split::stream`] walks over a file of any size twice and keeps in memory where its components are,
//! and the resource in hand: 16 MB for a calendar of 50 MB.
//!
//! # What is never done
//!
//! - A line that came from outside is not parsed and printed again: what needs no repair is sent byte
//!   for byte, and repairs are listed (`DAV-REPAIR-…`, `DAV-TZ-…`).
//! - No invitation leaves: organisers and attendees are marked `SCHEDULE-AGENT=CLIENT` (RFC 6638),
//!   `METHOD` and wishes to send at once are taken out, and a deletion tells nobody.
//! - Nothing on a server is overwritten but what an earlier run put there and nobody has changed since;
//!   nothing is deleted unless the caller asks for it.
//! - Credentials do not follow a redirect, a reference or a service record to another host.

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

pub use error::{Blame, Error, ErrorKind, Result};
pub use finding::{CODES, Finding, Severity};
pub use item::{Item, ItemKind, Split, resource_name};
pub use limits::Limits;
#[doc(no_inline)]
pub use tegu_outcome::State;
pub use value::{escape, unescape};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use xml::fuzz_multistatus;

#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
mod readme {}
