//! From earlier stored forms.

use super::super::{Book, JobKey, Scope, records::Record, records::Records};
use super::store::{self, Fallible, Pending};
use crate::{Digest, Finding, State, journal::Intent};
use redb::{ReadableTable, TableDefinition, WriteTransaction};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Version 1: (entity, account, container, item) -> [`Old`] as JSON.
const RECORDS: TableDefinition<'_, (&str, &str, &str, &str), &[u8]> = TableDefinition::new("records");
/// Version 1: (entity, account, container) -> [`Intent`] as JSON.
const INTENTS: TableDefinition<'_, (&str, &str, &str), &[u8]> = TableDefinition::new("intents");

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

/// Brings version 1, which had records and no jobs, to the present one.
pub(super) fn from_1(write: &WriteTransaction, identity: u64) -> Fallible<()> {
    let mut books: BTreeMap<(JobKey, Book), Vec<u8>> = BTreeMap::new();
    let place = |entity: &str, account: &str, container: &str| -> Fallible<(JobKey, Book)> {
        let path = container.split('\0').map(str::to_owned).collect();
        let scope = Scope::new(store::entity(entity)?, account, path);
        Ok((scope.job(), scope.book()))
    };
    for entry in write.open_table(RECORDS)?.iter()? {
        let (stored, value) = entry?;
        let (entity, account, container, item) = stored.value();
        let old: Old = serde_json::from_slice(value.value())?;
        let mut record = Record::new(old.state);
        (record.digest, record.bytes, record.label) = (old.digest, old.bytes, old.label);
        (record.findings, record.original) = (old.findings, old.original);
        (record.attempts, record.on_target) = (old.attempts, old.on_target);
        let part = Records::part(&[(item.to_owned(), record)])?;
        books
            .entry(place(entity, account, container)?)
            .or_default()
            .extend(part);
    }
    for entry in write.open_table(INTENTS)?.iter()? {
        let (stored, value) = entry?;
        let (entity, account, container) = stored.value();
        let intent: Intent = serde_json::from_slice(value.value())?;
        let part = Records::intent_part(&intent)?;
        books
            .entry(place(entity, account, container)?)
            .or_default()
            .extend(part);
    }
    write.delete_table(RECORDS)?;
    write.delete_table(INTENTS)?;
    store::create(write, identity)?;
    let pending = Pending {
        books,
        ..Pending::default()
    };
    store::fold(write, &pending, 0, 0, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entity, journal::RedbJournal};
    use redb::Database;

    #[tokio::test]
    async fn a_journal_of_version_1_goes_on() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("journal.redb");
        let database = Database::create(&path).unwrap();
        let write = database.begin_write().unwrap();
        write
            .open_table(store::META)
            .unwrap()
            .insert("version", 1)
            .unwrap();
        let digest = Digest::of(b"m");
        let record = format!("{{\"s\":\"moved\",\"d\":\"{digest}\",\"z\":5,\"a\":2}}");
        write
            .open_table(RECORDS)
            .unwrap()
            .insert(("mail", "a", "Входящие\0x", "1:1"), record.as_bytes())
            .unwrap();
        let intent = format!("{{\"mark\":\"7\",\"items\":[[\"1:2\",\"{digest}\"]]}}");
        write
            .open_table(INTENTS)
            .unwrap()
            .insert(("mail", "a", "Входящие\0x"), intent.as_bytes())
            .unwrap();
        write.commit().unwrap();
        drop(database);
        for _ in 0..2 {
            let journal = RedbJournal::open(&path).unwrap();
            let scope = Scope::new(Entity::Mail, "a", vec!["Входящие".into(), "x".into()]);
            let opened = Records::read(&journal, &scope).await.unwrap();
            let record = &opened.records["1:1"];
            assert_eq!(
                (record.state, record.digest, record.attempts),
                (State::Moved, Some(digest), 2)
            );
            assert_eq!(opened.intent.unwrap().mark, "7");
        }
    }
}
