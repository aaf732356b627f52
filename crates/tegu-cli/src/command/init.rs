//! `tegu init`: a configuration to begin with.

use crate::say;
use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_migrate::Error;

/// Every key, explained.
const TEMPLATE: &str = tegu_migrate::config::SAMPLE;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file to write; an existing file is left alone
    #[arg(value_name = "CONFIG.toml", default_value = "migrate.toml")]
    config: PathBuf,
}

pub(crate) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let path = &arguments.config;
    write(path).map_err(|error| Error::io("write", path.display(), error))?;
    if json {
        say::json(&serde_json::json!({ "configuration": path }))?;
    } else {
        say!("configuration: {}; edit it, then: tegu plan {0}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(TEMPLATE.as_bytes())
}
