//! `tegu run`: runs the job, or goes on with it.

use crate::{job::PartOfJob, progress, read, say, show, signal};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_migrate::{Config, Error, plan::Plan};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: PartOfJob,
    /// Do what a saved plan says, and tell where that could not be done
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    job(arguments.job.config()?, arguments.plan.as_deref(), json).await
}

/// Runs a job and tells of it.
pub(super) async fn job(config: Config, plan: Option<&Path>, json: bool) -> Result<ExitCode, Error> {
    let out = config.base.join(&config.out);
    let mut migration = config.into_migration()?;
    if let Some(path) = plan {
        migration = migration.with_plan(Plan::from_json(&read(path)?)?)?;
    }
    let progress = tokio::spawn(progress::show(migration.events()));
    let report = migration.run(&signal::token()).await;
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            drop(migration);
            let _ = progress.await;
            return Err(error);
        }
    };
    drop(migration);
    let _ = progress.await;
    if json {
        say::json(&report)?;
    } else {
        let out = out.canonicalize().unwrap_or(out);
        let page = out.join("report.html");
        say!("report: {}", page.display());
        show::letters(&report, &out);
        show::routing(&report);
        show::report(&report);
    }
    Ok(show::status(&report))
}
