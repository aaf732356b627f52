//! Writes what a PST or OST file holds into mbox, iCalendar and vCard files.
//!
//! ```text
//! pst_export FILE --to DIR [--kinds mail,calendars,contacts,tasks,notes] [--accept CODE,...] [--json]
//!            [--recoverable] [--code-page N] [--accept-unproved-layout]
//! ```
//!
//! The file is only read. An item that would lose something is kept as it is in `DIR/manual`, unless that loss is accepted by its
//! code. The same command may be given again after a crash.
//!
//! Exit status: 0 all was written, 3 something is left for a person, 4 an item could not be read, 2 wrong arguments, 1 any other error.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

use clap::Parser;
use std::{path::PathBuf, process::ExitCode};
use tegu_pst::{
    Options, Pst,
    export::{ExportOptions, Family, Report, export},
};

/// Writes what a PST or OST file holds into mbox, iCalendar and vCard files.
#[derive(Parser)]
#[command(name = "pst_export")]
struct Arguments {
    /// The file; it is only read.
    file: PathBuf,
    /// The directory to write into.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Which kinds of things: mail, calendars, contacts, tasks, notes.
    #[arg(long, value_delimiter = ',', value_parser = family)]
    kinds: Vec<Family>,
    /// Losses that are accepted, by their codes.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    accept: Vec<String>,
    /// Also items that their owner had deleted for good (Recoverable Items).
    #[arg(long)]
    recoverable: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// The code page of strings in an ANSI file, such as 1251.
    #[arg(long, value_name = "N")]
    code_page: Option<u32>,
    /// Read OST files with pages of 4 KiB, whose layout is not published.
    #[arg(long)]
    accept_unproved_layout: bool,
}

fn family(name: &str) -> Result<Family, String> {
    Family::from_name(name)
        .ok_or_else(|| format!("{name} is none of mail, calendars, contacts, tasks, notes"))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn run(arguments: Arguments) -> Result<u8, tegu_pst::Error> {
    let mut options = Options::default().accept_unproved_layout(arguments.accept_unproved_layout);
    if let Some(page) = arguments.code_page {
        let Some(page) = tegu_pst::codepage::encoding(page) else {
            eprintln!("error: code page {page} is unknown");
            return Ok(2);
        };
        options = options.code_page(page);
    }
    let pst = Pst::open_file(&arguments.file, options)?;
    let mut wanted = ExportOptions::default()
        .accept(arguments.accept)
        .recoverable(arguments.recoverable);
    if !arguments.kinds.is_empty() {
        wanted = wanted.families(arguments.kinds);
    }
    let report = export(&pst, &arguments.to, &wanted)?;
    if arguments.json {
        match serde_json::to_string_pretty(&report) {
            Ok(json) => println!("{json}"),
            Err(error) => eprintln!("error: {error}"),
        }
    } else {
        print(&report);
    }
    Ok(if report.counts.failed > 0 {
        4
    } else if report.is_manual() {
        3
    } else {
        0
    })
}

fn print(report: &Report) {
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
        println!("{}: {}", folder.path.join("/"), line(&folder.counts));
        for (code, count) in &folder.findings {
            println!("  {code} {count}");
        }
    }
    println!("{}", line(&report.counts));
    for finding in &report.findings {
        eprintln!("{}: {finding}", finding.severity);
    }
}
