//! The copier, in a process of its own that can be killed.

use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tegu_imap::ledger::FileLedger;
use tegu_imap::transfer::{Report, Side, Transfer, Verify};
use tegu_imap::{Backoff, Credentials, Endpoint, State};
use tegu_net::Timeouts;
use tegu_testkit::Dovecot;

/// What a run came to: messages that are moved or present, manual, failed, and what else it tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) good: u64,
    pub(crate) manual: u64,
    pub(crate) failed: u64,
    pub(crate) removed: u64,
    /// Messages that it named as deleted while they were on their way, and as perhaps on the target.
    pub(crate) named: u64,
}

/// One copy.
#[derive(Clone, Debug)]
pub(crate) struct Copier {
    pub(crate) from: u16,
    pub(crate) from_user: String,
    pub(crate) to: u16,
    pub(crate) to_user: String,
    pub(crate) ledger: String,
    /// Milliseconds that it waits at its end.
    pub(crate) late: u64,
}

impl Copier {
    pub(crate) fn start(&self) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .arg("copy")
            .args([&self.from.to_string(), &self.from_user, &self.to.to_string()])
            .args([&self.to_user, &self.ledger, &self.late.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Runs it to its end. `None` if that is an error.
    pub(crate) fn run(&self) -> Option<Counts> {
        let output = self.start().wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
        output.status.success().then_some(())?;
        Some(Counts {
            good: numbers.next()?,
            manual: numbers.next()?,
            failed: numbers.next()?,
            removed: numbers.next()?,
            named: numbers.next()?,
        })
    }
}

/// `copy FROM-PORT FROM-USER TO-PORT TO-USER LEDGER LATE`
pub(crate) fn main(words: &[String]) -> ExitCode {
    let [from, from_user, to, to_user, ledger, late] = words else {
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let side = |port: &str, user: &str| {
        let mut timeouts = Timeouts::default();
        timeouts.idle = Duration::from_millis(1500);
        let url = format!("imap://127.0.0.1:{port}");
        let endpoint = Endpoint::dangerously_without_tls(&url)
            .unwrap()
            .timeouts(timeouts);
        Side::new(
            endpoint,
            Credentials::password(user, Dovecot::password().to_owned()),
        )
    };
    let wait = Duration::from_millis(30);
    let transfer = Transfer::new(side(from, from_user), side(to, to_user))
        .connections(2)
        .verify(Verify::Digest)
        .propagate_deletions(true)
        .backoff(Backoff::new(8, wait, wait * 20))
        .quiet(Duration::from_millis(150))
        .lateness(Duration::from_millis(late.parse().unwrap()));
    let report = runtime.block_on(async { transfer.run(Arc::new(FileLedger::open(ledger)?)).await });
    match report {
        Ok(report) => {
            let count = |state| report.tally.get(state).messages;
            let good = count(State::Moved) + count(State::Present);
            let (manual, failed) = (count(State::Manual), count(State::Failed));
            let noticed = |code| noticed(&report, code);
            let (removed, named) = (
                noticed("IMAP-LATE-COPY-REMOVED"),
                noticed("IMAP-DELETED-IN-FLIGHT"),
            );
            println!("{good} {manual} {failed} {removed} {named}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn noticed(report: &Report, code: &str) -> u64 {
    let noticed = report
        .folders
        .iter()
        .filter_map(|folder| folder.noticed.get(code));
    noticed.sum()
}
