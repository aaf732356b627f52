//! `tegu ldap who`: whose an address is.

use crate::say;
use serde_json::{Value, json};
use std::{io::BufReader, path::PathBuf, process::ExitCode};
use tegu_ldap::{
    Directory, Recipient,
    lookup::{Found, Index},
};
use tegu_migrate::Error;

pub(super) const HELP: &str = "An address may have any form: ann@example.org, smtp:..., an X.500 name, IMCEAEX-..., a login, DOMAIN\\name, a security identifier, a
GUID. Exit status: 0 every address has one owner, 3 one has none or several, 2 wrong arguments, 1 any other error.

Example:
  tegu ldap who --accounts plan/accounts.json 'IMCEAEX-_O=CORP_CN=RECIPIENTS_CN=ANN@corp.example'";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The accounts that `tegu ldap plan` wrote
    #[arg(long, value_name = "FILE")]
    accounts: PathBuf,
    /// The addresses to look up
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
}

pub(super) fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let path = &arguments.accounts;
    let file =
        tegu_outcome::file::open_regular(path).map_err(|error| Error::io("read", path.display(), error))?;
    let directory: Directory = serde_json::from_reader(BufReader::new(file))
        .map_err(|error| Error::io("read", path.display(), error.into()))?;
    let index = Index::of(&directory);
    let mut all = true;
    for address in &arguments.addresses {
        let owners = match index.lookup(address) {
            Found::One(who) => vec![who],
            Found::Several(several) => several,
            _ => Vec::new(),
        };
        all &= owners.len() == 1;
        if json {
            let owners: Vec<Value> = owners.iter().map(|who| as_json(*who)).collect();
            say::json_line(&json!({ "asked": address, "owners": owners }))?;
        } else if owners.is_empty() {
            say!("{address}: nobody");
        }
        for who in owners.iter().filter(|_| !json) {
            let name = who.display_name().unwrap_or("-");
            let known_as = who.address().map_or("-", |a| a.as_str());
            say!("{address}: {} {name} <{known_as}> {}", who.kind(), who.dn());
        }
    }
    Ok(ExitCode::from(if all { 0 } else { 3 }))
}

fn as_json(who: Recipient<'_>) -> Value {
    json!({
        "kind": who.kind(),
        "id": who.id(),
        "dn": who.dn().as_str(),
        "name": who.display_name(),
        "address": who.address().map(|a| a.as_str()),
    })
}
