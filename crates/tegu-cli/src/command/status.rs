//! `tegu status`: how the job stands, from its directory alone, also while it runs.

use crate::{job::JobInDetail, progress, say, show};
use serde::Serialize;
use std::{collections::BTreeMap, process::ExitCode};
use tegu_migrate::{
    Error, Report, Standing,
    report::Summary,
    routing::{Stage, Stages},
};

/// The exit status of a job that is being run.
const RUNNING: u8 = 5;

pub(crate) fn main(arguments: &JobInDetail, json: bool) -> Result<ExitCode, Error> {
    let config = arguments.job.config()?;
    let out = config.base.join(&config.out);
    let report = Report::read_from(&out)?;
    let standing = Standing::read_from(&out)?;
    let stages = Stages::read_from(&out)?.counts();
    if report.is_none() && standing.is_none() {
        if json {
            say!("null");
        } else {
            say!("{} has not been run yet", config.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let running = standing.as_ref().is_some_and(|standing| standing.running);
    let through = standing.as_ref().is_none_or(is_through);
    if json {
        say::json(&Status {
            summary: report.as_ref().map(Report::summary),
            standing: standing.as_ref(),
            stages,
        })?;
    } else {
        if let Some(standing) = &standing {
            say!("{}: {}", config.name, course(standing));
        }
        match (&report, &standing) {
            (Some(report), _) if through => {
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
                show::report(report, arguments.detail);
            }
            (_, Some(standing)) => show::progress(&standing.progress),
            _ => {}
        }
        for (stage, number) in stages {
            say!("{stage}: {number} accounts");
        }
    }
    Ok(match report {
        _ if running => ExitCode::from(RUNNING),
        Some(report) if through => show::status(&report),
        _ => ExitCode::from(4),
    })
}

/// Whether the last run came to its end, so that its report says all.
fn is_through(standing: &Standing) -> bool {
    !standing.running && standing.ended && standing.progress.error.is_none()
}

/// Whether it runs, where, and since when.
fn course(standing: &Standing) -> String {
    let place = format!("as process {} on {}", standing.process, standing.host);
    match (standing.running, standing.ended, &standing.progress.error) {
        (true, ..) => format!(
            "running {place} since {}; {}",
            standing.started,
            progress::line(&standing.progress, None)
        ),
        (false, true, None) => format!("ran {place}, {} to {}", standing.started, standing.seen),
        (false, true, Some(error)) => format!("stopped at {}: {error}; `tegu run` resumes it", standing.seen),
        (false, false, _) => format!(
            "killed: it ran {place} since {}, and was last heard of at {}; `tegu run` resumes it",
            standing.started, standing.seen
        ),
    }
}

#[derive(Serialize)]
struct Status<'a> {
    #[serde(flatten)]
    summary: Option<Summary<'a>>,
    /// Whether the job is being run, and how far that run has come.
    standing: Option<&'a Standing>,
    /// How many accounts stand where; accounts of which nothing is known are planned.
    stages: BTreeMap<Stage, usize>,
}
