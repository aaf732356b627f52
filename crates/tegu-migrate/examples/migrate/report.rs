//! `migrate report`: the reports of the last run, written anew.

use crate::{
    arguments::{Arguments, Command},
    print_json, show,
};
use std::process::ExitCode;
use tegu_migrate::{Config, Error, ErrorKind, Report};

pub(crate) const COMMAND: Command = Command {
    name: "report",
    switches: &["--json"],
    values: &[],
    about: "writes report.html, report.json, worklist.csv and letters anew; with --json, writes the report to the output instead",
};

pub(crate) fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let config = Config::from_file(&arguments.config)?;
    let out = config.base.join(&config.out);
    let report = Report::read_from(&out)?.ok_or_else(|| {
        Error::new(
            ErrorKind::Config,
            format!("{} holds no report; run the job first", out.display()),
        )
    })?;
    if arguments.has("--json") {
        print_json(&report)?;
    } else {
        report.write_to(&out)?;
        println!("report: {}", out.join("report.html").display());
        if let Some(letters) = &config.letters {
            let written = letters.letters().write_to(&report, &out)?;
            println!("letters: {written} in {}", out.join("letters").display());
        }
    }
    Ok(show::status(&report))
}
