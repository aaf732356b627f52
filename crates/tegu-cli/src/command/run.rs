//! `tegu run`: runs the job, or goes on with it.

use crate::{groups::Detail, job::PartOfJob, listen, progress, read, say, show, signal};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use tegu_migrate::{Config, Error, plan::Plan};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: PartOfJob,
    #[command(flatten)]
    detail: Detail,
    /// Do what a saved plan says, and tell where that could not be done
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Serve a live page, /metrics and /events on this port of the loopback interface, or at this address. Read only, without a
    /// password
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = listen::address)]
    listen: Option<SocketAddr>,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let Arguments {
        job: part,
        detail,
        plan,
        listen,
    } = arguments;
    job(part.config()?, plan.as_deref(), listen, detail, json).await
}

/// Runs a job and tells of it.
pub(super) async fn job(
    config: Config,
    plan: Option<&Path>,
    listen: Option<SocketAddr>,
    detail: Detail,
    json: bool,
) -> Result<ExitCode, Error> {
    let out = config.base.join(&config.out);
    let name = config.name.clone();
    let mut migration = config.into_migration()?;
    if let Some(path) = plan {
        migration = migration.with_plan(Plan::from_json(&read(path)?)?)?;
    }
    let server = match listen {
        Some(address) => Some(listen::start(address, &name, &migration).await?),
        None => None,
    };
    let progress = tokio::spawn(progress::show(migration.events()));
    let report = migration.run(&signal::token()?).await;
    if server.is_some() {
        // Who listens hears the last event.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            drop((migration, server));
            let _ = progress.await;
            return Err(error);
        }
    };
    drop((migration, server));
    let _ = progress.await;
    if json {
        say::json(&report)?;
    } else {
        let out = out.canonicalize().unwrap_or(out);
        let page = out.join("report.html");
        say!("report: {}", page.display());
        show::letters(&report, &out);
        show::routing(&report);
        show::report(&report, detail);
    }
    Ok(show::status(&report))
}
