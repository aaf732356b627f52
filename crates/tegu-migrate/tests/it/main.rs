//! The whole trip: on files alone, and between real servers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it skipped and what it counted"
)]

#[path = "../../examples/sample/mod.rs"]
mod sample;

mod accepted;
mod addresses;
mod archives;
mod bad_input;
mod breaking;
mod bundle;
mod capabilities;
mod clock;
mod closed;
mod codes;
mod conformance;
mod corpora;
mod crowd;
mod dav;
mod deleting;
mod disk;
mod examples;
mod exchange;
mod fleet;
mod following;
mod hostile;
mod killed;
mod large;
mod ldap;
mod mail;
mod oracle;
mod organisation;
mod owners;
mod page;
mod plan;
mod program;
mod promised;
mod readme;
mod scene;
mod selection;
mod thousand;
mod uncounted;
#[cfg(feature = "postgres")]
mod workers;
