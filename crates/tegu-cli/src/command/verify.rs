//! `tegu verify`: proves again what was moved, by the journal and the target alone.

use crate::{job::Job, say, signal};
use std::process::ExitCode;
use tegu_migrate::{Error, verify::Verification};

pub(crate) async fn main(job: Job, json: bool) -> Result<ExitCode, Error> {
    let migration = job.config()?.into_migration()?;
    let verification = migration.verify(&signal::token()?).await?;
    if json {
        say::json(&verification)?;
    } else {
        print(&verification);
    }
    Ok(ExitCode::from(if verification.holds() { 0 } else { 4 }))
}

fn print(verification: &Verification) {
    for flaw in &verification.flaws {
        let place = format!(
            "{}: {}: {} {}",
            flaw.account, flaw.entity, flaw.container, flaw.item
        );
        say!("{place}: {}", flaw.finding);
    }
    for unseen in &verification.problems {
        let text = format!(
            "{}: {}: {}",
            unseen.account, unseen.problem.entity, unseen.problem.error
        );
        say!("not looked at: {text}");
    }
    let unread = match verification.unproved {
        0 => String::new(),
        items => format!("{items} there but never read, "),
    };
    say!(
        "the journal lists {} items: {} verified, {unread}{} missing or changed",
        verification.expected,
        verification.proved,
        verification.flaws.len()
    );
}
