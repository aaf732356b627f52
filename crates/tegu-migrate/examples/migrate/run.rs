//! `migrate run`: runs the job, or goes on with it.

use crate::{
    arguments::{Arguments, Command},
    print_json, progress, read, show,
};
use std::process::ExitCode;
use tegu_migrate::{Config, Error, plan::Plan};

pub(crate) const COMMAND: Command = Command {
    name: "run",
    switches: &["--json"],
    values: &[("--plan", "FILE")],
    about: "runs the job, or goes on with it; with --plan, does what a saved plan says and tells where it could not",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let config = Config::from_file(&arguments.config)?;
    let out = config.base.join(&config.out);
    let mut migration = config.into_migration()?;
    if let Some(path) = arguments.value("--plan") {
        migration = migration.with_plan(Plan::from_json(&read(path)?)?)?;
    }
    let progress = tokio::spawn(progress::show(migration.events()));
    let report = migration.run(&progress::stopped_by_ctrl_c()).await;
    drop(migration);
    let _ = progress.await;
    let report = report?;
    if arguments.has("--json") {
        print_json(&report)?;
    } else {
        let page = out.canonicalize().unwrap_or(out).join("report.html");
        println!("report: {}", page.display());
        show::report(&report);
    }
    Ok(show::status(&report))
}
