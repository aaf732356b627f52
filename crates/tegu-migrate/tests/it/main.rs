//! The whole trip: on files alone, and between real servers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it skipped and what it counted"
)]

#[path = "../../../tegu-cli/src/sample/mod.rs"]
mod sample;

mod accepted;
mod addresses;
mod archives;
mod blame;
mod breaking;
mod bundle;
mod calendars;
mod capabilities;
mod changes;
mod closed;
mod codes;
mod conformance;
mod corpora;
mod dav;
mod deleting;
#[cfg(feature = "ews")]
mod ews;
mod examples;
mod following;
mod imap;
mod late;
mod ldap;
mod mail;
mod names;
#[cfg(feature = "ews")]
mod notes;
mod oracle;
mod outside;
mod owners;
mod page;
mod plan;
mod promised;
#[cfg(feature = "pst")]
mod pst;
mod readme;
#[cfg(feature = "ews")]
mod rights;
mod rules;
mod sample_configuration;
mod scene;
mod schedules;
#[cfg(feature = "schema")]
mod schema;
mod selection;
mod shares;
mod sign_in;
mod slapd;
mod slim;
mod turns;
mod uncounted;
mod ways;
mod workers;
