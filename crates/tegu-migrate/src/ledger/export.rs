use super::{FINDINGS, IMAP, PROOFS};
use crate::{
    Result,
    journal::{Digest, Exporter, JobKey, Journal, Lines, LogName, damaged},
};
use serde_json::json;
use std::io::Write;
use tegu_imap::{
    MailboxName,
    ledger::{self, Record},
};

/// Writes what a journal holds as JSON Lines, for people and other programs.
///
/// The lines are those of an [`Exporter`], and besides:
///
/// - `folder`: a mail folder that went from one IMAP server to another: its names and UIDVALIDITYs on both sides, and whether an
///   intent is `open`;
/// - `message`: `uid`; if the target holds it, `state`, `target_uid`, `octets`, `digest` and `flags`; otherwise `state`, `code` and
///   `text`;
/// - `proof` and `finding`: as they were written, in `data`.
///
/// # Errors
///
/// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the journal cannot be read, [`ErrorKind::Io`](crate::ErrorKind::Io) if
/// `out` cannot be written.
pub async fn export(journal: &dyn Journal, out: &mut (dyn Write + Send)) -> Result<()> {
    let exporter = Exporter::new()
        .decode(IMAP, imap)
        .json_lines(PROOFS, "proof")
        .json_lines(FINDINGS, "finding");
    exporter.write(journal, out).await
}

fn imap(key: &JobKey, log: &LogName, octets: &[u8], out: &mut Lines<'_>) -> Result<()> {
    let name = MailboxName::from_wire(&log.name);
    let mut record = Record::new();
    ledger::log::decode(octets, |entry| record.apply(entry)).map_err(|_| damaged(key, name.as_str()))?;
    let pair = record.pair();
    out.line(&json!({
        "type": "folder", "account": key.account, "folder": name.as_str(),
        "uid_validity": pair.map(|pair| pair.source.get()),
        "target": pair.map(|pair| pair.name.as_str()), "target_uid_validity": pair.map(|pair| pair.target.get()),
        "open": record.intent().map(|(_, open)| open.to_string()),
    }))?;
    for (uid, standing) in record.standing() {
        let digest = standing
            .digest
            .map(|digest| Digest::from_bytes(*digest.as_bytes()));
        out.line(&json!({
            "type": "message", "account": key.account, "folder": name.as_str(), "uid": uid.get(),
            "state": standing.state.name(), "target_uid": standing.target.get(), "octets": standing.octets,
            "digest": digest, "flags": standing.flags.to_string(),
        }))?;
    }
    for (uid, state, code, text) in record.staying() {
        out.line(&json!({
            "type": "message", "account": key.account, "folder": name.as_str(), "uid": uid.get(),
            "state": state.name(), "code": code, "text": text,
        }))?;
    }
    Ok(())
}
