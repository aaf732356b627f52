//! `tegu work`: takes part in a run that was begun elsewhere.

use crate::{job::Job, print_json, signal};
use std::process::ExitCode;
use tegu_migrate::Error;

pub(crate) async fn main(job: Job, json: bool) -> Result<ExitCode, Error> {
    let migration = job.config()?.into_migration()?;
    migration.work(&signal::token()).await?;
    if json {
        print_json(&serde_json::json!({"pass": "finished"}))?;
    }
    Ok(ExitCode::SUCCESS)
}
