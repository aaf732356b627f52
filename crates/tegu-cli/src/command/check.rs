//! `tegu check`: whether the job can be run, and what is missing.

use crate::{job::PartOfJob, say, signal};
use std::process::ExitCode;
use tegu_migrate::{Blame, Check, Error, ErrorKind};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: PartOfJob,
    /// Try so many accounts, the first of the directory
    #[arg(long, value_name = "N", default_value_t = 10)]
    sample: usize,
    /// Try every account
    #[arg(long, conflicts_with = "sample")]
    all: bool,
}

pub(crate) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let migration = arguments.job.config()?.into_migration()?;
    let sample = (!arguments.all).then_some(arguments.sample);
    let check = migration.check(sample, &signal::token()?).await?;
    if json {
        say::json(&as_json(&check))?;
    } else {
        tell(&check);
    }
    Ok(ExitCode::from(if check.holds() { 0 } else { 4 }))
}

fn tell(check: &Check) {
    say!("directory: {} accounts take part", check.accounts);
    let mut told = std::collections::BTreeMap::new();
    for (account, entity, error) in check.problems() {
        let problem = (
            entity,
            error.message().to_owned(),
            error.blame().name(),
            error.kind(),
        );
        let problem = told
            .entry(format!("{problem:?}"))
            .or_insert_with(|| (Vec::new(), entity, error));
        problem.0.push(account);
    }
    for (accounts, entity, error) in told.values() {
        let more = match accounts.len() {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        say!(
            "{}{more}: {entity}: {error}",
            accounts.first().copied().unwrap_or_default()
        );
        say!("    {}", remedy(error));
    }
    let failed = check
        .tried
        .iter()
        .filter(|tried| tried.ends.iter().any(|(_, end)| end.is_err()));
    say!(
        "{} of {} accounts tried; {} of them cannot be moved as the job stands; nothing was changed",
        check.tried.len(),
        check.accounts,
        failed.count()
    );
}

fn as_json(check: &Check) -> serde_json::Value {
    let problems = check.problems().map(|(account, entity, error)| {
        serde_json::json!({
            "account": account, "entity": entity, "error": error.to_string(), "side": error.blame().name(), "remedy": remedy(error),
        })
    });
    serde_json::json!({
        "accounts": check.accounts, "tried": check.tried.len(), "holds": check.holds(), "problems": problems.collect::<Vec<_>>(),
    })
}

/// What an administrator does about it.
fn remedy(error: &Error) -> &'static str {
    let source = error.blame() == Blame::Source;
    match error.kind() {
        ErrorKind::Authentication => {
            "check the user name and the secret that the configuration names. Where one account signs in for all, it needs the right to: \
             on Exchange `Add-MailboxPermission -Identity USER -User ACCOUNT -AccessRights FullAccess`, on Dovecot a master user, on Cyrus \
             a name in `proxyservers` or `admins`"
        }
        ErrorKind::Connect | ErrorKind::Timeout => {
            "check name, port and firewall: `openssl s_client -connect HOST:PORT` from this machine must reach the server"
        }
        ErrorKind::Tls => "set `ca` or `pin` for this server, or have its certificate renewed",
        ErrorKind::NotFound if source => {
            "the account has nothing there: correct the path or the URL, or exclude the account"
        }
        ErrorKind::NotFound => {
            "create the account on the target first: `tegu ldap plan` writes the LDIF for its directory"
        }
        ErrorKind::Refused if source => {
            "grant the account that signs in the right to read this mailbox or home"
        }
        ErrorKind::Refused => "grant the account that signs in the right to write to this mailbox or home",
        ErrorKind::Unsupported => {
            "turn on what the message names on that server, or choose another way to sign in"
        }
        ErrorKind::Io => "check that the path exists and that this user may read it",
        ErrorKind::Config => "correct the configuration where the message says so",
        ErrorKind::Throttled | ErrorKind::InUse => {
            "try again later, or lower the limits of this server in the configuration"
        }
        _ => "the message says what is wrong; its kind has no general remedy",
    }
}
