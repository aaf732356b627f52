//! `tegu plan`: says what a run would do, and changes nothing.

use crate::{groups::Detail, job::PartOfJob, progress, read, say, show, signal};
use std::{path::PathBuf, process::ExitCode};
use tegu_migrate::{
    Config, Error, Report,
    plan::{Depth, Plan, PlanOptions, Rates},
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: PartOfJob,
    #[command(flatten)]
    detail: Detail,
    /// Keep the plan in a file, for `--compare` and `tegu run --plan`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Tell what has changed since a plan that was kept
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Look into every message, not only at the listings
    #[arg(long)]
    read: bool,
    /// List each item
    #[arg(long)]
    items: bool,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let config = arguments.job.config()?;
    let depth = if arguments.read {
        Depth::Content
    } else {
        Depth::Listing
    };
    let options = PlanOptions::default()
        .rates(rates(&config))
        .depth(depth)
        .items(arguments.items);
    let earlier = match &arguments.compare {
        Some(path) => Some(Plan::from_json(&read(path)?)?),
        None => None,
    };
    let migration = config.into_migration()?;
    let progress = tokio::spawn(progress::show(migration.events()));
    let plan = migration.plan(&options, &signal::token()?).await;
    drop(migration);
    let _ = progress.await;
    let plan = plan?;
    if let Some(path) = &arguments.save {
        let plan = plan.to_json()?;
        tegu_outcome::file::write(path, |file| file.write_all(plan.as_ref()))?;
    }
    let changes = earlier.map(|earlier| plan.changes_since(&earlier));
    match (&changes, json) {
        (Some(changes), true) => say::json(changes)?,
        (None, true) => say::json(&plan)?,
        (Some(changes), false) => show::changes(changes, arguments.detail),
        (None, false) => show::plan(&plan, arguments.detail),
    }
    let manual = plan.entities.iter().any(|row| row.amounts.manual.items > 0);
    Ok(match (plan.complete, manual) {
        (true, false) => ExitCode::SUCCESS,
        (true, true) => ExitCode::from(3),
        (false, _) => ExitCode::from(4),
    })
}

/// What the operator states goes before what an earlier run measured.
fn rates(config: &Config) -> Rates {
    let stated = config.rates.items_per_second.is_some() || config.rates.bytes_per_second.is_some();
    let earlier = Report::read_from(&config.base.join(&config.out)).ok().flatten();
    match earlier.as_ref().and_then(Rates::measured) {
        Some(measured) if !stated => measured,
        _ => config.rates,
    }
}
