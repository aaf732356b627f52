//! mbox files at a person's hand.
//!
//! ```text
//! mbox_tool count FILE                                how many messages
//! mbox_tool split FILE --to DIR                       a file for each message, and their envelopes
//! mbox_tool join DIR --to FILE --variant V            the way back; any .eml files will do
//! mbox_tool convert FILE --to FILE --variant V        from one variant to another
//! mbox_tool verify FILE [--against FILE]              is it readable; do both hold the same messages
//! mbox_tool inspect TREE --json                       what a tree holds, and what is doubtful in it
//! ```
//!
//! V is mboxrd, mboxo, mboxcl or mboxcl2. `--read V` says what every FILE is, where that is known, and `--own V` that
//! this tool wrote it, which leaves nothing to guess; otherwise what remains doubtful is told. The `Content-Length`
//! fields of mboxcl and mboxcl2 are the file's: they come and go with it. FILE may be compressed where the features
//! `gzip` and `zstd` are enabled. Sources are only read; what is written appears as a whole or not at all, and the same
//! command may be given again after a crash.
//!
//! Each message that a person should look at is a line on standard error, with its place and a stable code. Exit
//! status: 0 all is well, 3 something is left for a person, 4 something failed, 2 wrong arguments, 1 any other error.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod arguments;
mod copy;
mod inspect;
mod outcome;
mod verify;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use outcome::{Failure, Outcome};
use tegu_mbox::read;

const USAGE: &str = "usage: mbox_tool count FILE | split FILE --to DIR | join DIR --to FILE --variant V |\n       \
                     convert FILE --to FILE --variant V | verify FILE [--against FILE] | inspect TREE --json\n       \
                     [--read V | --own V] says which variant FILE is, or was written as: mboxrd, mboxo, mboxcl or mboxcl2";

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            eprintln!("error: {}: {error}", arguments.command.path().display());
            ExitCode::from(1)
        }
    }
}

fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let options = &arguments.options;
    match &arguments.command {
        Command::Count { file } => {
            println!("{}", read::count(read::open(file, options)?, options.clone())?);
            Ok(Outcome::default())
        }
        Command::Split { file, to } => copy::split(file, to, options),
        Command::Join { from, to, variant } => copy::join(from, to, *variant, options),
        Command::Convert { file, to, variant } => copy::convert(file, to, *variant, options),
        Command::Verify { file, against } => verify::verify(file, against.as_deref(), options),
        Command::Inspect { tree } => inspect::inspect(tree, options),
    }
}
