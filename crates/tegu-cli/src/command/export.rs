//! `tegu export`: the journal as JSON Lines.

use crate::job::Job;
use std::{
    io::{BufWriter, Write},
    process::ExitCode,
};
use tegu_migrate::{Error, ledger};

pub(crate) async fn main(job: Job) -> Result<ExitCode, Error> {
    let migration = job.config()?.into_migration()?;
    let journal = migration.journal().await?;
    let mut out = BufWriter::new(std::io::stdout());
    ledger::export(journal.as_ref(), &mut out).await?;
    out.flush()
        .map_err(|error| Error::io("write", "the export", error))?;
    Ok(ExitCode::SUCCESS)
}
