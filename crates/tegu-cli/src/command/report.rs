//! `tegu report`: the reports of the last run, written anew.

use crate::{job::JobInDetail, say, show};
use std::process::ExitCode;
use tegu_migrate::{Error, ErrorKind, Report};

pub(crate) fn main(arguments: &JobInDetail, json: bool) -> Result<ExitCode, Error> {
    let config = arguments.job.config()?;
    let out = config.base.join(&config.out);
    let report = Report::read_from(&out)?.ok_or_else(|| {
        Error::new(
            ErrorKind::Config,
            format!("{} holds no report; run the job first", out.display()),
        )
    })?;
    if json {
        say::json(&report)?;
    } else {
        report.write_to(&out)?;
        say!("report: {}", out.join("report.html").display());
        if let Some(letters) = &config.letters {
            let written = letters.letters().write_to(&report, &out)?;
            say!("letters: {written} in {}", out.join("letters").display());
        }
        show::report(&report, arguments.detail);
    }
    Ok(show::status(&report))
}
