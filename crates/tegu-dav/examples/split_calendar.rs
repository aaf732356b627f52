//! Cuts a calendar of Outlook or Exchange into resources that a CalDAV server takes.
//!
//! `split_calendar calendar.ics out`

use std::{fs::File, io::BufReader, path::Path};
use tegu_dav::split;

/// Writes a file for each event or task, and returns what is left to a person, with the reasons.
pub(crate) fn split(calendar: &Path, to: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    std::fs::create_dir_all(to)?;
    let mut manual = Vec::new();
    // One after the other: a calendar may be larger than memory.
    for item in split::stream(BufReader::new(File::open(calendar)?), &split::Options::default())? {
        let item = item?;
        match item.body.as_deref().filter(|_| !item.is_lossy()) {
            Some(body) => std::fs::write(to.join(&item.resource_name), body)?,
            None => {
                let reasons: Vec<String> = item.findings.iter().map(ToString::to_string).collect();
                manual.push(format!("{}: {}", item.summary, reasons.join("; ")));
            }
        }
    }
    Ok(manual)
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [calendar, to] = arguments.as_slice() else {
        return Err("give a calendar and a directory".into());
    };
    for left in split(Path::new(calendar), Path::new(to))? {
        println!("{}", tegu_outcome::printable(&left));
    }
    Ok(())
}
