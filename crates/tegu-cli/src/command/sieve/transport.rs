//! `tegu sieve transport`: proposals for transport rules.

use crate::say;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};
use tegu_migrate::Error;
use tegu_outcome::file;
use tegu_sieve::{
    read::{Encoding, Limits},
    translate::Verdict,
    transport::{propose, transport_rules},
};

pub(super) const HELP: &str = "The export is what Get-TransportRule returns, by Export-Clixml (best), ConvertTo-Json or Export-Csv. For each rule three targets say what they could
do instead: a Sieve script before those of the users, maps of Postfix, and Rspamd. Nothing is applied: read the files, and put to use what you
want. The codes are in the documentation of `tegu_sieve::transport`.

Exit status: 0 every rule has an exact proposal for one target at least, 3 a rule has none, 2 for wrong arguments, 1 for any other error.

Example:
  tegu sieve transport --rules transport.xml --domain example.org --to proposals";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The rules: what Get-TransportRule returned
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// A mail domain of the organisation; may be given several times
    #[arg(long, value_name = "DOMAIN", required = true)]
    domain: Vec<String>,
    /// The encoding of an export that is not in Unicode, such as windows-1251
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The folder for the proposals
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

pub(super) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let encoding = match arguments.encoding.as_deref().map(Encoding::named).transpose() {
        Ok(encoding) => encoding.unwrap_or_default(),
        Err(error) => return Ok(say::wrong(error)),
    };
    let path = &arguments.rules;
    let octets = file::read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
    let rules = transport_rules(&octets, encoding, &Limits::default())
        .map_err(|error| error.context(path.display()))?;
    let proposed = propose(&rules, &arguments.domain);
    for (name, text) in &proposed.files {
        file::write(&arguments.to.join(name), |out| out.write_all(text.as_bytes()))?;
    }
    let table = proposed.table();
    file::write(&arguments.to.join("proposals.csv"), |out| {
        out.write_all(table.as_bytes())
    })?;
    let mut left = false;
    for row in proposed.proposals.chunk_by(|one, other| one.rule == other.rule) {
        left |= !row.iter().any(|one| one.verdict == Verdict::Exact);
        for one in row {
            if json {
                say::json_line(&json!(one))?;
                continue;
            }
            let verdict = match one.verdict {
                Verdict::Exact => "exact",
                Verdict::Lossy => "lossy",
                _ => "manual",
            };
            say!("{:7} {verdict:6} [{}]", one.target.to_string(), one.rule);
            for finding in &one.findings {
                say!("         {finding}");
            }
        }
    }
    Ok(ExitCode::from(if left { 3 } else { 0 }))
}
