//! Reads an export of Active Directory, and says what its owner has to correct, as LDIF. Nothing is sent anywhere.
//!
//! `plan_directory export.ldf corp.example > apply.ldif`

use std::{fs::File, io::BufReader, path::Path};
use tegu_ldap::{
    Directory, Profile, Result,
    check::{self, CheckOptions},
    ldif, plan,
};

/// What is wrong, one line each, and the LDIF that corrects what can be corrected.
pub(crate) fn plan(export: &Path, domain: &str) -> Result<(Vec<String>, String), Box<dyn std::error::Error>> {
    let mut reader = ldif::Reader::new(BufReader::new(File::open(export)?), ldif::Limits::default());
    let mut directory = Directory::default();
    // A record that cannot be read costs itself only.
    let unreadable = directory.read_ldif(&mut reader)?;

    let profile = Profile::builtin("tegu").ok_or("this profile comes with the crate")?;
    let options = CheckOptions::new()
        .accepted_domains([domain])?
        .profile(profile.clone());
    let findings = check::run(&directory, &options);
    let plan = plan::plan(&directory, &profile, &findings);

    let told = unreadable.iter().map(ToString::to_string);
    let told = told.chain(findings.iter().map(ToString::to_string));
    Ok((told.collect(), plan.apply_ldif()?))
}

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [export, domain] = arguments.as_slice() else {
        return Err("give an LDIF file and a domain".into());
    };
    let (findings, ldif) = plan(Path::new(export), domain)?;
    for finding in findings {
        eprintln!("{}", tegu_outcome::printable(&finding));
    }
    print!("{ldif}");
    Ok(())
}
