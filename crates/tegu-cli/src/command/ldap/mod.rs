//! `tegu ldap`: the directory.

mod arguments;
mod plan;
mod read;
mod scp;
mod summary;
mod who;

use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Find what the owner of a directory has to correct, and write it as LDIF; changes nothing
    #[command(after_help = plan::HELP)]
    Plan(Box<arguments::Arguments>),
    /// List where Exchange says in Active Directory that it answers Autodiscover: its service connection points
    #[command(after_help = scp::HELP)]
    Scp(Box<scp::Arguments>),
    /// Say whose an address is
    #[command(after_help = who::HELP)]
    Who(who::Arguments),
}

impl Command {
    pub(crate) async fn run(self, json: bool) -> Result<ExitCode, Error> {
        match self {
            Self::Plan(arguments) => plan::main(&arguments, json).await,
            Self::Scp(arguments) => scp::main(&arguments, json).await,
            Self::Who(arguments) => who::main(&arguments, json),
        }
    }
}
