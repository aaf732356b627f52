//! `tegu pst`: PST and OST files.

mod export;
mod file;
mod scan;

use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Count what a PST or OST file holds, and check all of it
    #[command(after_help = scan::HELP)]
    Scan(scan::Arguments),
    /// Write what a PST or OST file holds into mbox, iCalendar and vCard files
    #[command(after_help = export::HELP)]
    Export(export::Arguments),
}

impl Command {
    pub(crate) fn run(self, json: bool) -> Result<ExitCode, Error> {
        match self {
            Self::Scan(arguments) => scan::main(&arguments, json),
            Self::Export(arguments) => export::main(arguments, json),
        }
    }
}
