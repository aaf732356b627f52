//! `tegu sieve`: inbox rules and automatic replies.

mod connect;
mod put;
mod translate;
mod transport;

use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Turn exported inbox rules and automatic replies into Sieve scripts, and explain each rule
    #[command(after_help = translate::HELP)]
    Translate(Box<translate::Arguments>),
    /// Upload a script by ManageSieve, read it back and compare
    #[command(after_help = put::HELP)]
    Put(put::Arguments),
    /// Propose Sieve, Postfix maps and Rspamd settings for exported transport rules; nothing is applied
    #[command(after_help = transport::HELP)]
    Transport(transport::Arguments),
}

impl Command {
    pub(crate) async fn run(self, json: bool) -> Result<ExitCode, Error> {
        match self {
            Self::Translate(arguments) => translate::main(&arguments, json).await,
            Self::Put(arguments) => put::main(&arguments, json).await,
            Self::Transport(arguments) => transport::main(&arguments, json),
        }
    }
}
