//! Upgrades from earlier stored forms.

use super::{
    fallible::Fallible,
    row,
    store::{self, Pending},
};
use crate::{ContainerKey, Digest, Finding, Intent, JobKey, Kind, LogName, Record, Records, State};
use redb::{ReadableTable, TableDefinition, WriteTransaction};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Version 1: (entity, account, container, item) -> [`Old`] as JSON.
const OLD_RECORDS: TableDefinition<'_, (&str, &str, &str, &str), &[u8]> = TableDefinition::new("records");
/// Version 1: (entity, account, container) -> [`Intent`] as JSON.
const OLD_INTENTS: TableDefinition<'_, (&str, &str, &str), &[u8]> = TableDefinition::new("intents");

/// A record of version 1.
#[derive(Debug, Deserialize)]
struct Old {
    #[serde(rename = "s")]
    state: State,
    #[serde(rename = "d", default)]
    digest: Option<Digest>,
    #[serde(rename = "z", default)]
    bytes: u64,
    #[serde(rename = "l", default)]
    label: String,
    #[serde(rename = "f", default)]
    findings: Vec<Finding>,
    #[serde(rename = "o", default)]
    original: Option<String>,
    #[serde(rename = "a", default)]
    attempts: u32,
    #[serde(rename = "t", default)]
    on_target: bool,
}

/// Version 2: (number of the job, kind, name) -> number of the log, under another name.
const BOOKS: TableDefinition<'_, (u32, &str, &[u8]), u32> = TableDefinition::new("books");

/// Upgrades version 3: its records knew no doubts. The number alone changes, so that earlier programs refuse what they cannot read.
pub(super) fn from_3(write: &WriteTransaction) -> Fallible<()> {
    write.open_table(store::META)?.insert("version", store::VERSION)?;
    Ok(())
}

/// Upgrades version 2: rows of jobs had the key and the account in them, logs were called books, and the fingerprint plan. What
/// the write-ahead log holds is converted when it is read.
pub(super) fn from_2(write: &WriteTransaction) -> Fallible<()> {
    write.rename_table(BOOKS, store::LOGS)?;
    let mut texts = write.open_table(store::TEXTS)?;
    let fingerprint = texts.remove("plan")?.map(|value| value.value().to_owned());
    texts.insert("fingerprint", fingerprint.unwrap_or_default().as_str())?;
    let mut jobs = write.open_table(store::JOBS)?;
    let mut rows = Vec::new();
    for entry in jobs.iter()? {
        rows.push(row::decode_2(entry?.1.value())?);
    }
    for row in rows {
        let key = row.job.key();
        jobs.insert(
            (key.kind.as_str(), key.account.as_str()),
            row::encode(&row)?.as_slice(),
        )?;
    }
    from_3(write)
}

