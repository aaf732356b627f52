//! `tegu pst scan`: what a PST or OST file holds, and whether it is sound.

use super::file::Input;
use crate::say;
use std::process::ExitCode;
use tegu_migrate::Result;
use tegu_pst::{Scan, ScanOptions, Verdict};

pub(super) const HELP: &str = "Every row of every folder is counted, every block is checked, and messages that no folder lists are found.

Exit status: 0 all is well, 3 something is left for a person, 4 an item could not be read, 2 wrong arguments, 1 any other error.

Example:
  tegu pst scan mailbox.pst --verdicts";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Convert every item, and count what can be said of the results
    #[arg(long)]
    verdicts: bool,
}

pub(super) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let pst = arguments.input.open()?;
    let scan = pst.scan(ScanOptions::default().verdicts(arguments.verdicts))?;
    if json {
        say::json(&scan)?;
    } else {
        table(&scan);
    }
    let manual = scan
        .folders
        .iter()
        .any(|folder| folder.verdicts.contains_key(&Verdict::Manual));
    Ok(ExitCode::from(
        if scan.folders.iter().any(|folder| folder.unreadable > 0) {
            4
        } else if scan.is_lossy() || manual {
            3
        } else {
            0
        },
    ))
}

fn table(scan: &Scan) {
    say!("{} {}", scan.format, scan.content);
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
        say!(
            "{}: items {} ({}), hidden {}",
            folder.path.join("/"),
            folder.items,
            kinds.join(", "),
            folder.hidden
        );
        for (verdict, count) in &folder.verdicts {
            say!("  {verdict} {count}");
        }
    }
    say!(
        "items {} hidden {} embedded {} orphans {} blocks {} damaged {}",
        scan.items,
        scan.hidden,
        scan.embedded,
        scan.orphans,
        scan.blocks,
        scan.damaged_blocks
    );
    for finding in &scan.findings {
        note!("{}: {finding}", finding.severity);
    }
}
