//! Messages: plan, append, prove, remember.

mod batch;
mod candidate;
mod fit;
mod kept;
mod left_out;
mod pump;
mod recover;
mod stock;
mod transfer;

use self::pump::Pump;
use super::{Tally, Worker};
use crate::{
    Account, ErrorKind, Finding, Result, State, journal::Record, message::Listed, source::MailSource,
    target::MailTarget,
};
use std::collections::HashMap;

/// Messages that travel together: enough to hide a round trip, few enough to repeat after a crash.
const BATCH_MESSAGES: usize = 100;
/// Octets that travel together, by the source's own estimate.
const BATCH_BYTES: u64 = 8 << 20;

/// Moves one account's messages: from one IMAP server to another without a detour, else one by one.
pub(super) async fn run(
    worker: &Worker<'_>,
    account: &Account,
    source: &dyn MailSource,
    target: &dyn MailTarget,
    tally: &mut Tally,
) -> Result<()> {
    if let (Some(from), Some(to)) = (source.imap(), target.imap()) {
        return transfer::run(worker, account, source, (from, to), tally).await;
    }
    let mut reader = source.open(account).await?;
    let mut writer = target.open(account).await?;
    let folders = reader.folders().await?;
    tally.will_count(folders.len());
    let moving = folders
        .iter()
        .filter(|folder| folder.holds_mail && worker.policy.takes_folder(&folder.path));
    writer.arrange(&moving.cloned().collect::<Vec<_>>()).await?;
    let mut first_error = None;
    for folder in folders {
        worker.gate.ready().await?;
        let moved = async {
            let can = (source.capabilities(), target.capabilities());
            let mut pump = Pump::new(worker, account, &folder, can, tally);
            let listed = pump.list(reader.as_mut()).await?;
            pump.folder(reader.as_mut(), writer.as_mut(), &listed).await
        };
        match moved.await {
            // One folder that cannot be read or written does not keep the others from moving.
            Err(error)
                if matches!(error.kind(), ErrorKind::Source | ErrorKind::Target) && !error.is_retryable() =>
            {
                first_error.get_or_insert(error.context(folder.display()));
            }
            moved => moved?,
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn record(state: State, bytes: u64, findings: Vec<Finding>) -> Record {
    let mut record = Record::new(state);
    record.bytes = bytes;
    record.findings = findings;
    record
}

fn attempts(known: &HashMap<String, Record>, id: &str) -> u32 {
    known.get(id).map_or(0, |record| record.attempts)
}

fn batches(todo: &[&Listed]) -> Vec<Vec<Listed>> {
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut bytes = 0;
    for message in todo {
        let fits = bytes + message.size_hint <= BATCH_BYTES;
        match batches.last_mut() {
            Some(batch) if fits && batch.len() < BATCH_MESSAGES => batch.push((*message).clone()),
            _ => {
                batches.push(vec![(*message).clone()]);
                bytes = 0;
            }
        }
        bytes += message.size_hint;
    }
    batches
}
