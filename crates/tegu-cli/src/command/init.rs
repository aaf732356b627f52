//! `tegu init`: a configuration to begin with.

use crate::say;
use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_migrate::{Error, config};
use tegu_outcome::file;

/// Every key, explained.
const TEMPLATE: &str = config::SAMPLE;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file to write; an existing file is left alone
    #[arg(value_name = "CONFIG.toml", default_value = "migrate.toml")]
    config: PathBuf,
    /// Also write the JSON schema by which editors complete and check the configuration
    #[arg(long, value_name = "FILE.json")]
    schema: Option<PathBuf>,
}

pub(crate) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let path = &arguments.config;
    let mut text = TEMPLATE.to_owned();
    if let Some(schema) = &arguments.schema {
        text.insert_str(0, &format!("#:schema {}\n\n", named(schema, path)?));
        write(schema, config::SCHEMA)?;
    }
    write(path, &text)?;
    if json {
        say::json(&serde_json::json!({ "configuration": path, "schema": arguments.schema }))?;
    } else {
        say!("configuration: {}; edit it, then: tegu plan {0}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The schema as an editor finds it from where the configuration is.
fn named(schema: &Path, configuration: &Path) -> Result<String, Error> {
    match schema.file_name() {
        Some(name) if schema.parent() == configuration.parent() => Ok(format!("./{}", name.display())),
        _ => {
            let place = std::path::absolute(schema);
            let place = place.map_err(|error| Error::io("find", schema.display(), error))?;
            Ok(place.display().to_string())
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let file = file::open_private(path, OpenOptions::new().write(true).create_new(true));
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Error::io("write", path.display(), error))
}
