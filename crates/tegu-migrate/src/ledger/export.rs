use super::{FINDINGS, IMAP, PROOFS};
use crate::{
    Result,
    journal::{DOCUMENTS, Exporter, JobKey, Journal, LISTINGS, Lines, LogName, NAMES, damaged},
};
use serde_json::json;
use std::io::Write;
use tegu_imap::{
    MailboxName, State, UidSet,
    ledger::{self, Origin, Record},
};

/// Writes what a journal holds as JSON Lines, for people and other programs.
///
/// The lines are those of an [`Exporter`], and besides:
///
/// - `folder`: a mail folder that went from one IMAP server to another: its names and UIDVALIDITYs on both sides, and the UIDs of
///   messages in `open`: the target may hold copies of them that are not known, or get them late;
/// - `message`: `uid`; if the target holds it, `state`, how it was proved (`proof`), `target_uid`, `octets`, `digest` and `flags`;
///   otherwise `state`, `code` and `text`;
/// - `listing`, `documents`, `name`, `proof` and `finding`: as they were written, in `data`.
///
/// # Errors
///
/// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the journal cannot be read, [`ErrorKind::Io`](crate::ErrorKind::Io) if
/// `out` cannot be written.
pub async fn export(journal: &dyn Journal, out: &mut (dyn Write + Send)) -> Result<()> {
    let exporter = Exporter::new()
        .decode(IMAP, imap)
        .json_lines(LISTINGS, "listing")
        .json_lines(DOCUMENTS, "documents")
        .json_lines(NAMES, "name")
        .json_lines(PROOFS, "proof")
        .json_lines(FINDINGS, "finding");
    exporter.write(journal, out).await
}

fn imap(key: &JobKey, log: &LogName, octets: &[u8], out: &mut Lines<'_>) -> Result<()> {
    let name = MailboxName::from_wire(&log.name);
    let mut record = Record::new();
    ledger::log::decode(octets, |entry| record.apply(entry)).map_err(|_| damaged(key, name.label()))?;
    let pair = record.pair();
    out.line(&json!({
        "type": "folder", "account": key.account, "folder": name.label(),
        "uid_validity": pair.map(|pair| pair.source.get()),
        "target": pair.map(|pair| pair.name.label()), "target_uid_validity": pair.map(|pair| pair.target.get()),
        "open": open(&record),
    }))?;
    for (uid, message) in record.stored() {
        let state = match message.origin {
            Origin::Found => State::Present,
            _ => State::Moved,
        };
        out.line(&json!({
            "type": "message", "account": key.account, "folder": name.label(), "uid": uid.get(),
            "state": state.name(), "proof": record.proof(uid).map(|proof| format!("{proof:?}").to_lowercase()), "target_uid": message.target.get(), "octets": message.octets,
            "digest": message.digest, "flags": message.flags.to_string(),
        }))?;
    }
    for (uid, state, code, text) in record.not_copied() {
        out.line(&json!({
            "type": "message", "account": key.account, "folder": name.label(), "uid": uid.get(),
            "state": state.name(), "code": code, "text": text,
        }))?;
    }
    Ok(())
}

/// The messages whose sendings have not all ended.
fn open(record: &Record) -> Option<String> {
    let uids = record.pending().map(|(uid, _)| uid).collect::<UidSet>();
    (!uids.is_empty()).then(|| uids.to_string())
}
