//! `migrate wave`: who moves when, where everybody stands, and the routing sheets.

use crate::{
    arguments::{Arguments, Command},
    print_json, show,
};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path, process::ExitCode};
use tegu_migrate::{
    Config, Error, ErrorKind, Finding,
    routing::{Assignment, Proof, Servers, Sheets, Stage, Stages, assign, prove, sharing},
    sources::DirectoryData,
};

pub(crate) const COMMAND: Command = Command {
    name: "wave",
    switches: &["--json"],
    values: &[("--wave", "NAME"), ("--to", "STAGE")],
    about: "says who moves when; with --wave and --to, takes a wave to planned, copying, following, cut-over, done or rolled-back, and writes \
            its routing sheets",
};

/// Whoever has rights on more mailboxes than this is a service.
const HUB: usize = 50;

#[derive(Serialize)]
struct Waves<'a> {
    waves: Vec<Wave<'a>>,
    unassigned: &'a [String],
    /// People who should move together.
    groups: &'a [sharing::SharingGroup],
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
}

#[derive(Serialize)]
struct Wave<'a> {
    name: &'a str,
    accounts: &'a [String],
    stages: BTreeMap<Stage, usize>,
}

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let config = Config::from_file(&arguments.config)?;
    let out = config.base.join(&config.out);
    let (waves, servers) = (config.waves.clone(), config.coexistence.clone());
    let selected = config.policy.clone();
    let data = config.into_migration()?.read_directory().await?;
    let accounts = data.accounts.iter().map(|account| account.mail.as_str());
    let assignment = assign(&waves, accounts.filter(|mail| selected.takes_account(mail)));
    let mut stages = Stages::read_from(&out)?;
    let sharing = sharing::groups(&data.grants(), &data.recipients, HUB);

    let mut proof = None;
    match (arguments.value("--wave"), arguments.value("--to")) {
        (None, None) => {}
        (Some(wave), Some(stage)) => {
            let (wave, stage) = (wave.to_string_lossy(), stage.to_string_lossy());
            let stage: Stage = stage.parse()?;
            let members = assignment.accounts(&wave).ok_or_else(|| {
                Error::new(
                    ErrorKind::Config,
                    format!("there is no wave {wave:?} in the configuration"),
                )
            })?;
            stages.advance(members, stage)?;
            proof = match &servers {
                Some(servers) => Some(sheets(servers, &data, &stages, &out, &wave)?),
                None => None,
            };
            // The sheets hold, or nobody moves.
            if proof.as_ref().is_none_or(Proof::holds) {
                stages.write_to(&out)?;
            }
        }
        _ => return Err(Error::new(ErrorKind::Config, "--wave and --to go together")),
    }

    let mut findings = assignment.findings.clone();
    findings.extend(sharing.findings.iter().cloned());
    findings.extend(sharing::splits(&sharing.groups, &assignment.by_account()));
    let holds = proof.as_ref().is_none_or(Proof::holds);
    let waves = Waves {
        waves: by_stage(&assignment, &stages),
        unassigned: &assignment.unassigned,
        groups: &sharing.groups,
        findings,
        proof,
    };
    if arguments.has("--json") {
        print_json(&waves)?;
    } else {
        tell(&waves);
    }
    Ok(ExitCode::from(if holds { 0 } else { 4 }))
}

/// Writes the sheets of a wave, if they prove to lead everybody to one end.
fn sheets(
    servers: &Servers,
    data: &DirectoryData,
    stages: &Stages,
    out: &Path,
    wave: &str,
) -> Result<Proof, Error> {
    let sheets = Sheets::new(servers, &data.recipients, stages);
    let proof = prove(servers, &sheets, &data.recipients, stages, &data.forwardings());
    if proof.holds() {
        sheets.write_to(&Sheets::folder(out, wave)?)?;
    }
    Ok(proof)
}

fn by_stage<'a>(assignment: &'a Assignment, stages: &Stages) -> Vec<Wave<'a>> {
    let waves = assignment.waves.iter().map(|(name, accounts)| {
        let mut counts = BTreeMap::new();
        for mail in accounts {
            *counts.entry(stages.stage(mail)).or_default() += 1;
        }
        Wave {
            name,
            accounts,
            stages: counts,
        }
    });
    waves.collect()
}

fn tell(waves: &Waves<'_>) {
    for wave in &waves.waves {
        let stages = wave
            .stages
            .iter()
            .map(|(stage, number)| format!("{number} {stage}"));
        println!(
            "{}: {} accounts; {}",
            show::line(wave.name),
            wave.accounts.len(),
            stages.collect::<Vec<_>>().join(", ")
        );
    }
    println!("in no wave: {}", waves.unassigned.len());
    for group in waves.groups {
        println!(
            "share, and should move together: {}",
            show::line(&group.members.join(" "))
        );
    }
    for finding in &waves.findings {
        println!("{}", show::line(&finding.to_string()));
    }
    if let Some(proof) = &waves.proof {
        println!(
            "routing: {} addresses, {} ways followed; {}",
            proof.destinations.len(),
            proof.walks,
            if proof.holds() {
                "each leads to exactly one server, and nothing loops"
            } else {
                "NOT PROVED: no sheet was written, and nobody moved"
            }
        );
        for finding in &proof.findings {
            println!("{}", show::line(&finding.to_string()));
        }
    }
}
