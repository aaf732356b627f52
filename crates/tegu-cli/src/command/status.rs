//! `tegu status`: how the job stands, from its directory alone.

use crate::{job::Job, say, show};
use serde::Serialize;
use std::{collections::BTreeMap, process::ExitCode};
use tegu_migrate::{
    Error, Report,
    report::Summary,
    routing::{Stage, Stages},
};

pub(crate) fn main(job: &Job, json: bool) -> Result<ExitCode, Error> {
    let config = job.config()?;
    let out = config.base.join(&config.out);
    let Some(report) = Report::read_from(&out)? else {
        if json {
            say!("null");
        } else {
            say!("{} has not been run yet", config.name);
        }
        return Ok(ExitCode::SUCCESS);
    };
    if json {
        say::json(&Status {
            summary: report.summary(),
            stages: Stages::read_from(&out)?.counts(),
        })?;
    } else {
        say!(
            "{}: {}, {} to {}",
            report.job,
            if report.is_complete() {
                "complete"
            } else {
                "not complete"
            },
            report.started,
            report.finished
        );
        show::report(&report);
        for (stage, number) in Stages::read_from(&out)?.counts() {
            say!("{stage}: {number} accounts");
        }
    }
    Ok(show::status(&report))
}

#[derive(Serialize)]
struct Status<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    /// How many accounts stand where; accounts of which nothing is known are planned.
    stages: BTreeMap<Stage, usize>,
}
