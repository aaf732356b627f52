//! `migrate export`: the journal as JSON Lines.

use crate::arguments::{Arguments, Command};
use std::{
    io::{BufWriter, Write},
    process::ExitCode,
};
use tegu_migrate::{Config, Error, ErrorKind, ledger};

pub(crate) const COMMAND: Command = Command {
    name: "export",
    switches: &[],
    values: &[],
    about: "writes what the journal holds, an object a line",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let migration = Config::from_file(&arguments.config)?.into_migration()?;
    let journal = migration.journal().await?;
    let mut out = BufWriter::new(std::io::stdout());
    ledger::export(journal.as_ref(), &mut out).await?;
    out.flush()
        .map_err(|error| Error::new(ErrorKind::Io, format!("writing the export: {error}")))?;
    Ok(ExitCode::SUCCESS)
}
