//! `tegu work`: takes part in a run that was begun elsewhere.

use crate::{job::PartOfJob, progress, say, signal};
use std::process::ExitCode;
use tegu_migrate::{Error, Worked};

/// The exit status when no run has begun a pass yet.
const NOT_BEGUN: u8 = 5;

pub(crate) async fn main(job: PartOfJob, json: bool) -> Result<ExitCode, Error> {
    let migration = job.config()?.into_migration()?;
    let progress = tokio::spawn(progress::show(migration.events()));
    let worked = migration.work(&signal::token()?).await;
    drop(migration);
    let _ = progress.await;
    let begun = worked? == Worked::Through;
    if json {
        let pass = if begun { "finished" } else { "not begun" };
        say::json(&serde_json::json!({"pass": pass}))?;
    }
    if begun {
        return Ok(ExitCode::SUCCESS);
    }
    note!("nothing to do: no run has begun yet; start `tegu run` first, then this again");
    Ok(ExitCode::from(NOT_BEGUN))
}