/// Upgrades version 1, which had records and no jobs.
pub(super) fn from_1(write: &WriteTransaction, identity: u64) -> Fallible<()> {
    let mut logs: BTreeMap<(JobKey, LogName), Vec<u8>> = BTreeMap::new();
    let place = |entity: &str, account: &str, container: &str| -> Fallible<(JobKey, LogName)> {
        let path = container.split('\0').map(str::to_owned).collect();
        let container = ContainerKey::new(Kind::new(entity)?, account, path);
        let log = container.log();
        Ok((container.job, log))
    };
    for entry in write.open_table(OLD_RECORDS)?.iter()? {
        let (stored, value) = entry?;
        let (entity, account, container, item) = stored.value();
        let old: Old = serde_json::from_slice(value.value())?;
        let mut record = Record::new(old.state);
        (record.digest, record.bytes, record.label) = (old.digest, old.bytes, old.label);
        (record.findings, record.original) = (old.findings, old.original);
        (record.attempts, record.on_target) = (old.attempts, old.on_target);
        let part = Records::part(&[(item.to_owned(), record)])?;
        logs.entry(place(entity, account, container)?)
            .or_default()
            .extend(part);
    }
    for entry in write.open_table(OLD_INTENTS)?.iter()? {
        let (stored, value) = entry?;
        let (entity, account, container) = stored.value();
        let intent: Intent = serde_json::from_slice(value.value())?;
        let part = Records::intent_part(&intent)?;
        logs.entry(place(entity, account, container)?)
            .or_default()
            .extend(part);
    }
    write.delete_table(OLD_RECORDS)?;
    write.delete_table(OLD_INTENTS)?;
    store::create(write, identity)?;
    let pending = Pending {
        logs,
        ..Pending::default()
    };
    store::write(write, &pending, 0, 0, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Job, JobFilter, JobState, Journal as _, RECORDS, RedbJournal};
    use redb::Database;
    use std::time::Duration;

    const MAIL: Kind = Kind::from_static("mail");

    #[tokio::test]
    async fn version_1_is_upgraded() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("journal.redb");
        let database = Database::create(&path).unwrap();
        let write = database.begin_write().unwrap();
        write
            .open_table(store::META)
            .unwrap()
            .insert("version", 1)
            .unwrap();
        let digest = Digest::from_bytes([7; 32]);
        let record = format!("{{\"s\":\"moved\",\"d\":\"{digest}\",\"z\":5,\"a\":2}}");
        write
            .open_table(OLD_RECORDS)
            .unwrap()
            .insert(("mail", "a", "Входящие\0x", "1:1"), record.as_bytes())
            .unwrap();
        let intent = format!("{{\"mark\":\"7\",\"items\":[[\"1:2\",\"{digest}\"]]}}");
        write
            .open_table(OLD_INTENTS)
            .unwrap()
            .insert(("mail", "a", "Входящие\0x"), intent.as_bytes())
            .unwrap();
        write.commit().unwrap();
        drop(database);
        for _ in 0..2 {
            let journal = RedbJournal::open(&path).unwrap();
            let container = ContainerKey::new(MAIL, "a", vec!["Входящие".into(), "x".into()]);
            let found = Records::read(&journal, &container).await.unwrap();
            let record = &found.records["1:1"];
            assert_eq!(
                (record.state, record.digest, record.attempts),
                (State::Moved, Some(digest), 2)
            );
            assert_eq!(found.intent.unwrap().mark, "7");
        }
    }

    #[tokio::test]
    async fn version_3_is_upgraded() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("journal.redb");
        let journal = RedbJournal::open(&path).unwrap();
        let job = Job::new(JobKey::new(MAIL, "a"), &()).unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let container = ContainerKey::new(MAIL, "a", vec!["INBOX".into()]);
        let moved = [("1:1".to_owned(), Record::new(State::Moved))];
        let records = Records::new(&journal, &lease);
        records.commit(&container, &moved).await.unwrap();
        drop(journal);
        let database = Database::create(&path).unwrap();
        let write = database.begin_write().unwrap();
        write
            .open_table(store::META)
            .unwrap()
            .insert("version", 3)
            .unwrap();
        write.commit().unwrap();
        drop(database);
        let journal = RedbJournal::open(&path).unwrap();
        let found = Records::read(&journal, &container).await.unwrap();
        assert_eq!(found.records.len(), 1);
        assert!(found.doubts.items.is_empty());
        drop(journal);
        let database = Database::create(&path).unwrap();
        assert_eq!(store::version(&database).unwrap(), Some(store::VERSION));
    }

    /// The files are what a process with version 2 left when it was killed: a job that is done, one that failed, one that it
    /// held, one that waits; half of it in the database, half in the write-ahead log.
    #[tokio::test]
    async fn version_2_is_upgraded() {
        const ANNA: &str = "6f9619ff-8b86-d011-b42d-00c04fc90001";
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("journal.redb");
        std::fs::write(&path, include_bytes!("../../tests/data/version-2.redb")).unwrap();
        let log = scratch.path().join("journal.redb.log");
        std::fs::write(&log, include_bytes!("../../tests/data/version-2.redb.log")).unwrap();
        for round in 0..2 {
            let journal = RedbJournal::open(&path).unwrap();
            let jobs = journal.jobs(JobFilter::CurrentPass, None).await.unwrap();
            let stands = jobs
                .iter()
                .map(|status| (status.job.key().to_string(), status.state, status.attempts));
            let boris = "boris@example.test";
            let expected = [
                (format!("calendars of {boris}"), JobState::Ready, 1),
                (format!("directory-contacts of {ANNA}"), JobState::Failed, 1),
                (format!("mail of {ANNA}"), JobState::Done, 1),
                (format!("mail of {boris}"), JobState::Ready, 1),
            ];
            assert_eq!(stands.collect::<Vec<_>>(), expected);
            let anna: BTreeMap<String, String> = jobs[2].job.payload().unwrap();
            assert_eq!(anna["mail"], "anna@example.test");
            assert_eq!(anna["display_name"], "Анна \"\\ 'x");
            assert_eq!(jobs[2].summary.as_deref(), Some(&b"{\"summary\":1}"[..]));
            assert_eq!(
                (jobs[1].error.as_deref(), jobs[1].worker.as_deref()),
                (Some("no"), Some("host:1/0"))
            );
            assert_eq!(jobs[3].error.as_deref(), Some("busy"));

            let inbox = LogName::new(Kind::from_static("imap"), "INBOX");
            let mail = JobKey::new(MAIL, ANNA);
            assert_eq!(journal.read(&mail, &inbox).await.unwrap(), b"one");
            assert_eq!(
                journal.read(&JobKey::new(MAIL, boris), &inbox).await.unwrap(),
                b"two"
            );
            let kinds = journal
                .logs(&mail)
                .await
                .unwrap()
                .into_iter()
                .map(|log| log.kind.to_string());
            assert_eq!(kinds.collect::<Vec<_>>(), ["imap", "proofs", RECORDS.as_str()]);
            let container = ContainerKey::new(MAIL, ANNA, vec!["Входящие".into(), "x".into()]);
            let found = Records::read(&journal, &container).await.unwrap();
            assert_eq!(found.target.as_deref(), Some("INBOX.x"));
            assert_eq!(
                (found.records["1:1"].bytes, found.records["1:1"].attempts),
                (5, 2)
            );
            let calendar = ContainerKey::new(Kind::from_static("calendars"), boris, vec!["Calendar".into()]);
            let intent = Records::read(&journal, &calendar).await.unwrap().intent.unwrap();
            assert_eq!((intent.mark.as_str(), intent.sizes), ("7", vec![9]));

            // The pass is joined, and goes on where it was killed.
            let pass = journal.begin(&"plan 1".into(), &[]).await.unwrap();
            assert_eq!((pass.number, pass.joined), (1, true));
            let Claim::Job(lease) = journal.claim("two", Duration::from_secs(60)).await.unwrap() else {
                panic!()
            };
            assert_eq!((lease.key(), lease.epoch()), (&calendar.job, 2 + round));
        }
    }
}
