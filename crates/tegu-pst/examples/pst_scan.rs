//! What a PST or OST file holds, and whether it is sound.
//!
//! ```text
//! pst_scan FILE [--json] [--verdicts] [--code-page N] [--accept-unproved-layout]
//! ```
//!
//! The file is only read. Every row of every folder is counted, every block is checked, and messages that no folder lists are found.
//! With `--verdicts` every item is converted, and what can be said of the results is counted.
//!
//! Exit status: 0 all is well, 3 something is left for a person, 4 an item could not be read, 2 wrong arguments, 1 any other error.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

use clap::Parser;
use std::{path::PathBuf, process::ExitCode};
use tegu_pst::{Options, Pst, Scan, ScanOptions, Verdict};

/// Counts what a PST or OST file holds, and checks all of it.
#[derive(Parser)]
#[command(name = "pst_scan")]
struct Arguments {
    /// The file; it is only read.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Convert every item, and count what can be said of the results.
    #[arg(long)]
    verdicts: bool,
    /// The code page of strings in an ANSI file, such as 1251.
    #[arg(long, value_name = "N")]
    code_page: Option<u32>,
    /// Read OST files with pages of 4 KiB, whose layout is not published.
    #[arg(long)]
    accept_unproved_layout: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn run(arguments: &Arguments) -> Result<u8, tegu_pst::Error> {
    let mut options = Options::default().accept_unproved_layout(arguments.accept_unproved_layout);
    if let Some(page) = arguments.code_page {
        let Some(page) = tegu_pst::codepage::encoding(page) else {
            eprintln!("error: code page {page} is unknown");
            return Ok(2);
        };
        options = options.code_page(page);
    }
    let pst = Pst::open_file(&arguments.file, options)?;
    let scan = pst.scan(ScanOptions::default().verdicts(arguments.verdicts))?;
    if arguments.json {
        match serde_json::to_string_pretty(&scan) {
            Ok(json) => println!("{json}"),
            Err(error) => eprintln!("error: {error}"),
        }
    } else {
        print(&scan);
    }
    let manual = scan
        .folders
        .iter()
        .any(|folder| folder.verdicts.contains_key(&Verdict::Manual));
    Ok(if scan.folders.iter().any(|folder| folder.unreadable > 0) {
        4
    } else if scan.is_lossy() || manual {
        3
    } else {
        0
    })
}

fn print(scan: &Scan) {
    println!("{} {}", scan.format, scan.content);
    for folder in scan
        .folders
        .iter()
        .filter(|folder| folder.items + folder.hidden > 0)
    {
        let kinds: Vec<String> = folder
            .kinds
            .iter()
            .map(|(kind, count)| format!("{} {count}", kind.name()))
            .collect();
        println!(
            "{}: items {} ({}), hidden {}",
            folder.path.join("/"),
            folder.items,
            kinds.join(", "),
            folder.hidden
        );
        for (verdict, count) in &folder.verdicts {
            println!("  {verdict} {count}");
        }
    }
    println!(
        "items {} hidden {} embedded {} orphans {} blocks {} damaged {}",
        scan.items, scan.hidden, scan.embedded, scan.orphans, scan.blocks, scan.damaged_blocks
    );
    for finding in &scan.findings {
        eprintln!("{}: {finding}", finding.severity);
    }
}
