//! A hundred objects, each with one thing wrong, and what is found and planned. `TEGU_BLESS=1` writes the expected files anew;
//! look at the difference before it is committed.

use std::fmt::Write as _;
use std::path::PathBuf;

use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::{Directory, Plan, Profile, Recipient, ldif, plan};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_default()
}

fn directory() -> Directory {
    let text = read("nasty.ldif");
    Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
}

fn options() -> CheckOptions {
    CheckOptions::new()
        .accepted_domains(["corp.example", "почта.рф"])
        .unwrap()
}

fn planned(directory: &Directory, profile: &str) -> Plan {
    let profile = Profile::builtin(profile).unwrap();
    let findings = check::run(directory, &options().profile(profile.clone()));
    plan::plan(directory, &profile, &findings)
}

fn same_as_file(name: &str, text: &str) {
    if std::env::var_os("TEGU_BLESS").is_some() {
        std::fs::write(path(name), text).unwrap();
    }
    for (number, (now, before)) in text.lines().zip(read(name).lines()).enumerate() {
        assert_eq!(now, before, "{name}, line {}", number + 1);
    }
    assert_eq!(text.lines().count(), read(name).lines().count(), "{name}");
}

#[test]
fn what_is_found() {
    let directory = directory();
    let mut out = String::new();
    for finding in check::run(&directory, &options()) {
        let proposal = finding.proposal().unwrap_or("-");
        writeln!(out, "{:?} {} => {proposal:?}", finding.severity(), finding).unwrap();
    }
    same_as_file("nasty.findings.txt", &out);
}

#[test]
fn what_is_planned() {
    let directory = directory();
    for profile in ["samba", "openldap", "389ds"] {
        let plan = planned(&directory, profile);
        let mut out = String::new();
        for change in plan.changes() {
            writeln!(out, "{}", tegu_outcome::printable(change.dn().as_str())).unwrap();
            for step in change.steps() {
                writeln!(
                    out,
                    "  {} {}: {:?}",
                    step.op().as_str(),
                    step.attribute(),
                    step.value()
                )
                .unwrap();
            }
        }
        for held in plan.held_back() {
            writeln!(
                out,
                "held back: {} {} {:?} {}",
                held.dn(),
                held.attribute(),
                held.value(),
                held.code()
            )
            .unwrap();
        }
        same_as_file(&format!("nasty.{profile}.txt"), &out);
    }
}

/// What the plan writes, a directory has: the values are read again, and no plan adds what cannot be seen.
#[test]
fn no_profile_writes_what_cannot_be_seen() {
    let directory = directory();
    for profile in Profile::builtin_names() {
        let plan = planned(&directory, profile);
        let added = plan.changes().iter().flat_map(|c| c.steps());
        let added = added.filter(|s| s.op() == ldif::ModificationOp::Add);
        for step in added {
            let unseen = |c: char| {
                c.is_whitespace() || c.is_control() || tegu_outcome::is_hidden(c) || c == '\u{200b}'
            };
            assert!(!step.value().contains(unseen), "{profile}: {:?}", step.value());
        }
        // Comments and names with NULs do not swallow a record.
        for text in [plan.apply_ldif().unwrap(), plan.undo_ldif().unwrap()] {
            assert!(!text.contains(['\0', '\r']));
            let records = ldif::Reader::new(text.as_bytes(), ldif::Limits::default()).collect::<Vec<_>>();
            assert!(records.iter().all(Result::is_ok));
            assert_eq!(records.len(), plan.changes().len(), "{profile}");
            for line in text.lines().filter(|line| line.starts_with('#')) {
                assert!(line.starts_with("# "), "{line}");
            }
        }
    }
}

/// Every object has a finding or is one of those that are as they should be.
#[test]
fn nothing_is_missed() {
    let directory = directory();
    let findings = check::run(&directory, &options());
    let quiet: Vec<_> = directory
        .recipients()
        .filter(|r| !findings.iter().any(|f| f.id() == r.id()))
        .filter_map(Recipient::display_name)
        .collect();
    assert_eq!(
        quiet,
        [
            "Домен по-русски",
            "Адрес по-русски",
            "Только псевдоним",
            "То же имя входа",
            "Список петли",
            "Все",
            "Контакт снаружи"
        ]
    );
}
