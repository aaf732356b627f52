//! Everything that is printed. Names, texts and errors come from files and servers: nothing in them may be obeyed by a terminal, so no
//! other module prints.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one place that talks to a person"
)]

use crate::place::without_passwords;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use serde::Serialize;
use std::{
    fmt::Display,
    io::Write,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};
use tegu_migrate::Error;
use tegu_outcome::{printable, printable_json};

/// Prints one line, formatted as by [`format!`], to standard output.
macro_rules! say {
    ($($text:tt)+) => { $crate::say::line(format_args!($($text)+)) };
}
/// Prints one line, formatted as by [`format!`], to standard error.
macro_rules! note {
    ($($text:tt)+) => { $crate::say::note(format_args!($($text)+)) };
}

/// Prints one line of text.
pub(crate) fn line(text: impl Display) {
    write(&printable(&text.to_string()));
}

static QUIET: AtomicBool = AtomicBool::new(false);

/// Says nothing about the course of events from now on.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether only results and errors are wanted.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints one line about the course of events, beside the output.
pub(crate) fn note(text: impl Display) {
    eprintln!("{}", printable(&text.to_string()));
}

/// Prints an indented value for a machine.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(value).map_err(not_json)?;
    write(&printable_json(&json));
    Ok(())
}

/// Prints a value for a machine on one line.
pub(crate) fn json_line(value: &impl Serialize) -> Result<(), Error> {
    write(&printable_json(&serde_json::to_string(value).map_err(not_json)?));
    Ok(())
}

/// Prints a value for a machine on one line, beside the output.
pub(crate) fn json_note(value: &serde_json::Value) {
    note(printable_json(&value.to_string()));
}

/// Says what is wrong with an argument; the status to exit with.
pub(crate) fn wrong(message: impl Display) -> ExitCode {
    note(format_args!("error: {message}"));
    ExitCode::from(2)
}

/// Prints help, or what is wrong with the arguments, which may be names that files have; the status to exit with.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let mut text = error.render().to_string();
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand)
    {
        // Nobody meant a station's command with this.
        let known = format!("no command or configuration file named {name}; see `tegu --help`");
        text = text.replacen(&format!("unrecognized subcommand '{name}'"), &known, 1);
    }
    if error.use_stderr() {
        without_passwords(&text).lines().for_each(note);
        ExitCode::from(2)
    } else {
        text.lines().for_each(line);
        ExitCode::SUCCESS
    }
}

fn not_json(error: serde_json::Error) -> Error {
    Error::io("write", "JSON", error.into())
}

/// A reader that went away wants no more; any other failure is told.
fn write(line: &str) {
    let Err(error) = writeln!(std::io::stdout().lock(), "{line}") else {
        return;
    };
    if error.kind() != std::io::ErrorKind::BrokenPipe {
        eprintln!("error: write standard output: {error}");
    }
    std::process::exit(1);
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn json_stays_json() {
        let value = serde_json::json!({"a": "x\u{9b}31m\u{202e}y\u{1b}", "b": [1, 2]});
        let printed = tegu_outcome::printable_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(printed.lines().count() > 3);
        assert!(!printed.contains(|c: char| c != '\n' && tegu_outcome::is_hidden(c)));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&printed).unwrap(),
            value
        );
    }

    #[test]
    fn every_command_shows_an_example() {
        fn walk(command: &clap::Command, path: &str) {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(help.contains("Example"), "{path}");
            for each in command.get_subcommands() {
                walk(each, &format!("{path} {}", each.get_name()));
            }
        }
        walk(&crate::Arguments::command(), "tegu");
    }

    #[test]
    fn the_arguments_are_sound() {
        crate::Arguments::command().debug_assert();
        assert!(crate::Arguments::try_parse_from(["tegu", "\u{1b}[2J"]).is_err());
    }
}
