//! A file from Outlook or Exchange -> resources that a server takes, without a network.
//!
//! `dav_convert FILE --to DIR [--vcard-version 3.0|4.0] [--addresses FILE] [--json]`
//!
//! DIR gets one file for each UID or card, named by a digest of the UID. What would be lost goes into `DIR/manual` as it
//! stood, for a person. `DIR/findings.json` tells of each what it became, and why. `--addresses` names a table of
//! Exchange's directory addresses and mail addresses, one pair a line with a tab or a semicolon between them.
//!
//! `--vcard-version` is the version that older cards and tables are written in, 3.0 unless it is given. Cards of version 3.0 and 4.0
//! stay what they are; but with `--vcard-version 3.0` those of 4.0 are written as 3.0 too, for servers that know nothing newer.
//!
//! Exit status: 0, 3 when something is left for a person, 2 for wrong arguments, 1 for any other error.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/addresses.rs"]
mod addresses;
#[path = "support/input.rs"]
mod input;
#[path = "support/json.rs"]
mod json;
#[path = "support/say.rs"]
mod say;
#[path = "support/version.rs"]
mod version;

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use input::{Cards, Format};
use serde_json::json;
use tegu_dav::{Finding, Item, split, strict};
use tegu_outcome::file;

const USAGE: &str = "usage: dav_convert FILE --to DIR [--vcard-version 3.0|4.0] [--addresses FILE] [--json]";

struct Arguments {
    file: PathBuf,
    to: PathBuf,
    cards: Cards,
    options: split::Options,
    json: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            say::error("dav_convert", &message);
            return ExitCode::from(2);
        }
    };
    match convert(&arguments) {
        Ok(tally) => {
            if arguments.json {
                say::json(&tally.as_json());
            } else {
                say::line(format_args!(
                    "{} written, {} for a person; see {}",
                    tally.written,
                    tally.manual,
                    arguments.to.join("findings.json").display()
                ));
            }
            if tally.manual > 0 {
                ExitCode::from(3)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(message) => {
            say::error("dav_convert", &message);
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut words: impl Iterator<Item = std::ffi::OsString>) -> Result<Arguments, String> {
    let (mut file, mut to, mut cards, mut json) = (None, None, Cards::default(), false);
    let mut options = split::Options::default();
    while let Some(word) = words.next() {
        let mut value = |name: &str| words.next().ok_or(format!("{name} needs a value\n{USAGE}"));
        match word.to_str() {
            Some("--to") => to = Some(PathBuf::from(value("--to")?)),
            Some("--json") => json = true,
            Some("--vcard-version") => {
                let version = value("--vcard-version")?;
                cards =
                    version::parse(&version.to_string_lossy()).map_err(|why| format!("{why}\n{USAGE}"))?;
            }
            Some("--addresses") => {
                options = options.addresses(addresses::read(Path::new(&value("--addresses")?))?);
            }
            Some(other) if other.starts_with("--") => {
                return Err(format!("unknown argument {other}\n{USAGE}"));
            }
            _ if file.is_none() => file = Some(PathBuf::from(word)),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Arguments {
        file: file.ok_or(USAGE)?,
        to: to.ok_or(USAGE)?,
        cards,
        options,
        json,
    })
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

fn convert(arguments: &Arguments) -> Result<Tally, String> {
    let to = &arguments.to;
    let format =
        Format::of(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    let mut tally = Tally::default();
    let mut failed = None;
    let written = file::write(&to.join("findings.json"), |out| {
        report(arguments, format, &mut tally, out).map_err(|message| {
            failed = Some(message);
            io::Error::other("the file could not be converted")
        })
    });
    match (failed, written) {
        (Some(message), _) => Err(message),
        (None, Err(error)) => Err(error.to_string()),
        (None, Ok(())) => Ok(tally),
    }
}

/// Writes each item, and the report of all.
fn report(
    arguments: &Arguments,
    format: Format,
    tally: &mut Tally,
    out: &mut dyn Write,
) -> Result<(), String> {
    let put = |out: &mut dyn Write, text: &str| {
        out.write_all(text.as_bytes())
            .map_err(|error| format!("findings.json: {error}"))
    };
    let head = json!(arguments.file.display().to_string());
    put(out, &format!("{{\"version\":1,\"file\":{head},\"items\":["))?;
    let mut names = HashSet::new();
    let split = input::read(
        &arguments.file,
        format,
        &arguments.options,
        arguments.cards,
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
                "components": item.components, "findings": json::findings(&item.findings),
            });
            let comma = if tally.written + tally.manual > 1 { "," } else { "" };
            put(out, &format!("{comma}\n{line}"))
        },
    )?;
    let tail = json!({
        "calendar_name": split.calendar_name, "findings": json::findings(&split.findings), "written": tally.written,
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
fn write(item: &Item, to: &Path, names: &mut HashSet<String>) -> Result<(String, &'static str), String> {
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
    place(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
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
