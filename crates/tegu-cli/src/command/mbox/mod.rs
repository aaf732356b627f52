//! `tegu mbox`: mbox files and trees of them.

mod copy;
mod inspect;
mod outcome;
mod verify;

use crate::say;
use clap::Subcommand;
use outcome::{Failure, Outcome};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_mbox::{
    Variant,
    read::{self, Options},
};
use tegu_migrate::{Error, ErrorKind};

const VARIANTS: &str = "Variants are mboxrd, mboxo, mboxcl and mboxcl2. The Content-Length fields of mboxcl and mboxcl2 are the file's: they come and go
with it. A file may be compressed (.gz, and .zst where the program was built for it). Sources are only read; what is written
appears as a whole or not at all, and the same command may be given again after a crash.

Messages that a person should look at are told on standard error, once for each code, with their number and the first places;
--all tells of each.

Exit status: 0 all is well, 3 something is left for a person, 4 something failed, 2 wrong arguments, 1 any other error.

Examples:
  tegu mbox count inbox.mbox
  tegu mbox split inbox.mbox --to messages
  tegu mbox join messages --to again.mbox --variant mboxrd
  tegu mbox convert inbox.mbox --to inbox.cl2 --variant mboxcl2
  tegu mbox verify inbox.cl2 --against inbox.mbox
  tegu mbox inspect Thunderbird/Mail --json";

#[derive(clap::Args)]
#[command(after_help = VARIANTS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    reading: Reading,
    /// Tell of each message that a person should look at
    #[arg(long, global = true)]
    all: bool,
}

/// How what is read is to be understood.
#[derive(clap::Args)]
struct Reading {
    /// Which variant the file is; without it that is found out, and what remains doubtful is told
    #[arg(long, value_name = "VARIANT", value_parser = variant, global = true, conflicts_with = "own")]
    read: Option<Variant>,
    /// This program wrote the file in this variant, which leaves nothing to guess
    #[arg(long, value_name = "VARIANT", value_parser = variant, global = true)]
    own: Option<Variant>,
}

impl Reading {
    fn options(&self) -> Options {
        match (self.read, self.own) {
            (_, Some(own)) => Options::own(own),
            (Some(read), None) => Options::default().variant(read),
            (None, None) => Options::default(),
        }
    }
}

#[derive(Subcommand)]
enum Command {
    /// Say how many messages a file holds
    #[command(after_help = "Example:\n  tegu mbox count inbox.mbox")]
    Count {
        /// The mbox file
        file: PathBuf,
    },
    /// Write a file for each message, and a list of their envelopes
    #[command(after_help = "Example:\n  tegu mbox split inbox.mbox --to messages")]
    Split {
        /// The mbox file
        file: PathBuf,
        /// The directory to write into
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Make one file of many messages: what `split` wrote, or any .eml files
    #[command(after_help = "Example:\n  tegu mbox join messages --to again.mbox --variant mboxrd")]
    Join {
        /// The directory of the messages
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// The mbox file to write
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// The variant to write
        #[arg(long, value_parser = variant)]
        variant: Variant,
    },
    /// Write a file in another variant
    #[command(after_help = "Example:\n  tegu mbox convert inbox.mbox --to inbox.cl2 --variant mboxcl2")]
    Convert {
        /// The mbox file
        file: PathBuf,
        /// The mbox file to write
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// The variant to write
        #[arg(long, value_parser = variant)]
        variant: Variant,
    },
    /// Say whether a file can be read without a doubt, and whether two files hold the same messages
    #[command(after_help = "Example:\n  tegu mbox verify inbox.cl2 --against inbox.mbox")]
    Verify {
        /// The mbox file
        file: PathBuf,
        /// The file that should hold the same messages
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Say what a tree of mail folders holds, and what is doubtful in it
    #[command(after_help = "Example:\n  tegu mbox inspect Thunderbird/Mail --json")]
    Inspect {
        /// The directory, as Thunderbird, Dovecot and others leave it
        tree: PathBuf,
    },
}

impl Command {
    /// What is read.
    fn path(&self) -> &Path {
        match self {
            Self::Count { file }
            | Self::Split { file, .. }
            | Self::Join { from: file, .. }
            | Self::Convert { file, .. }
            | Self::Verify { file, .. }
            | Self::Inspect { tree: file } => file,
        }
    }
}

fn variant(name: &str) -> Result<Variant, String> {
    Variant::from_name(name).ok_or_else(|| format!("{name} is none of mboxrd, mboxo, mboxcl, mboxcl2"))
}

impl Arguments {
    pub(crate) fn run(self, json: bool) -> Result<ExitCode, Error> {
        let mut outcome = Outcome::new(self.all, json);
        self.work(json, &mut outcome).map_err(|error| {
            let error = match error.downcast::<Error>() {
                Ok(error) => *error,
                Err(error) => Error::new(ErrorKind::Io, error),
            };
            error.context(self.command.path().display())
        })?;
        Ok(outcome.exit_code())
    }

    fn work(&self, json: bool, outcome: &mut Outcome) -> Result<(), Failure> {
        let options = &self.reading.options();
        match &self.command {
            Command::Count { file } => {
                let messages = read::count(read::open(file, options)?, options.clone())?;
                if json {
                    say::json(&json!({ "messages": messages }))?;
                } else {
                    say::line(messages);
                }
                return Ok(());
            }
            Command::Split { file, to } => copy::split(file, to, options, outcome)?,
            Command::Join { from, to, variant } => copy::join(from, to, *variant, options, outcome)?,
            Command::Convert { file, to, variant } => copy::convert(file, to, *variant, options, outcome)?,
            Command::Verify { file, against } => {
                return verify::verify(file, against.as_deref(), options, outcome, json);
            }
            Command::Inspect { tree } => return inspect::inspect(tree, options, outcome, json),
        }
        outcome.tell();
        if json {
            say::json(&outcome.as_json())?;
        } else {
            say::line(outcome.line());
        }
        Ok(())
    }
}
