//! `tegu pst export`: what a PST or OST file holds, as mbox, iCalendar and vCard files.

use super::file::Input;
use crate::say;
use std::{path::PathBuf, process::ExitCode};
use tegu_migrate::Result;
use tegu_pst::export::{ExportOptions, Family, Report, export};

pub(super) const HELP: &str = "An item that would lose something is kept as it is in DIR/manual, unless that loss is accepted by its code. The same command may
be given again after a crash.

Exit status: 0 all was written, 3 something is left for a person, 4 an item could not be read, 2 wrong arguments, 1 any other error.

Example:
  tegu pst export mailbox.pst --to mailbox --kinds mail,calendars";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// The directory to write into
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Which kinds of things: mail, calendars, contacts, tasks, notes; all unless given
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', value_parser = family)]
    kinds: Vec<Family>,
    /// Losses that are accepted, by their codes
    #[arg(long, value_delimiter = ',', value_name = "CODE,...")]
    accept: Vec<String>,
    /// Also items that their owner had deleted for good (Recoverable Items)
    #[arg(long)]
    recoverable: bool,
}

fn family(name: &str) -> Result<Family, String> {
    Family::from_name(name)
        .ok_or_else(|| format!("{name} is none of mail, calendars, contacts, tasks, notes"))
}

pub(super) fn main(arguments: Arguments, json: bool) -> Result<ExitCode> {
    let pst = arguments.input.open()?;
    let mut wanted = ExportOptions::default()
        .accept(arguments.accept)
        .recoverable(arguments.recoverable);
    if !arguments.kinds.is_empty() {
        wanted = wanted.families(arguments.kinds);
    }
    let report = export(&pst, &arguments.to, &wanted)?;
    if json {
        say::json(&report)?;
    } else {
        table(&report);
    }
    Ok(ExitCode::from(if report.counts.failed > 0 {
        4
    } else if report.is_manual() {
        3
    } else {
        0
    }))
}

fn table(report: &Report) {
    let line = |counts: &tegu_pst::export::Counts| {
        format!(
            "source {} exact {} faithful {} accepted {} manual {} failed {} excluded {}",
            counts.expected,
            counts.exact,
            counts.faithful,
            counts.accepted,
            counts.manual,
            counts.failed,
            counts.excluded
        )
    };
    for folder in report.folders.iter().filter(|folder| folder.counts.expected > 0) {
        say!("{}: {}", folder.path.join("/"), line(&folder.counts));
        for (code, count) in &folder.findings {
            say!("  {code} {count}");
        }
    }
    say!("{}", line(&report.counts));
    for finding in &report.findings {
        note!("{}: {finding}", finding.severity);
    }
}
