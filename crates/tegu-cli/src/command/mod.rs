//! The commands: one file for each, and one folder for each station.

mod check;
mod completions;
mod dav;
mod demo;
#[cfg(feature = "ews")]
mod ews;
mod export;
mod follow;
mod imap;
mod init;
mod ldap;
mod man;
mod mbox;
mod plan;
#[cfg(feature = "pst")]
mod pst;
mod report;
mod run;
mod sieve;
mod status;
mod verify;
mod wave;
mod work;

use crate::job::{Job, JobInDetail, PartOfJob};
use clap::Subcommand;
use std::process::ExitCode;
use tegu_migrate::Error;

/// What the program does.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a small sample organisation and move it into a bundle; needs no server
    #[command(after_help = "Example:\n  tegu demo --out demo")]
    Demo(demo::Arguments),
    /// Write a configuration that explains every key
    #[command(after_help = "Example:\n  tegu init job.toml")]
    Init(init::Arguments),
    /// Sign in everywhere and say what is missing, and how to grant it; changes nothing
    #[command(
        after_help = "Exit status: 0 everything can be opened, 4 something cannot, 2 wrong arguments, 1 any other error.

Examples:
  tegu check job.toml                          the first ten accounts
  tegu check job.toml --all --json"
    )]
    Check(check::Arguments),
    /// Say what a run would do, and change nothing
    #[command(after_help = "Examples:
  tegu plan job.toml --save monday.json
  tegu plan job.toml --compare monday.json     what has changed since")]
    Plan(plan::Arguments),
    /// Run the job, or resume it
    #[command(
        after_help = "A run may be stopped or killed at any instant; the same command resumes it.

Examples:
  tegu run job.toml
  tegu run job.toml --plan monday.json         keep to a saved plan
  tegu run job.toml --wave pilot               only the accounts of one wave"
    )]
    Run(run::Arguments),
    /// Make one pass after the other until Ctrl-C, SIGTERM or the cut-over
    #[command(after_help = "Example:\n  tegu follow job.toml --every 3600")]
    Follow(follow::Arguments),
    /// Take part in a run that was begun elsewhere and shares its journal; makes no report
    #[command(
        after_help = "Its configuration must be that of the run. Exit status 5: no run has begun yet.\n\nExample:\n  tegu work second-machine.toml"
    )]
    Work(PartOfJob),
    /// Prove again that what was moved stands on the target; the source is not needed
    #[command(after_help = "Example:\n  tegu verify job.toml")]
    Verify(JobInDetail),
    /// Say how the job stands, by what its last run left
    #[command(after_help = "Example:\n  tegu status job.toml --json")]
    Status(JobInDetail),
    /// Say who moves when, or take a wave to another stage and write its routing sheets
    #[command(after_help = "Examples:
  tegu wave job.toml                                   who moves when, and where everybody stands
  tegu wave job.toml --wave pilot --to cut-over")]
    Wave(wave::Arguments),
    /// Tell what the last run left, and write report.html, report.json, worklist.csv and letters anew; with --json, write the report to
    /// standard output instead
    #[command(
        after_help = "Examples:\n  tegu report job.toml\n  tegu report job.toml --all       each item that is left, not each code once"
    )]
    Report(JobInDetail),
    /// Write what the journal holds, one JSON object a line
    #[command(after_help = "Example:\n  tegu export job.toml > journal.jsonl")]
    Export(Job),
    /// Mailboxes on IMAP servers
    #[command(
        subcommand,
        after_help = "Examples:\n  tegu imap scan --url imaps://anna@exchange.example.org/\n  tegu imap copy --help"
    )]
    Imap(imap::Command),
    /// mbox files, and trees of mail folders
    Mbox(mbox::Arguments),
    /// The directory: what has to be corrected in it, and whose an address is
    #[command(
        subcommand,
        after_help = "Examples:\n  tegu ldap plan --ldif export.ldf --profile tegu --domains example.org --out plan\n  tegu ldap who --help"
    )]
    Ldap(ldap::Command),
    /// Calendars and address books
    #[command(
        subcommand,
        after_help = "Examples:\n  tegu dav weigh calendar.ics\n  tegu dav import --help"
    )]
    Dav(dav::Command),
    /// Inbox rules and automatic replies
    #[command(
        subcommand,
        after_help = "Examples:\n  tegu sieve translate --help\n  tegu sieve put --help"
    )]
    Sieve(sieve::Command),
    /// Mailboxes of Exchange, by Exchange Web Services
    #[cfg(feature = "ews")]
    #[command(
        subcommand,
        after_help = "Examples:\n  tegu ews scan --help\n  tegu ews export --help"
    )]
    Ews(ews::Command),
    /// PST and OST files
    #[cfg(feature = "pst")]
    #[command(
        subcommand,
        after_help = "Examples:\n  tegu pst scan mailbox.pst\n  tegu pst export --help"
    )]
    Pst(pst::Command),
    /// Write what a shell needs to complete the commands and options of tegu
    #[command(after_help = "Example:\n  tegu completions bash > /etc/bash_completion.d/tegu")]
    Completions(completions::Arguments),
    /// Write the pages of the manual, one for each command
    #[command(after_help = "Example:\n  tegu man --out /usr/local/share/man/man1")]
    Man(man::Arguments),
}

impl Command {
    /// Does it, and returns the status to exit with.
    pub(crate) async fn run(self, json: bool) -> Result<ExitCode, Error> {
        match self {
            Self::Demo(arguments) => demo::main(arguments, json).await,
            Self::Init(arguments) => init::main(&arguments, json),
            Self::Check(arguments) => check::main(arguments, json).await,
            Self::Completions(arguments) => completions::main(&arguments, json),
            Self::Man(arguments) => man::main(&arguments, json),
            Self::Plan(arguments) => plan::main(arguments, json).await,
            Self::Run(arguments) => run::main(arguments, json).await,
            Self::Follow(arguments) => follow::main(arguments, json).await,
            Self::Work(job) => work::main(job, json).await,
            Self::Verify(arguments) => verify::main(arguments, json).await,
            Self::Status(arguments) => status::main(&arguments, json),
            Self::Wave(arguments) => wave::main(arguments, json).await,
            Self::Report(arguments) => report::main(&arguments, json),
            Self::Export(job) => export::main(job).await,
            Self::Imap(command) => command.run(json).await,
            Self::Mbox(arguments) => arguments.run(json),
            Self::Ldap(command) => command.run(json).await,
            Self::Dav(command) => command.run(json).await,
            Self::Sieve(command) => command.run(json).await,
            #[cfg(feature = "ews")]
            Self::Ews(command) => command.run(json).await,
            #[cfg(feature = "pst")]
            Self::Pst(command) => command.run(json),
        }
    }
}
