//! Finds who has an address.
//!
//! `address_who --accounts accounts.json [--json] ADDRESS...`
//!
//! `accounts.json` is what `directory_plan` writes. An address may have any form: `ann@example.org`, `smtp:...`, an X.500
//! name, `IMCEAEX-...`, a login, `DOMAIN\name`, a security identifier, a GUID. Exit status: 0 every address has one owner,
//! 3 one has none or several, 2 bad arguments, 1 anything else.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

use serde_json::{Value, json};
use tegu_ldap::lookup::{Found, Index};
use tegu_ldap::{Directory, Recipient};

const USAGE: &str = "address_who --accounts accounts.json [--json] ADDRESS...";

struct Arguments {
    accounts: String,
    json: bool,
    addresses: Vec<String>,
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let (mut accounts, mut json, mut addresses) = (None, false, Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--accounts" if accounts.is_none() => accounts = Some(words.next()?),
            "--json" => json = true,
            "--" => addresses.extend(words.by_ref()),
            word if word.starts_with("--") => return None,
            _ => addresses.push(word),
        }
    }
    let accounts = accounts.filter(|_| !addresses.is_empty())?;
    Some(Arguments {
        accounts,
        json,
        addresses,
    })
}

fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            let text = format!("address_who: {}: {error}", arguments.accounts);
            eprintln!("{}", tegu_outcome::printable(&text));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every address has one owner.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    let file = BufReader::new(File::open(&arguments.accounts)?);
    let directory: Directory = serde_json::from_reader(file)?;
    let index = Index::of(&directory);
    let mut all = true;
    for address in &arguments.addresses {
        let owners = match index.lookup(address) {
            Found::One(who) => vec![who],
            Found::Several(several) => several,
            _ => Vec::new(),
        };
        all &= owners.len() == 1;
        if arguments.json {
            let owners: Vec<Value> = owners.iter().map(|who| as_json(*who)).collect();
            println!("{}", json!({ "asked": address, "owners": owners }));
        } else if owners.is_empty() {
            say(&format!("{address}: nobody"));
        }
        for who in owners.iter().filter(|_| !arguments.json) {
            let name = who.display_name().unwrap_or("-");
            let known_as = who.address().map_or("-", |a| a.as_str());
            say(&format!(
                "{address}: {} {name} <{known_as}> {}",
                who.kind(),
                who.dn()
            ));
        }
    }
    Ok(all)
}

/// Names come from outside: what a terminal would obey is left out.
fn say(line: &str) {
    println!("{}", tegu_outcome::printable(line));
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
