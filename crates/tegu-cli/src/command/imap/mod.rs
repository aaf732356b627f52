//! `tegu imap`: mailboxes on IMAP servers.

mod copy;
mod print;
mod scan;
mod stop;
mod url;

use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Copy a mailbox from one server to another, and follow it on later runs
    #[command(after_help = copy::HELP)]
    Copy(copy::Arguments),
    /// List the folders of a mailbox with their messages, and what would not move as mail; changes nothing
    #[command(after_help = scan::HELP)]
    Scan(scan::Arguments),
}

impl Command {
    pub(crate) async fn run(self, json: bool) -> Result<ExitCode, Error> {
        match self {
            Self::Copy(arguments) => copy::main(arguments, json).await,
            Self::Scan(arguments) => scan::main(&arguments, json).await,
        }
    }
}
