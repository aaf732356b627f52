//! Where the bytes of a calendar or an address book are.
//!
//! `dav_weigh FILE [--before DATE] [--json]`
//!
//! `--before` sums up what was over before a day. Exit status: 0, 2 for wrong arguments, 1 for any other error.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/day.rs"]
mod day;
#[path = "support/input.rs"]
mod input;
#[path = "support/json.rs"]
mod json;
#[path = "support/say.rs"]
mod say;

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use input::{Cards, Format};
use serde_json::{Map, Value, json};
use tegu_dav::slim::{self, Budget, Class, Weight};
use tegu_dav::{Limits, split};

struct Arguments {
    file: PathBuf,
    before: Option<i64>,
    json: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            say::error("dav_weigh", &message);
            return ExitCode::from(2);
        }
    };
    match weigh(&arguments) {
        Ok(weight) if arguments.json => say::json(&as_json(&weight, &arguments)),
        Ok(weight) => print(&weight, &arguments),
        Err(message) => {
            say::error("dav_weigh", &message);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn arguments(mut words: impl Iterator<Item = std::ffi::OsString>) -> Result<Arguments, String> {
    const USAGE: &str = "usage: dav_weigh FILE [--before DATE] [--json]";
    let (mut file, mut before, mut json) = (None, None, false);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--json") => json = true,
            Some("--before") => {
                let day = words.next().ok_or("--before needs a day")?;
                before = Some(day::seconds(&day.to_string_lossy())?);
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
        before,
        json,
    })
}

fn weigh(arguments: &Arguments) -> Result<Weight, String> {
    let path = &arguments.file;
    let shown = |error: std::io::Error| format!("{}: {error}", path.display());
    let limits = Limits::default();
    match Format::of(path).map_err(shown)? {
        Format::Calendar => {
            let file = BufReader::new(File::open(path).map_err(shown)?);
            slim::weigh(file, &limits).map_err(|error| error.to_string())
        }
        format => {
            let bytes = std::fs::read(path).map_err(shown)?;
            let mut items = Vec::new();
            let mut split = input::read(
                path,
                format,
                &split::Options::default(),
                Cards::default(),
                |item| {
                    items.push(item);
                    Ok(())
                },
            )?;
            split.items = items;
            Ok(slim::weigh_contacts(&bytes, &split))
        }
    }
}

/// What was over before a day: resources, bytes, attachments. Whole years alone are known.
fn over(weight: &Weight, before: i64) -> (usize, u64, u64) {
    let year = 1970 + before / 31_556_952;
    let years = weight
        .years
        .iter()
        .filter(|(ended, _)| ended.is_some_and(|ended| ended < year));
    years.fold((0, 0, 0), |sum, (_, year)| {
        (
            sum.0 + year.resources,
            sum.1 + year.bytes,
            sum.2 + year.attachments,
        )
    })
}

fn as_json(weight: &Weight, arguments: &Arguments) -> Value {
    let classes: Map<String, Value> = Class::ALL
        .iter()
        .map(|class| {
            let bytes = weight.classes.get(class).copied().unwrap_or(0);
            (class.name().to_owned(), bytes.into())
        })
        .collect();
    let years: Vec<Value> = weight
        .years
        .iter()
        .map(|(ended, year)| {
            json!({"ended": ended, "resources": year.resources, "bytes": year.bytes, "attachments": year.attachments})
        })
        .collect();
    let largest: Vec<Value> = weight
        .largest
        .iter()
        .map(|large| {
            json!({"uid": large.uid, "summary": large.summary, "bytes": large.bytes, "attachments": large.attachments})
        })
        .collect();
    let over = arguments.before.map(|before| {
        let (resources, bytes, attachments) = over(weight, before);
        json!({"resources": resources, "bytes": bytes, "attachments": attachments})
    });
    json!({
        "version": 1, "file": arguments.file.display().to_string(), "bytes": weight.total,
        "kind": if weight.contacts { "contacts" } else { "calendar" }, "resources": weight.resources,
        "classes": classes, "years": years, "largest": largest, "over": over,
        "findings": json::findings(&Budget::default().findings(weight)),
    })
}

fn print(weight: &Weight, arguments: &Arguments) {
    let what = if weight.contacts {
        "cards"
    } else {
        "events and tasks"
    };
    say::line(format_args!(
        "{}: {} bytes, {} {what}",
        arguments.file.display(),
        weight.total,
        weight.resources
    ));
    for class in Class::ALL {
        let bytes = weight.classes.get(&class).copied().unwrap_or(0);
        let share = bytes as f64 * 100.0 / weight.total.max(1) as f64;
        say::line(format_args!("  {:13} {bytes:13} {share:5.1} %", class.name()));
    }
    if !weight.contacts {
        say::line(format_args!("ended in     resources         bytes   attachments"));
        for (ended, year) in &weight.years {
            let ended = ended.map_or("goes on".to_owned(), |year| year.to_string());
            say::line(format_args!(
                "  {ended:9} {:10} {:13} {:13}",
                year.resources, year.bytes, year.attachments
            ));
        }
    }
    if let Some(before) = arguments.before {
        let (resources, bytes, attachments) = over(weight, before);
        say::line(format_args!(
            "over before that: {resources} resources, {bytes} bytes, {attachments} of them attachments"
        ));
    }
    say::line(format_args!("largest:"));
    for large in &weight.largest {
        say::line(format_args!(
            "  {:13} bytes, {:13} attachments: {} ({})",
            large.bytes, large.attachments, large.summary, large.uid
        ));
    }
    for finding in Budget::default().findings(weight) {
        say::line(format_args!("{}: {finding}", finding.code()));
    }
}
