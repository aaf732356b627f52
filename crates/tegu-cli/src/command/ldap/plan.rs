//! `tegu ldap plan`: what the owner of a directory has to correct, as LDIF and JSON.

use super::{
    arguments::Arguments,
    read,
    summary::{Line, Summary},
};
use crate::{place, say};
use serde::Serialize;
use std::{path::Path, process::ExitCode};
use tegu_ldap::{
    Profile,
    check::{self, CheckOptions, Severity},
    gal, plan,
};
use tegu_migrate::{Error, Result};
use tegu_outcome::file;

pub(super) const HELP: &str = "Writes accounts.json, findings.json, apply.ldif, undo.ldif and gal.json, readable by nobody else. Nothing is written to the
directory. The password comes from the environment variable TEGU_LDAP_PASSWORD, or from the file that
TEGU_LDAP_PASSWORD_FILE names. ldap:// means StartTLS; --plain turns TLS off.

Exit status:
  0  all is well, or the plan mends it
  1  an error
  2  wrong arguments
  3  a person has to decide something
  4  records of the file could not be read

Examples:
  tegu ldap plan --ldif export.ldf --profile openldap --domains corp.example --out plan
  tegu ldap plan --url ldaps://dc1.corp.example --bind-dn 'CN=reader,DC=corp,DC=example' --base DC=corp,DC=example \\
      --profile tegu --domains corp.example --out plan";

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    if let Some(url) = &arguments.server.url
        && let Err(message) = place::no_password(url, read::PASSWORD)
    {
        return Ok(say::wrong(message));
    }
    let profile = profile(&arguments.profile)?;
    let options = CheckOptions::new()
        .accepted_domains(arguments.domains.iter().map(String::as_str))?
        .profile(profile.clone());
    let (directory, unreadable) = read::directory(arguments).await?;
    let findings = check::run(&directory, &options);
    let plan = plan::plan(&directory, &profile, &findings);
    let list = gal::address_list(&directory);
    let (coverage, doubts) = gal::survey(&directory, &list, &gal::GalLimits::default());

    let out = &arguments.out;
    file::create_dir(out).map_err(|error| Error::io("create", out.display(), error))?;
    write_json(out, "accounts.json", &directory)?;
    write_json(
        out,
        "findings.json",
        &findings.iter().map(Line::of).collect::<Vec<_>>(),
    )?;
    write_json(out, "gal.json", &list)?;
    write(out, "apply.ldif", &plan.apply_ldif()?)?;
    write(out, "undo.ldif", &plan.undo_ldif()?)?;

    let open = findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Lossy)
        .count();
    let mut summary = Summary::of(&directory, findings.len(), open, &plan);
    summary.unreadable = unreadable.len();
    summary.address_list = coverage;
    summary.address_list_doubts = doubts.len();
    for error in &unreadable {
        note!("error: {error}");
    }
    if json {
        say::json_line(&summary)?;
    } else {
        for finding in &findings {
            say::line(finding);
        }
        for line in summary.to_string().lines() {
            say::line(line);
        }
    }
    Ok(ExitCode::from(if !unreadable.is_empty() {
        4
    } else if open > 0 || !plan.held_back().is_empty() {
        3
    } else {
        0
    }))
}

fn profile(name: &str) -> Result<Profile> {
    if let Some(profile) = Profile::builtin(name) {
        return Ok(profile);
    }
    let known = Profile::builtin_names().collect::<Vec<_>>().join(", ");
    let wrong = |why: &dyn std::fmt::Display| {
        Error::config(format!(
            "the profile `{name}` is not one of {known}, and cannot be read as a file: {why}"
        ))
    };
    let text = file::read_named(Path::new(name)).map_err(|error| wrong(&error))?;
    Profile::from_toml(&String::from_utf8(text).map_err(|error| wrong(&error))?)
}

fn write_json(out: &Path, name: &str, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::io("write", name, error.into()))?;
    write(out, name, &text)
}

fn write(out: &Path, name: &str, text: &str) -> Result<()> {
    file::write(&out.join(name), |out| out.write_all(text.as_bytes()))
}
