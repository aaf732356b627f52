//! `tegu imap copy`: a mailbox from one server to another, again and again.

use super::{print, stop, url};
use crate::say;
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tegu_imap::{
    Backoff, State,
    ledger::{FileLedger, Ledger, MemoryLedger},
    transfer::{Event, Report, Side, Transfer, Verify, events},
};
use tegu_migrate::Error;
use tegu_net::Timeouts;

pub(super) const HELP: &str = "URL is imap[s]://user@host[:port]/; passwords come from the environment variables TEGU_FROM_PASSWORD and TEGU_TO_PASSWORD, or
from the files that TEGU_FROM_PASSWORD_FILE and TEGU_TO_PASSWORD_FILE name. imap:// means STARTTLS, and plain text on the loopback interface.

It can be killed at any time and started again with the same ledger. A run that sent messages again after a lost connection waits
--late milliseconds at its end for copies that arrive twice, and removes them. The first Ctrl-C or SIGTERM lets the messages that
are on their way be answered, and ends it then; the second ends it at once.

Exit status:
  0  everything is moved or present
  1  an error, or a signal
  2  wrong arguments
  3  something is left for a person
  4  something failed

Examples:
  tegu imap copy --from imaps://anna@exchange.example.org/ --to imaps://anna@imap.example.org/ --ledger anna.ledger --dry-run
  tegu imap copy --from imaps://anna@exchange.example.org/ --to imaps://anna@imap.example.org/ --ledger anna.ledger";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The mailbox to copy
    #[arg(long, value_name = "URL")]
    from: String,
    /// The mailbox to fill
    #[arg(long, value_name = "URL")]
    to: String,
    /// What was copied, for later runs
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    ledger: Option<PathBuf>,
    /// How many connections to each side at most, from 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    connections: u8,
    /// How what arrived is proved: none, size, fingerprint or digest
    #[arg(long, value_name = "HOW", default_value = "size")]
    verify: Verify,
    /// A loss that is accepted, by its code; may be given several times
    #[arg(long, value_name = "CODE")]
    accept: Vec<String>,
    /// Remove from the target what was removed from the source
    #[arg(long)]
    propagate_deletions: bool,
    /// Give a server up that is silent for so long
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// How long to wait at first where waiting may help
    #[arg(long, value_name = "MILLISECONDS")]
    wait: Option<u64>,
    /// How long to wait at the end for copies that arrive twice
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 30_000)]
    late: u64,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Accept any certificate of either server
    #[arg(long)]
    insecure_tls: bool,
}

pub(super) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode, Error> {
    let transfer = match transfer(&arguments) {
        Ok(transfer) => transfer,
        Err(message) => return Ok(say::wrong(message)),
    };
    let ledger: Arc<dyn Ledger> = match &arguments.ledger {
        Some(path) => Arc::new(FileLedger::open(path)?),
        // A dry run without a ledger plans a first run.
        None => Arc::new(MemoryLedger::new()),
    };
    if arguments.dry_run {
        let plan = transfer.plan(ledger).await?;
        if json {
            say::json_line(&print::plan_json(&plan))?;
        } else {
            print::plan(&plan);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (sender, mut events) = events(1024);
    let progress = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            tell(event);
        }
    });
    let stop = stop::gate()?;
    let report = transfer.events(sender).gate(stop).run(ledger).await?;
    let _ = progress.await;
    if json {
        say::json_line(&print::report_json(&report))?;
    } else {
        print::report(&report);
    }
    Ok(exit_code(&report))
}

fn transfer(arguments: &Arguments) -> Result<Transfer, String> {
    let (mut timeouts, mut backoff) = (Timeouts::default(), Backoff::default());
    if let Some(seconds) = arguments.timeout {
        timeouts.idle = Duration::from_secs(seconds);
    }
    if let Some(milliseconds) = arguments.wait {
        backoff.first = Duration::from_millis(milliseconds);
        backoff.longest = backoff.longest.min(backoff.first.saturating_mul(60));
    }
    let side = |url: &str, variable: &str| {
        let (endpoint, credentials) = url::read(url, variable, arguments.insecure_tls)?;
        Ok::<_, String>(Side::new(endpoint.timeouts(timeouts), credentials))
    };
    let from = side(&arguments.from, "TEGU_FROM_PASSWORD")?;
    let to = side(&arguments.to, "TEGU_TO_PASSWORD")?;
    let transfer = Transfer::new(from, to)
        .backoff(backoff)
        .quiet(Duration::from_secs(1).min(backoff.longest))
        .lateness(Duration::from_millis(arguments.late))
        .connections(arguments.connections.into())
        .verify(arguments.verify)
        .propagate_deletions(arguments.propagate_deletions);
    Ok(arguments.accept.iter().fold(transfer, Transfer::accept))
}

fn tell(event: Event) {
    match event {
        Event::Waiting { reason, wait } => {
            note!("waiting {:.1} s: {reason}", wait.as_secs_f64());
        }
        Event::FolderDone(folder) => {
            if let Some(error) = folder.error {
                note!("{}: {error}", folder.source);
            }
        }
        _ => {}
    }
}

fn exit_code(report: &Report) -> ExitCode {
    let some = |state| report.tally.get(state).messages > 0;
    if some(State::Failed) || report.folders.iter().any(|folder| folder.error.is_some()) {
        ExitCode::from(4)
    } else if some(State::Manual) {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    }
}
