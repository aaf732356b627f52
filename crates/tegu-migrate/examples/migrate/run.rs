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
    values: &[("--plan", "FILE"), ("--wave", "NAME")],
    about: "runs the job, or goes on with it; with --plan, does what a saved plan says and tells where it could not",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut config = Config::from_file(&arguments.config)?;
    if let Some(wave) = arguments.value("--wave") {
        config = config.only_wave(&wave.to_string_lossy())?;
    }
    let out = config.base.join(&config.out);
    let mut migration = config.into_migration()?;
    if let Some(path) = arguments.value("--plan") {
        migration = migration.with_plan(Plan::from_json(&read(path)?)?)?;
    }
    let progress = tokio::spawn(progress::show(migration.events()));
    let report = migration.run(&progress::stopped_by_ctrl_c()).await;
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
    if arguments.has("--json") {
        print_json(&report)?;
    } else {
        let out = out.canonicalize().unwrap_or(out);
        let page = out.join("report.html");
        println!("report: {}", page.display());
        show::letters(&report, &out);
        show::routing(&report);
        show::report(&report);
    }
    Ok(show::status(&report))
}
