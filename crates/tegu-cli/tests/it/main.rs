//! The program, as an administrator types it: on files, between real servers, and killed at any instant.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it skipped and what it counted"
)]

/// The program under test.
const TEGU: &str = env!("CARGO_BIN_EXE_tegu");

#[path = "../../src/sample/mod.rs"]
mod sample;

// What the facade's tests share with these.
#[path = "../../../tegu-migrate/tests/it/calendars.rs"]
#[allow(dead_code, reason = "the facade's tests use the rest")]
mod calendars;
#[path = "../../../tegu-migrate/tests/it/imap.rs"]
#[allow(dead_code, reason = "the facade's tests use the rest")]
mod imap;
#[path = "../../../tegu-migrate/tests/it/oracle.rs"]
mod oracle;
#[path = "../../../tegu-migrate/tests/it/scene.rs"]
#[allow(dead_code, reason = "the facade's tests use the rest")]
mod scene;
#[path = "../../../tegu-migrate/tests/it/slapd.rs"]
mod slapd;

mod archives;
#[cfg(feature = "pst")]
mod archives_pst;
mod bad_input;
mod clock;
mod commands;
mod crowd;
#[cfg(feature = "ews")]
mod delegates;
mod disk;
mod exchange;
#[cfg(feature = "ews")]
mod exchange_ews;
#[cfg(feature = "ews")]
mod exchange_ews_items;
#[cfg(feature = "ews")]
mod exchange_ews_mail;
mod fleet;
mod hostile;
mod killed;
mod killed_mail;
mod killed_rights;
mod killed_rules;
mod killed_shares;
mod killed_upload;
mod large;
mod listen;
mod organisation;
mod passwords;
mod program;
#[cfg(feature = "postgres")]
mod refused_row;
mod repeats;
mod seen;
mod spans;
mod stations;
mod stopped;
mod terminal;
mod thousand;
#[cfg(all(feature = "gssapi", unix))]
mod tickets;
mod torn;
#[cfg(feature = "postgres")]
mod workers;
