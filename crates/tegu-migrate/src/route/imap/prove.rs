//! Messages that a transfer moved, proved again by the ledger and the target.

use crate::{
    Entity, Finding, ImapServer, Result,
    ledger::{self, ImapLedger},
    route::{Proof, ProveContext},
};
use tegu_imap::{
    State,
    transfer::{FolderReport, Transfer},
};
use tegu_transfer::job::job_key;

pub(super) async fn prove(to: &ImapServer, context: &ProveContext<'_>) -> Result<Proof> {
    let key = job_key(Entity::Mail, context.account().id.clone());
    let mut proof = Proof::default();
    let logs = context.journal().logs(&key).await?;
    if !logs.iter().any(|log| log.kind == ledger::IMAP) {
        return Ok(proof);
    }
    let ledger = ImapLedger::read_only(context.shared_journal(), key);
    let report = Transfer::prove(&to.side(context.account())?, &ledger).await?;
    for folder in report.folders {
        folder_proof(&mut proof, &context.account().mail, folder);
    }
    Ok(proof)
}

fn folder_proof(proof: &mut Proof, account: &str, folder: FolderReport) {
    let (place, container) = ((Entity::Mail, account), &folder.source.label());
    let flawed = folder
        .items
        .iter()
        .filter(|item| item.code.starts_with("IMAP-PROOF"));
    let failed = folder.tally.get(State::Failed).messages;
    proof.proved += folder.verified;
    proof.expected += folder.verified + flawed.clone().count() as u64;
    for item in flawed {
        let finding = Finding::lossy(item.code.clone(), item.text.clone());
        proof.flaw(place, container, &item.uid.to_string(), finding);
    }
    if let Some(error) = folder.error {
        proof.expected += failed;
        let gone = Finding::lossy("VERIFY-CONTAINER-GONE", format!("{failed} messages: {error}"));
        proof.flaw(place, container, "", gone);
    }
}
