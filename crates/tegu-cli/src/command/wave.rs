//! `tegu wave`: who moves when, where everybody stands, and the routing sheets.

use crate::{job::Job, say};
use std::process::ExitCode;
use tegu_migrate::{Error, coexistence::Waves, routing::Stage};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: Job,
    /// The wave to take on
    #[arg(long, value_name = "NAME", requires = "to")]
    wave: Option<String>,
    /// The stage to take it to: planned, copying, following, cut-over, done or rolled-back. Its routing sheets are written if they
    /// prove to lead everybody to one server
    #[arg(long, value_name = "STAGE", requires = "wave")]
    to: Option<Stage>,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let migration = arguments.job.config()?.into_migration()?;
    let waves = match (&arguments.wave, arguments.to) {
        (Some(wave), Some(stage)) => migration.advance_wave(wave, stage).await?,
        _ => migration.waves().await?,
    };
    if json {
        say::json(&waves)?;
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
        say!(
            "{}: {} accounts; {}",
            wave.name,
            wave.accounts.len(),
            stages.collect::<Vec<_>>().join(", ")
        );
    }
    say!("in no wave: {}", waves.unassigned.len());
    for group in &waves.groups {
        say!("share, and should move together: {}", group.members.join(" "));
    }
    for finding in &waves.findings {
        say!("{finding}");
    }
    if let Some(proof) = &waves.proof {
        say!(
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
            say!("{finding}");
        }
    }
}
