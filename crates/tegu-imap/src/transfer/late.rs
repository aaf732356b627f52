//! The end of a run: messages that were sent again may still arrive twice.

use std::time::{Duration, Instant};

use super::context::{Attempts, now};
use super::folder::{self, Doubt};
use super::report::FolderReport;
use super::{Transfer, search};
use crate::Result;
use crate::finding::Finding;
use crate::ledger::Ledger;
use crate::mailbox::MailboxName;
use crate::session::Session;

/// Waits for late copies as long as the options say since their messages were sent, and removes them. What is left in
/// doubt then is told; later passes look again.
pub(super) async fn wait(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    mut doubts: Vec<Doubt>,
    reports: &mut [FolderReport],
) -> Result<()> {
    let started = Instant::now();
    let options = &transfer.options;
    let mut connections: Option<(Session, Session)> = None;
    loop {
        let mut left = Vec::new();
        for doubt in doubts {
            options.gate.ready().await?;
            let report = reports
                .iter_mut()
                .find(|report| report.source == doubt.job.source);
            let mut attempts = Attempts::default();
            let looked = look(transfer, ledger, &doubt, &mut connections, &mut attempts).await;
            let halted = attempts.halted;
            if let Some(report) = report {
                attempts.add_to(report);
            }
            match looked {
                Err(error) if halted => return Err(error),
                Err(error) => {
                    tracing::warn!(folder = %doubt.job.source, %error, "could not look for late copies");
                    connections = None;
                    left.push(doubt);
                }
                Ok(true) => left.push(doubt),
                Ok(false) => {}
            }
        }
        doubts = left;
        let mut wait = Duration::ZERO;
        for doubt in &doubts {
            wait = wait.max(patience(ledger, &doubt.job.source, options.lateness).await?);
        }
        if wait.is_zero() || started.elapsed() >= options.lateness {
            break;
        }
        tokio::time::sleep(wait.min(options.quiet)).await;
    }
    for doubt in doubts {
        let record = ledger.read(&doubt.job.source).await?;
        let name = doubt.job.source.clone();
        let messages = record.pending().count() as u64;
        let report = reports.iter_mut().find(|report| report.source == name);
        if let (Some(report), true) = (report, messages > 0) {
            let finding = Finding::InDoubt { name, messages };
            *report.noticed.entry(finding.code()).or_default() += messages;
            report.findings.push(finding);
        }
    }
    if let Some((source, target)) = connections {
        let _ = tokio::join!(source.logout(), target.logout());
    }
    Ok(())
}

/// How long copies of a folder's messages are still waited for.
async fn patience(ledger: &dyn Ledger, name: &MailboxName, lateness: Duration) -> Result<Duration> {
    let record = ledger.read(name).await?;
    let sent = record.pending().map(|(_, pending)| pending.at).max();
    let since = Duration::from_secs(now().saturating_sub(sent.unwrap_or_default()));
    Ok(lateness.saturating_sub(since))
}

/// Looks once. Returns whether doubt is left.
async fn look(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    doubt: &Doubt,
    connections: &mut Option<(Session, Session)>,
    attempts: &mut Attempts,
) -> Result<bool> {
    if connections.is_none() {
        *connections = Some(transfer.connect().await?);
    }
    let Some((source, target)) = connections else {
        return Ok(true);
    };
    let mut folder = folder::begin(transfer, ledger, &doubt.job, target, attempts).await?;
    source.examine(&doubt.job.source).await?;
    let selected = target.select(&doubt.job.target).await?;
    let same = |pair: &crate::ledger::Pair| pair.target == selected.uid_validity;
    if !folder.record.pair().is_some_and(same) {
        return Ok(false);
    }
    search::search(&mut folder, source, target, &doubt.shown).await?;
    Ok(folder.record.mark().is_some())
}
