//! `tegu sieve put`: a script onto a server.

use super::connect;
use crate::say;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};
use tegu_migrate::{Error, ErrorKind};
use tegu_outcome::file::read_named;
use tegu_sieve::managesieve::{Activation, ScriptName, Upload, check, upload};

pub(super) const HELP: &str = "The password comes from the environment variable TEGU_PASSWORD, or from the file that TEGU_PASSWORD_FILE names. sieve:// means STARTTLS, and plain text on the loopback
interface. A script of this name is replaced only if `tegu` wrote it and nobody has edited it since. It can be killed at any time
and started again.

Exit status: 0, 3 another script runs, so that this one was not switched on, 2 for wrong arguments, 1 for any other error.

Examples:
  tegu sieve put --url sieve://anna@mail.example.org/ --script anna.sieve --dry-run
  tegu sieve put --url sieve://admin@mail.example.org/ --for anna --script anna.sieve --activate";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The server and who signs in: sieve[s]://user@host[:port]/
    #[arg(long)]
    url: String,
    /// Whose script it is, if somebody else signs in
    #[arg(long = "for", value_name = "USER")]
    for_user: Option<String>,
    /// The script
    #[arg(long, value_name = "FILE")]
    script: PathBuf,
    /// The script's name on the server
    #[arg(long, default_value = "tegu")]
    name: String,
    /// Switch the script on, unless another one runs
    #[arg(long)]
    activate: bool,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Accept any certificate of the server
    #[arg(long)]
    insecure_tls: bool,
}

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let place = match connect::read(
        &arguments.url,
        arguments.for_user.as_deref(),
        arguments.insecure_tls,
    ) {
        Ok(place) => place,
        Err(message) => return Ok(say::wrong(message)),
    };
    let path = &arguments.script;
    let octets = read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
    let text = String::from_utf8(octets).map_err(|_| {
        Error::new(
            ErrorKind::Malformed,
            "is no UTF-8, and a script is (RFC 5228, section 2.1)",
        )
        .context(path.display())
    })?;
    let activation = if arguments.activate {
        Activation::Activate
    } else {
        Activation::Leave
    };
    let script = Upload::new(ScriptName::new(&arguments.name)?, text).activation(activation);
    let mut client = connect::open(place).await?;
    let done = if arguments.dry_run {
        check(&mut client, &script).await?
    } else {
        upload(&mut client, &script).await?
    };
    client.logout().await?;
    if json {
        say::json_line(&json!({
            "script": arguments.name,
            "state": done.state.name(),
            "active": done.active,
            "warnings": done.warnings,
            "findings": done.findings,
            "dry_run": arguments.dry_run,
        }))?;
    } else {
        let verb = if arguments.dry_run { "would be" } else { "is" };
        say!("{} {verb} {}", arguments.name, done.state);
        for finding in &done.findings {
            say!("{finding}");
        }
        if let Some(warnings) = &done.warnings {
            say!("the server warns: {warnings}");
        }
    }
    let runs = done.active.as_deref() == Some(arguments.name.as_str());
    Ok(ExitCode::from(if arguments.activate && !runs { 3 } else { 0 }))
}
