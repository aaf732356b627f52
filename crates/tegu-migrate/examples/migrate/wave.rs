//! `migrate wave`: who moves when, where everybody stands, and the routing sheets.

use crate::{
    arguments::{Arguments, Command},
    print_json, show,
};
use std::process::ExitCode;
use tegu_migrate::{Config, Error, ErrorKind, coexistence::Waves};

pub(crate) const COMMAND: Command = Command {
    name: "wave",
    switches: &["--json"],
    values: &[("--wave", "NAME"), ("--to", "STAGE")],
    about: "says who moves when; with --wave and --to, takes a wave to planned, copying, following, cut-over, done or rolled-back, and writes \
            its routing sheets",
};

pub(crate) async fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let migration = Config::from_file(&arguments.config)?.into_migration()?;
    let waves = match (arguments.value("--wave"), arguments.value("--to")) {
        (None, None) => migration.waves().await?,
        (Some(wave), Some(stage)) => {
            let stage = stage.to_string_lossy().parse()?;
            migration.advance_wave(&wave.to_string_lossy(), stage).await?
        }
        _ => return Err(Error::new(ErrorKind::Config, "--wave and --to go together")),
    };
    if arguments.has("--json") {
        print_json(&waves)?;
    } else {
        tell(&waves);
    }
    Ok(ExitCode::from(if waves.holds() { 0 } else { 4 }))
}

fn tell(waves: &Waves) {
    for wave in &waves.waves {
        let stages = wave
            .stages
            .iter()
            .map(|(stage, number)| format!("{number} {stage}"));
        println!(
            "{}: {} accounts; {}",
            show::line(&wave.name),
            wave.accounts.len(),
            stages.collect::<Vec<_>>().join(", ")
        );
    }
    println!("in no wave: {}", waves.unassigned.len());
    for group in &waves.groups {
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
