//! Says whose an address is, in whatever form it is given: SMTP, X.500, a login, a security identifier.
//!
//! `find_owner export.ldf ann@corp.example`

use std::{fs::File, io::BufReader, path::Path};
use tegu_ldap::{
    Directory, ldif,
    lookup::{Found, Index},
};

/// The names of all that have the address: one, unless the directory contradicts itself.
pub(crate) fn owners(directory: &Directory, address: &str) -> Vec<String> {
    let index = Index::of(directory);
    let owners = match index.lookup(address) {
        Found::One(owner) => vec![owner],
        Found::Several(owners) => owners,
        _ => Vec::new(),
    };
    let name = |owner: tegu_ldap::Recipient<'_>| format!("{} {}", owner.kind(), owner.dn());
    owners.into_iter().map(name).collect()
}

pub(crate) fn read(export: &Path) -> Result<Directory, Box<dyn std::error::Error>> {
    let file = BufReader::new(File::open(export)?);
    let entries = ldif::read_entries(file, &ldif::Limits::default())?;
    Ok(Directory::from_entries(entries))
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [export, address] = arguments.as_slice() else {
        return Err("give an LDIF file and an address".into());
    };
    for owner in owners(&read(Path::new(export))?, address) {
        println!("{}", tegu_outcome::printable(&owner));
    }
    Ok(())
}
