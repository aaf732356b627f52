//! Races mailbox movers on one corpus. Started by `benches/race-imap`, which builds it and installs the peers.
//!
//! `hold DIR` starts the servers, fills the source, writes `DIR/servers` and stays until it is killed; every other word is
//! a course that runs against the servers of `DIR`.

mod corpus;
mod course;
mod hold;
mod million;
mod peer;
mod servers;
mod table;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(word), Some(dir)) = (arguments.next(), arguments.next().map(PathBuf::from)) else {
        eprintln!("imap_race hold|COURSE DIR [ROUNDS]");
        return ExitCode::from(2);
    };
    if word == "hold" {
        hold::run(&dir);
    }
    let rounds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(3);
    match course::run(&word, &dir, rounds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("imap_race {word}: {error}");
            ExitCode::FAILURE
        }
    }
}
