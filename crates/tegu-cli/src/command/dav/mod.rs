//! `tegu dav`: calendars and address books.

mod arguments;
mod collection;
mod convert;
mod findings;
mod import;
mod input;
mod prepare;
mod total;
mod url;
mod weigh;

use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Convert a calendar or an address book from Outlook or Exchange into files that a server takes
    #[command(after_help = convert::HELP)]
    Convert(convert::Arguments),
    /// Upload a calendar or an address book, and prove what arrived; follows the file on later runs
    #[command(after_help = import::HELP)]
    Import(Box<arguments::Arguments>),
    /// Say where the bytes of a calendar or an address book are
    #[command(after_help = weigh::HELP)]
    Weigh(weigh::Arguments),
}

impl Command {
    pub(crate) async fn run(self, json: bool) -> Result<ExitCode, Error> {
        match self {
            Self::Convert(arguments) => convert::main(&arguments, json),
            Self::Import(arguments) => import::main(*arguments, json).await,
            Self::Weigh(arguments) => weigh::main(&arguments, json),
        }
    }
}
