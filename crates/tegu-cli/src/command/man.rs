//! `tegu man`: pages of the manual, one for each command.

use crate::say;
use clap::CommandFactory as _;
use std::{path::PathBuf, process::ExitCode};
use tegu_migrate::Error;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory to write into, such as /usr/local/share/man/man1
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[allow(clippy::disallowed_methods, reason = "a manual, for everybody to read")]
pub(crate) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let out = &arguments.out;
    std::fs::create_dir_all(out).map_err(|error| Error::io("create", out.display(), error))?;
    let failed = |error| Error::io("write", out.display(), error);
    // Everybody may read a manual.
    clap_mangen::generate_to(crate::Arguments::command(), out).map_err(failed)?;
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(out).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.starts_with("tegu") && name.ends_with(".1") {
            pages.push(name);
        }
    }
    pages.sort();
    if json {
        say::json(&serde_json::json!({ "pages": pages }))?;
    } else {
        say!("{} pages in {}", pages.len(), out.display());
    }
    Ok(ExitCode::SUCCESS)
}
