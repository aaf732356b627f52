//! `tegu follow`: one pass after the other until Ctrl-C or SIGTERM.

use crate::{groups::Detail, job::PartOfJob, progress, say, show, signal};
use std::{process::ExitCode, time::Duration};
use tegu_migrate::{Error, ErrorKind, Schedule};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: PartOfJob,
    #[command(flatten)]
    detail: Detail,
    /// Seconds from the start of one pass to the start of the next
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    every: u64,
    /// The number of passes to make; without it the passes go on until Ctrl-C or SIGTERM
    #[arg(long, value_name = "COUNT")]
    passes: Option<u64>,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let mut schedule = Schedule::every(Duration::from_secs(arguments.every));
    schedule.passes = arguments.passes;
    let config = arguments.job.config()?;
    let out = config.base.join(&config.out);
    let migration = config.into_migration()?;
    let progress = tokio::spawn(progress::show(migration.events()));
    let cancel = signal::token()?;
    let mut last = ExitCode::SUCCESS;
    let followed = migration
        .follow(schedule, &cancel, |report| {
            last = show::status(report);
            if json {
                let _ = say::json(&report.summary());
            } else {
                say!("pass from {} to {}", report.started, report.finished);
                show::letters(report, &out);
                show::routing(report);
                show::report(report, arguments.detail);
            }
        })
        .await;
    drop(migration);
    let _ = progress.await;
    match followed {
        Err(error) if error.kind() != ErrorKind::Cancelled => Err(error),
        _ => Ok(last),
    }
}
