//! `tegu dav convert`: a file from Outlook or Exchange into resources that a server takes, without a network.

use super::{
    findings,
    input::{self, Cards, Format},
};
use crate::say;
use serde_json::json;
use std::{
    collections::HashSet,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_dav::{Finding, Item, split, strict};
use tegu_migrate::{Error, Result};
use tegu_outcome::file;

pub(super) const HELP: &str = "DIR gets one file for each UID or card, named by a digest of the UID. What would be lost goes into DIR/manual as it stood, for a
person. DIR/findings.json tells of each what it became, and why.

Cards of version 3.0 and 4.0 stay what they are; but with --vcard-version 3.0 those of 4.0 are written as 3.0 too, for servers
that know nothing newer.

Exit status: 0, 3 when something is left for a person, 2 for wrong arguments, 1 for any other error.

Example:
  tegu dav convert calendar.ics --to out";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A calendar (.ics) or an address book (.vcf, .csv)
    file: PathBuf,
    /// The directory to write into
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The version that older cards and tables are written in: 3.0 (unless given) or 4.0
    #[arg(long, value_name = "VERSION")]
    vcard_version: Option<Cards>,
    /// A table of Exchange's directory addresses and mail addresses: one pair a line, with a tab or a semicolon between them
    #[arg(long, value_name = "FILE")]
    addresses: Option<PathBuf>,
}

pub(super) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let mut options = split::Options::default();
    if let Some(path) = &arguments.addresses {
        options = options.addresses(input::addresses(path)?);
    }
    let tally = convert(arguments, &options)?;
    if json {
        say::json_line(&tally.as_json())?;
    } else {
        say!(
            "{} written, {} for a person; see {}",
            tally.written,
            tally.manual,
            arguments.to.join("findings.json").display()
        );
    }
    Ok(ExitCode::from(if tally.manual > 0 { 3 } else { 0 }))
}

#[derive(Default)]
struct Tally {
    written: usize,
    manual: usize,
    components: usize,
}

impl Tally {
    fn as_json(&self) -> serde_json::Value {
        json!({"version": 1, "written": self.written, "manual": self.manual, "components": self.components})
    }
}

fn convert(arguments: &Arguments, options: &split::Options) -> Result<Tally> {
    let format = Format::of(&arguments.file)?;
    let mut tally = Tally::default();
    let mut failed = None;
    let written = file::write(&arguments.to.join("findings.json"), |out| {
        report(arguments, options, format, &mut tally, out).map_err(|error| {
            failed = Some(error);
            io::Error::other("the file could not be converted")
        })
    });
    match failed {
        Some(error) => Err(error),
        None => written.map(|()| tally),
    }
}

/// Writes each item, and the report of all.
fn report(
    arguments: &Arguments,
    options: &split::Options,
    format: Format,
    tally: &mut Tally,
    out: &mut dyn Write,
) -> Result<()> {
    let put = |out: &mut dyn Write, text: &str| {
        out.write_all(text.as_bytes())
            .map_err(|error| Error::io("write", "findings.json", error))
    };
    let head = json!(arguments.file.display().to_string());
    put(out, &format!("{{\"version\":1,\"file\":{head},\"items\":["))?;
    let mut names = HashSet::new();
    let split = input::read(
        &arguments.file,
        format,
        options,
        arguments.vcard_version.unwrap_or_default(),
        |mut item| {
            check(&mut item, format);
            let (file, state) = write(&item, &arguments.to, &mut names)?;
            tally.components += item.components;
            if state == "written" {
                tally.written += 1;
            } else {
                tally.manual += 1;
            }
            let line = json!({
                "uid": item.uid, "kind": item.kind.name(), "summary": item.summary, "state": state, "file": file,
                "components": item.components, "findings": findings::as_json(&item.findings),
            });
            let comma = if tally.written + tally.manual > 1 { "," } else { "" };
            put(out, &format!("{comma}\n{line}"))
        },
    )?;
    let tail = json!({
        "calendar_name": split.calendar_name, "findings": findings::as_json(&split.findings), "written": tally.written,
        "manual": tally.manual, "components": tally.components,
    });
    let tail = tail.to_string();
    put(out, &format!("\n],{}\n", tail.trim_start_matches('{')))
}

/// The last look at what is about to leave.
fn check(item: &mut Item, format: Format) {
    let Some(body) = item.body.as_deref().filter(|_| !item.is_lossy()) else {
        return;
    };
    let checked = match format {
        Format::Calendar => strict::calendar(body),
        _ => strict::card(body),
    };
    if let Err(violation) = checked {
        item.findings.push(Finding::CheckFailed {
            reason: violation.to_string(),
        });
    }
}

/// Writes one item; gives the file's name within the directory and what the item became.
fn write(item: &Item, to: &Path, names: &mut HashSet<String>) -> Result<(String, &'static str)> {
    let body = item.body.as_ref().filter(|_| !item.is_lossy());
    let (folder, bytes, state) = match body {
        Some(body) => ("", body, "written"),
        None => ("manual/", &item.original, "manual"),
    };
    let mut name = format!("{folder}{}", item.resource_name);
    // Cards that contradict each other share a UID, and each of them is kept.
    let mut copy = 1;
    while state == "manual" && !names.insert(name.clone()) {
        copy += 1;
        name = format!("{folder}{copy}-{}", item.resource_name);
    }
    let path = to.join(&name);
    place(&path, bytes).map_err(|error| Error::io("write", path.display(), error))?;
    Ok((name, state))
}

/// Writes a file as a whole or not at all. It can be made again, so the disk is not waited for.
fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file::directory(path);
    file::create_dir(folder)?;
    let mut draft = file::temporary(folder)?;
    draft.write_all(bytes)?;
    draft.persist(path)?;
    Ok(())
}
