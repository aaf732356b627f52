//! `migrate status`: how the job stands, from its directory alone.

use crate::{
    arguments::{Arguments, Command},
    print_json, show,
};
use std::process::ExitCode;
use tegu_migrate::{
    Config, Error, Report,
    coexistence::{Roll, Stage},
};

pub(crate) const COMMAND: Command = Command {
    name: "status",
    switches: &["--json"],
    values: &[],
    about: "says how the job stands, by what its last run left",
};

pub(crate) fn main(arguments: &Arguments) -> Result<ExitCode, Error> {
    let config = Config::from_file(&arguments.config)?;
    let out = config.base.join(&config.out);
    let Some(report) = Report::read_from(&out)? else {
        if arguments.has("--json") {
            println!("null");
        } else {
            println!("{} has not been run yet", config.name);
        }
        return Ok(ExitCode::SUCCESS);
    };
    if arguments.has("--json") {
        print_json(&report.summary())?;
    } else {
        println!(
            "{}: {}, {} to {}",
            show::line(&report.job),
            if report.complete {
                "complete"
            } else {
                "not complete"
            },
            show::line(&report.started),
            show::line(&report.finished)
        );
        show::report(&report);
        stages(&Roll::read_from(&out)?);
    }
    Ok(show::status(&report))
}

fn stages(roll: &Roll) {
    for stage in Stage::ALL {
        let number = roll
            .accounts
            .values()
            .filter(|standing| standing.stage == stage)
            .count();
        if number > 0 {
            println!("{stage}: {number} accounts");
        }
    }
}
