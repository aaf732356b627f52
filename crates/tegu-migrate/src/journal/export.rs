use super::{
    Book, BookKind, JobKey, JobStatus, Journal, Which, codec, imap::damaged, records::Records, records::Scope,
};
use crate::{Error, Result};
use serde_json::{Value, json};
use std::io::Write;
use tegu_imap::{MailboxName, ledger::Record};

/// The version of what [`export`] writes.
const VERSION: u32 = 1;

/// Writes what a journal holds as JSON Lines, for people and other programs: one object a line, with `type`
///
/// - `export`: the first line: `version` (1) and where the journal is;
/// - `job`: `entity`, `account` (its id), `mail`, `state`, `epoch`, `attempts`, `worker`, `error`;
/// - `folder`: a mail folder that went from one IMAP server to another: its names and UIDVALIDITYs on both sides, whether an
///   intent is `open`;
/// - `message`: `uid`, and for one that stands on the target `state`, `target_uid`, `octets`, `digest` and `flags`; for
///   another `state`, `code` and `text`;
/// - `item`: an item that was moved by itself: `container`, `id`, `state`, `digest`, `bytes`, `attempts`, `findings` ...;
/// - `proof` and `finding`: as they were written.
///
/// Jobs come with what belongs to them; memory holds one folder at a time.
///
/// # Errors
///
/// [`ErrorKind::Journal`](crate::ErrorKind::Journal) where the journal cannot be read, [`ErrorKind::Io`](crate::ErrorKind::Io) where `out` cannot be written.
pub async fn export(journal: &dyn Journal, out: &mut (dyn Write + Send)) -> Result<()> {
    line(
        out,
        &json!({"type": "export", "version": VERSION, "journal": journal.describe()}),
    )?;
    let mut after: Option<JobKey> = None;
    loop {
        let page = journal.jobs(Which::All, after.as_ref()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.job.key());
        for status in &page {
            job(out, status)?;
            let key = status.job.key();
            for book in journal.books(&key).await? {
                let octets = journal.read(&key, &book).await?;
                self::book(out, &key, &book, &octets)?;
            }
        }
    }
}

fn line(out: &mut (dyn Write + Send), value: &Value) -> Result<()> {
    writeln!(out, "{value}").map_err(|error| Error::io("writing an export", error))
}

fn job(out: &mut (dyn Write + Send), status: &JobStatus) -> Result<()> {
    let value = json!({
        "type": "job", "entity": status.job.entity, "account": status.job.account.id, "mail": status.job.account.mail,
        "state": status.state, "epoch": status.epoch, "attempts": status.attempts, "worker": status.worker,
        "error": status.error,
    });
    line(out, &value)
}

fn book(out: &mut (dyn Write + Send), key: &JobKey, book: &Book, octets: &[u8]) -> Result<()> {
    match book.kind {
        BookKind::Imap => imap(out, key, &MailboxName::from_wire(&book.name), octets),
        BookKind::Records => records(out, key, book, octets),
        BookKind::Proofs | BookKind::Findings => {
            let kind = if book.kind == BookKind::Proofs {
                "proof"
            } else {
                "finding"
            };
            for text in octets
                .split(|octet| *octet == b'\n')
                .filter(|text| !text.is_empty())
            {
                let data: Value = serde_json::from_slice(text).map_err(|_| damaged(key, kind))?;
                line(
                    out,
                    &json!({"type": kind, "entity": key.entity, "account": key.account, "data": data}),
                )?;
            }
            Ok(())
        }
    }
}

fn imap(out: &mut (dyn Write + Send), key: &JobKey, name: &MailboxName, octets: &[u8]) -> Result<()> {
    let mut record = Record::new();
    codec::decode(octets, |entry| record.apply(entry)).ok_or_else(|| damaged(key, name.as_str()))?;
    let pair = record.pair();
    let folder = json!({
        "type": "folder", "account": key.account, "folder": name.as_str(),
        "uid_validity": pair.map(|pair| pair.source.get()),
        "target": pair.map(|pair| pair.name.as_str()), "target_uid_validity": pair.map(|pair| pair.target.get()),
        "open": record.intent().map(|(_, open)| open.to_string()),
    });
    line(out, &folder)?;
    for (uid, standing) in record.standing() {
        let digest = standing
            .digest
            .map(|digest| crate::Digest::from_bytes(*digest.as_bytes()));
        let message = json!({
            "type": "message", "account": key.account, "folder": name.as_str(), "uid": uid.get(),
            "state": standing.state.name(), "target_uid": standing.target.get(), "octets": standing.octets,
            "digest": digest, "flags": standing.flags.to_string(),
        });
        line(out, &message)?;
    }
    for (uid, state, code, text) in record.staying() {
        let message = json!({
            "type": "message", "account": key.account, "folder": name.as_str(), "uid": uid.get(),
            "state": state.name(), "code": code, "text": text,
        });
        line(out, &message)?;
    }
    Ok(())
}

fn records(out: &mut (dyn Write + Send), key: &JobKey, book: &Book, octets: &[u8]) -> Result<()> {
    let scope = Scope::of_book(key, book);
    let opened = Records::decode(octets).ok_or_else(|| damaged(key, &scope.container.join("/")))?;
    let mut records = opened.records.into_iter().collect::<Vec<_>>();
    records.sort_by(|a, b| a.0.cmp(&b.0));
    for (id, record) in records {
        let value = json!({
            "type": "item", "entity": key.entity, "account": key.account, "container": scope.container, "id": id,
            "state": record.state, "digest": record.digest, "bytes": record.bytes, "attempts": record.attempts,
            "label": record.label, "findings": record.findings, "original": record.original,
            "on_target": record.on_target,
        });
        line(out, &value)?;
    }
    Ok(())
}
