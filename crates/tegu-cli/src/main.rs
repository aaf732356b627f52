//! `tegu` moves an organisation from Microsoft Exchange to servers that speak open protocols. A job is done by the public interface
//! of `tegu-migrate` alone; the tools of the stations are those of the leaf crates.
//!
//! Exit status: 0 everything moved (or will), 3 something is left for a person, 4 something failed, 2 wrong arguments, 5 nothing to
//! take part in yet, 1 any other error.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]
// Comments on arguments are what `--help` prints: imap[s]://host[:port]/ is no link.
#![allow(rustdoc::broken_intra_doc_links)]

#[macro_use]
mod say;

mod command;
mod groups;
mod job;
mod listen;
mod log;
mod place;
mod progress;
mod sample;
mod show;
mod signal;
mod words;

use clap::Parser;
use std::{path::Path, process::ExitCode};
use tegu_migrate::Error;

/// Moves an organisation from Microsoft Exchange to servers that speak LDAP, IMAP, CalDAV and CardDAV, and accounts for every item
#[derive(Parser)]
#[command(
    name = "tegu",
    version,
    after_help = "Exit status:
  0  everything moved, or will
  1  an error, told in one line
  2  wrong arguments
  3  something is left for a person
  4  something failed
  5  `work`: no run has begun yet; `status`: the job is being run

Example:
  tegu demo
  tegu init job.toml
  tegu plan job.toml
  tegu run job.toml"
)]
struct Arguments {
    #[command(subcommand)]
    command: command::Command,
    /// Write JSON for a machine to standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    log: log::Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command, json, log } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return say::usage(&error),
    };
    let ended = match log.start() {
        Ok(()) => command.run(json).await,
        Err(error) => Err(error),
    };
    ended.unwrap_or_else(|error| {
        log.error(&error);
        ExitCode::from(1)
    })
}

/// Reads a file that a person named.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    tegu_outcome::file::read_named(path).map_err(|error| Error::io("read", path.display(), error))
}
