//! `migrate plan`: says what a run would do, and changes nothing.

use crate::{
    arguments::{Arguments, Command},
    print_json, progress, read, show,
};
use std::process::ExitCode;
use tegu_migrate::{
    Config, Error, ErrorKind, Report,
    plan::{Depth, Plan, PlanOptions, Rates},
};

pub(crate) const COMMAND: Command = Command {
    name: "plan",
    switches: &["--json", "--read", "--items"],
    values: &[("--save", "FILE"), ("--compare", "FILE"), ("--wave", "NAME")],
    about: "says what a run would do; --save keeps the plan, --compare tells what has changed since a kept one; --read looks into every message, --items lists each item",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut config = Config::from_file(&arguments.config)?;
    if let Some(wave) = arguments.value("--wave") {
        config = config.only_wave(&wave.to_string_lossy())?;
    }
    let depth = if arguments.has("--read") {
        Depth::Content
    } else {
        Depth::Listing
    };
    let options = PlanOptions::default()
        .rates(rates(&config))
        .depth(depth)
        .items(arguments.has("--items"));
    let earlier = match arguments.value("--compare") {
        Some(path) => Some(Plan::from_json(&read(path)?)?),
        None => None,
    };
    let migration = config.into_migration()?;
    let progress = tokio::spawn(progress::show(migration.events()));
    let plan = migration.plan(&options, &progress::stopped_by_ctrl_c()).await;
    drop(migration);
    let _ = progress.await;
    let plan = plan?;
    if let Some(path) = arguments.value("--save") {
        std::fs::write(path, plan.to_json()?)
            .map_err(|error| Error::new(ErrorKind::Io, format!("writing {}: {error}", path.display())))?;
    }
    let changes = earlier.map(|earlier| plan.changes_since(&earlier));
    match (&changes, arguments.has("--json")) {
        (Some(changes), true) => print_json(changes)?,
        (None, true) => print_json(&plan)?,
        (Some(changes), false) => show::changes(changes),
        (None, false) => show::plan(&plan),
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
