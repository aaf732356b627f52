//! `tegu demo`: the sample organisation, made and moved.

use super::run;
use crate::{groups::Detail, sample};
use std::{path::PathBuf, process::ExitCode};
use tegu_migrate::{Config, Error};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder for the organisation and the bundle
    #[arg(long, value_name = "DIR", default_value = "tegu-demo")]
    out: PathBuf,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let organisation = arguments.out.join("organisation");
    sample::write(&organisation)
        .map_err(|error| Error::io("write the sample organisation to", organisation.display(), error))?;
    if !json {
        say!("sample organisation: {}", organisation.display());
    }
    run::job(
        Config::from_file(organisation.join("migrate.toml"))?,
        None,
        None,
        Detail { all: false },
        json,
    )
    .await
}
