//! `migrate work`: takes part in a run that was begun elsewhere.

use crate::{
    arguments::{Arguments, Command},
    progress,
};
use std::process::ExitCode;
use tegu_migrate::{Config, Error};

pub(crate) const COMMAND: Command = Command {
    name: "work",
    switches: &[],
    values: &[],
    about: "takes part in a run that was begun elsewhere and shares its journal; makes no report",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let migration = Config::from_file(&arguments.config)?.into_migration()?;
    migration.work(&progress::stopped_by_ctrl_c()).await?;
    Ok(ExitCode::SUCCESS)
}
