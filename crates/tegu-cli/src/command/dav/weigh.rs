//! `tegu dav weigh`: where the bytes of a calendar or an address book are.

use super::{
    findings,
    input::{self, Cards, Format},
};
use crate::say;
use serde_json::{Map, Value, json};
use std::{io::BufReader, path::PathBuf, process::ExitCode};
use tegu_dav::{
    Limits,
    slim::{self, Budget, Class, Weight},
    split,
};
use tegu_migrate::{Error, Result};

pub(super) const HELP: &str = "Exit status: 0, 2 for wrong arguments, 1 for any other error.

Example:
  tegu dav weigh calendar.ics --before 2020-01-01";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A calendar (.ics) or an address book (.vcf, .csv)
    file: PathBuf,
    /// Sum up what was over before a day, such as 2020-01-31
    #[arg(long, value_name = "DATE", value_parser = input::day, allow_hyphen_values = true)]
    before: Option<i64>,
}

pub(super) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let weight = weigh(arguments)?;
    if json {
        say::json_line(&as_json(&weight, arguments))?;
    } else {
        table(&weight, arguments);
    }
    Ok(ExitCode::SUCCESS)
}

fn weigh(arguments: &Arguments) -> Result<Weight> {
    let path = &arguments.file;
    match Format::of(path)? {
        Format::Calendar => slim::weigh(BufReader::new(input::open(path)?), &Limits::default()),
        format => {
            let bytes = tegu_outcome::file::read_named(path)
                .map_err(|error| Error::io("read", path.display(), error))?;
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
        "findings": findings::as_json(&Budget::default().findings(weight)),
    })
}

fn table(weight: &Weight, arguments: &Arguments) {
    let what = if weight.contacts {
        "cards"
    } else {
        "events and tasks"
    };
    say!(
        "{}: {} bytes, {} {what}",
        arguments.file.display(),
        weight.total,
        weight.resources
    );
    for class in Class::ALL {
        let bytes = weight.classes.get(&class).copied().unwrap_or(0);
        let share = bytes as f64 * 100.0 / weight.total.max(1) as f64;
        say!("  {:13} {bytes:13} {share:5.1} %", class.name());
    }
    if !weight.contacts {
        say!("ended in     resources         bytes   attachments");
        for (ended, year) in &weight.years {
            let ended = ended.map_or("goes on".to_owned(), |year| year.to_string());
            say!(
                "  {ended:9} {:10} {:13} {:13}",
                year.resources,
                year.bytes,
                year.attachments
            );
        }
    }
    if let Some(before) = arguments.before {
        let (resources, bytes, attachments) = over(weight, before);
        say!("over before that: {resources} resources, {bytes} bytes, {attachments} of them attachments");
    }
    say!("largest:");
    for large in &weight.largest {
        say!(
            "  {:13} bytes, {:13} attachments: {} ({})",
            large.bytes,
            large.attachments,
            large.summary,
            large.uid
        );
    }
    for finding in Budget::default().findings(weight) {
        say!("{}: {finding}", finding.code());
    }
}
