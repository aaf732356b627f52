//! `tegu completions`: what a shell completes after `tegu`.

use crate::say;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::process::ExitCode;
use tegu_migrate::Error;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut crate::Arguments::command(),
        "tegu",
        &mut script,
    );
    let script = String::from_utf8_lossy(&script);
    if json {
        say::json(&serde_json::json!({ "shell": arguments.shell.to_string(), "script": script }))?;
    } else {
        for line in script.lines() {
            // Scripts indent with tabs, which a terminal shows.
            say::line(line.replace('\t', "    "));
        }
    }
    Ok(ExitCode::SUCCESS)
}
