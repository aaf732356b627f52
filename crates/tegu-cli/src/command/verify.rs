//! `tegu verify`: proves again what was moved, by the journal and the target alone.

use crate::{
    groups::{Detail, Groups},
    job::JobInDetail,
    say, signal,
};
use std::process::ExitCode;
use tegu_migrate::{
    Error,
    verify::{UnverifiedAccount, Verification},
};

pub(crate) async fn main(arguments: JobInDetail, json: bool) -> Result<ExitCode, Error> {
    let migration = arguments.job.config()?.into_migration()?;
    let verification = migration.verify(&signal::token()?).await?;
    if json {
        say::json(&verification)?;
    } else {
        print(&verification, arguments.detail);
    }
    Ok(ExitCode::from(if verification.holds() { 0 } else { 4 }))
}

fn print(verification: &Verification, detail: Detail) {
    let mut flaws = Groups::new(detail);
    for flaw in &verification.flaws {
        let place = format!("{} {} {}", flaw.account, flaw.container, flaw.item);
        let key = format!("{} {}", flaw.entity, flaw.finding.code);
        flaws.add(key, place, 1, format_args!("{}: {}", flaw.entity, flaw.finding));
    }
    flaws.tell();
    let mut unseen = Groups::new(detail);
    for UnverifiedAccount { account, problem, .. } in &verification.problems {
        let text = format!("{}: not looked at: {}", problem.entity, problem.error);
        unseen.add(text.clone(), account, 1, text);
    }
    unseen.tell();
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
