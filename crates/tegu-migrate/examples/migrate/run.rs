//! `migrate run`: runs the job, or goes on with it.

use crate::{
    arguments::{Arguments, Command},
    print_json, progress, read, show,
};
use std::{path::Path, process::ExitCode};
use tegu_migrate::{Config, Error, Migration, Report, letter::LettersConfig, plan::Plan, routing::Stages};

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
    let (letters, waves) = (config.letters.clone(), !config.waves.is_empty());
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
    if waves {
        let mut stages = Stages::read_from(&out)?;
        for account in &report.accounts {
            stages.note_pass(&account.account, report.complete && account.is_complete());
        }
        stages.write_to(&out)?;
    }
    let delivered = match &letters {
        Some(letters) => tell_owners(letters, &migration, &report, &out).await?,
        None => String::new(),
    };
    drop(migration);
    let _ = progress.await;
    if arguments.has("--json") {
        print_json(&report)?;
    } else {
        let page = out.canonicalize().unwrap_or(out).join("report.html");
        println!("report: {}", page.display());
        print!("{delivered}");
        show::report(&report);
    }
    Ok(show::status(&report))
}

/// Writes the letters, and delivers them where the configuration says so.
async fn tell_owners(
    config: &LettersConfig,
    migration: &Migration,
    report: &Report,
    out: &Path,
) -> Result<String, Error> {
    let letters = config.letters();
    let written = letters.write_to(report, out)?;
    if !config.deliver {
        return Ok(format!(
            "letters: {written} in {}\n",
            out.join("letters").display()
        ));
    }
    let delivered = migration
        .deliver_letters(&letters, report, &progress::stopped_by_ctrl_c())
        .await?;
    let mut said = format!(
        "letters delivered: {}, there already: {}\n",
        delivered.delivered, delivered.present
    );
    for (account, problem) in &delivered.failed {
        said.push_str(&format!(
            "letter to {}: {}\n",
            show::line(account),
            show::line(&problem.error)
        ));
    }
    Ok(said)
}
