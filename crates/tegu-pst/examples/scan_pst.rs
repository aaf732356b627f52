//! Counts what a PST or OST file holds, and says whether all of it can be read.
//!
//! `scan_pst mailbox.pst`

use std::path::Path;
use tegu_pst::{Options, Pst, Result, ScanOptions};

/// One line for each folder, then what is wrong. Every block of the file is read and checked.
pub(crate) fn scan(file: &Path) -> Result<Vec<String>> {
    let pst = Pst::open_file(file, Options::default())?;
    let scan = pst.scan(ScanOptions::default().verdicts(true))?;
    let mut lines = Vec::new();
    for folder in scan.folders.iter().filter(|folder| folder.items > 0) {
        let mut line = format!("{}: {} items", folder.path.join("/"), folder.items);
        for (verdict, count) in &folder.verdicts {
            line += &format!(", {count} {verdict}");
        }
        lines.push(line);
    }
    lines.extend(scan.findings.iter().map(ToString::to_string));
    Ok(lines)
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).ok_or("give a PST file")?;
    for line in scan(Path::new(&file))? {
        println!("{}", tegu_outcome::printable(&line));
    }
    Ok(())
}
