//! `tegu ews`: mailboxes of Exchange, by Exchange Web Services.

mod account;
mod export;
mod kinds;
mod output;
mod scan;

use crate::say;
use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Say what a mailbox holds, by folder and class, with its settings; changes nothing
    #[command(after_help = scan::HELP)]
    Scan(scan::Arguments),
    /// Write what a mailbox holds into mbox, iCalendar and vCard files
    #[command(after_help = export::HELP)]
    Export(export::Arguments),
}

impl Command {
    pub(crate) async fn run(self, json: bool) -> Result<ExitCode, Error> {
        let (Self::Scan(scan::Arguments { account }) | Self::Export(export::Arguments { account, .. })) =
            &self;
        if let Err(message) = account.check() {
            return Ok(say::wrong(message));
        }
        match self {
            Self::Scan(arguments) => scan::main(&arguments, json).await,
            Self::Export(arguments) => export::main(&arguments, json).await,
        }
    }
}
