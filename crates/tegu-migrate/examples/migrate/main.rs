//! Moves an organisation.
//!
//! ```text
//! migrate [--out DIR]        makes a small sample organisation in DIR and moves it into a bundle there
//! migrate plan CONFIG.toml   says what a run would do, and changes nothing
//! migrate run CONFIG.toml    runs the job, or goes on with it; `migrate CONFIG.toml` is the same
//! migrate follow CONFIG.toml makes one pass after the other until the cut-over
//! migrate work CONFIG.toml   takes part in a run that was begun elsewhere and shares its journal
//! migrate verify CONFIG.toml proves again what was moved, by the journal and the target alone
//! migrate status CONFIG.toml says how the job stands
//! migrate export CONFIG.toml writes what the journal holds, an object a line
//! migrate wave CONFIG.toml   says who moves when; --wave NAME --to STAGE takes a wave on, and writes its routing sheets
//! migrate report CONFIG.toml writes the reports and letters anew
//! ```
//!
//! `migrate.toml` beside this folder explains every key of a configuration; `--json` writes for a machine what is otherwise
//! written for a person.
//!
//! Exit status: 0 everything moved (or will), 3 something is left for a person, 4 something failed, 2 wrong arguments, 1 any
//! other error.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod arguments;
mod export;
mod follow;
mod plan;
mod progress;
mod report;
mod run;
#[path = "../sample/mod.rs"]
mod sample;
mod show;
mod status;
mod verify;
mod wave;
mod work;

use arguments::{Arguments, Command};
use std::{path::Path, process::ExitCode};
use tegu_migrate::{Error, ErrorKind};

/// One file for each; a new one is added here and in `main`.
const COMMANDS: &[Command] = &[
    plan::COMMAND,
    run::COMMAND,
    follow::COMMAND,
    work::COMMAND,
    verify::COMMAND,
    status::COMMAND,
    wave::COMMAND,
    report::COMMAND,
    export::COMMAND,
];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os().skip(1), COMMANDS) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{}", arguments::usage(COMMANDS));
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{}\n{wrong}", arguments::usage(COMMANDS));
            return ExitCode::from(2);
        }
    };
    let outcome = match arguments.command {
        "sample" => sample_organisation(arguments).await,
        "plan" => plan::main(&arguments).await,
        "follow" => follow::main(&arguments).await,
        "work" => work::main(&arguments).await,
        "verify" => verify::main(&arguments).await,
        "export" => export::main(&arguments).await,
        "status" => status::main(&arguments),
        "wave" => wave::main(&arguments).await,
        "report" => report::main(&arguments),
        _ => run::main(&arguments).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(1)
    })
}

async fn sample_organisation(mut arguments: Arguments) -> Result<ExitCode, Error> {
    let organisation = arguments.config.join("organisation");
    sample::write(&organisation).map_err(|error| {
        let doing = format!(
            "writing the sample organisation to {}: {error}",
            organisation.display()
        );
        Error::new(ErrorKind::Io, doing)
    })?;
    println!("sample organisation: {}", organisation.display());
    arguments.config = organisation.join("migrate.toml");
    run::main(&arguments).await
}

/// Reads a file that a person named.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path)
        .map_err(|error| Error::new(ErrorKind::Io, format!("reading {}: {error}", path.display())))
}

/// Writes a value for a machine.
fn print_json(value: &impl serde::Serialize) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| Error::new(ErrorKind::Io, format!("writing JSON: {error}")))?;
    println!("{json}");
    Ok(())
}
