//! Which job a command is about.

use crate::groups::Detail;
use std::path::PathBuf;
use tegu_migrate::{Config, Error};

/// A job.
#[derive(clap::Args)]
pub(crate) struct Job {
    /// The configuration of the job; `tegu init` writes one that explains every key
    #[arg(value_name = "CONFIG.toml")]
    config: PathBuf,
}

/// A job, and how much is told of it.
#[derive(clap::Args)]
pub(crate) struct JobInDetail {
    #[command(flatten)]
    pub(crate) job: Job,
    #[command(flatten)]
    pub(crate) detail: Detail,
}

impl Job {
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let path = &self.config;
        if !path.exists() {
            let name = path.display();
            return Err(Error::config(format_args!(
                "no command or configuration file named {name}; see `tegu --help`, or write one with `tegu init {name}`"
            )));
        }
        Config::from_file(path)
    }
}

/// A job, or the accounts of one wave.
#[derive(clap::Args)]
pub(crate) struct PartOfJob {
    #[command(flatten)]
    job: Job,
    /// Only the accounts of this wave
    #[arg(long, value_name = "NAME")]
    wave: Option<String>,
}

impl PartOfJob {
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let config = self.job.config()?;
        match &self.wave {
            Some(wave) => config.only_wave(wave),
            None => Ok(config),
        }
    }
}
