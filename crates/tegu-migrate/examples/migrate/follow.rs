//! `migrate follow`: one pass after the other until Ctrl-C.

use crate::{
    arguments::{Arguments, Command},
    print_json, progress, show,
};
use std::{process::ExitCode, time::Duration};
use tegu_migrate::{Config, Error, ErrorKind, Event, Events, Schedule, printable};

pub(crate) const COMMAND: Command = Command {
    name: "follow",
    switches: &["--json"],
    values: &[("--every", "SECONDS"), ("--passes", "COUNT"), ("--wave", "NAME")],
    about: "makes one pass after the other (every 900 seconds unless told otherwise) until Ctrl-C or the cut-over",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut schedule = Schedule::every(Duration::from_secs(number(arguments, "--every")?.unwrap_or(900)));
    schedule.passes = number(arguments, "--passes")?;
    let mut config = Config::from_file(&arguments.config)?;
    if let Some(wave) = arguments.value("--wave") {
        config = config.only_wave(&wave.to_string_lossy())?;
    }
    let out = config.base.join(&config.out);
    let migration = config.into_migration()?;
    let failures = tokio::spawn(show_failures(migration.events()));
    let cancel = progress::stopped_by_ctrl_c();
    let json = arguments.has("--json");
    let mut last = ExitCode::SUCCESS;
    let followed = migration
        .follow(schedule, &cancel, |report| {
            last = show::status(report);
            if json {
                let _ = print_json(&report.summary());
            } else {
                println!("pass from {} to {}", report.started, report.finished);
                show::letters(report, &out);
                show::routing(report);
                show::report(report);
            }
        })
        .await;
    drop(migration);
    let _ = failures.await;
    match followed {
        Err(error) if error.kind() != ErrorKind::Cancelled => Err(error),
        _ => Ok(last),
    }
}

fn number(arguments: &Arguments, name: &str) -> Result<Option<u64>, Error> {
    let Some(value) = arguments.value(name) else {
        return Ok(None);
    };
    let wrong = || {
        Error::new(
            ErrorKind::Config,
            format!("{name} wants a number, not {}", value.display()),
        )
    };
    value
        .to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(wrong)
        .map(Some)
}

async fn show_failures(mut events: Events) {
    while let Some(event) = events.next().await {
        if let Event::PassFailed { error } = event {
            eprintln!(
                "a pass failed, the next one is made when it is due: {}",
                printable(&error)
            );
        }
    }
}
