//! The tables of the database.

use super::{fallible::Fallible, row};
use crate::{JobKey, Kind, LogName, table::JobRow};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle, WriteTransaction};
use std::collections::BTreeMap;

/// Name -> number: `version`, `identity`, `folds` (checkpoints), `pass`, `ids`.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Name -> text: `fingerprint`.
pub(super) const TEXTS: TableDefinition<'_, &str, &str> = TableDefinition::new("texts");
/// (kind, account) -> [`JobRow`] as JSON.
pub(super) const JOBS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("jobs");
/// (kind, account) -> summary.
const SUMMARIES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("summaries");
/// (kind, account) -> number of the job.
const JOB_IDS: TableDefinition<'_, (&str, &str), u32> = TableDefinition::new("job_ids");
/// (number of the job, kind, name) -> number of the log.
pub(super) const LOGS: TableDefinition<'_, (u32, &str, &[u8]), u32> = TableDefinition::new("logs");
/// (number of the log, number of the page) -> octets.
const PAGES: TableDefinition<'_, (u32, u32), &[u8]> = TableDefinition::new("pages");

/// The most octets of a log's page: four of them fill a page of the database well.
const PAGE: usize = 960;

pub(super) const VERSION: u64 = 4;

/// Changes that go into the database together.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) octets: usize,
    pub(super) logs: BTreeMap<(JobKey, LogName), Vec<u8>>,
    pub(super) rows: BTreeMap<JobKey, JobRow>,
    pub(super) summaries: BTreeMap<JobKey, Vec<u8>>,
}

/// What is read of a database when it is opened.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) identity: u64,
    pub(super) checkpoints: u64,
    pub(super) pass: u64,
    pub(super) fingerprint: String,
    pub(super) rows: Vec<JobRow>,
}

/// Returns the version of the database, or `None` if it is new. `Err` if it is another program's.
pub(super) fn version(database: &Database) -> Fallible<Option<u64>> {
    let read = database.begin_read()?;
    let names = read
        .list_tables()?
        .map(|table| table.name().to_owned())
        .collect::<Vec<_>>();
    if names.is_empty() {
        return Ok(None);
    }
    if !names.iter().any(|name| name == META.name()) {
        return Err("it is another program's database".into());
    }
    let version = read.open_table(META)?.get("version")?.map(|value| value.value());
    version
        .map(Some)
        .ok_or_else(|| "it is another program's database".into())
}

/// Makes the tables of a new database.
pub(super) fn create(write: &WriteTransaction, identity: u64) -> Fallible<()> {
    let mut meta = write.open_table(META)?;
    meta.insert("version", VERSION)?;
    meta.insert("identity", identity)?;
    meta.insert("folds", 0)?;
    meta.insert("pass", 0)?;
    meta.insert("ids", 0)?;
    write.open_table(TEXTS)?.insert("fingerprint", "")?;
    write.open_table(JOBS)?;
    write.open_table(SUMMARIES)?;
    write.open_table(JOB_IDS)?;
    write.open_table(LOGS)?;
    write.open_table(PAGES)?;
    Ok(())
}

pub(super) fn head(database: &Database) -> Fallible<Head> {
    let read = database.begin_read()?;
    let meta = read.open_table(META)?;
    let number = |name: &str| -> Fallible<u64> {
        let value = meta.get(name)?.map(|value| value.value());
        value.ok_or_else(|| format!("it lacks its {name}").into())
    };
    let fingerprint = read
        .open_table(TEXTS)?
        .get("fingerprint")?
        .map(|value| value.value().to_owned());
    let mut rows = Vec::new();
    for entry in read.open_table(JOBS)?.iter()? {
        let (key, value) = entry?;
        let (kind, account) = key.value();
        rows.push(row::decode(
            JobKey::new(Kind::new(kind)?, account),
            value.value(),
        )?);
    }
    Ok(Head {
        identity: number("identity")?,
        checkpoints: number("folds")?,
        pass: number("pass")?,
        fingerprint: fingerprint.unwrap_or_default(),
        rows,
    })
}

/// Writes changes.
pub(super) fn write(
    write: &WriteTransaction,
    pending: &Pending,
    checkpoints: u64,
    pass: u64,
    fingerprint: &str,
) -> Fallible<()> {
    let mut meta = write.open_table(META)?;
    meta.insert("folds", checkpoints)?;
    meta.insert("pass", pass)?;
    write.open_table(TEXTS)?.insert("fingerprint", fingerprint)?;
    let mut jobs = write.open_table(JOBS)?;
    for (key, row) in &pending.rows {
        jobs.insert(name(key), row::encode(row)?.as_slice())?;
    }
    let mut summaries = write.open_table(SUMMARIES)?;
    for (key, summary) in &pending.summaries {
        summaries.insert(name(key), summary.as_slice())?;
    }
    let mut next = meta.get("ids")?.map_or(0, |value| value.value());
    let mut new_id = || -> Fallible<u32> {
        next += 1;
        Ok(u32::try_from(next)?)
    };
    let (mut ids, mut logs, mut pages) = (
        write.open_table(JOB_IDS)?,
        write.open_table(LOGS)?,
        write.open_table(PAGES)?,
    );
    for ((key, log), octets) in &pending.logs {
        let known = ids.get(name(key))?.map(|value| value.value());
        let job = match known {
            Some(job) => job,
            None => {
                let job = new_id()?;
                ids.insert(name(key), job)?;
                job
            }
        };
        let place = (job, log.kind.as_str(), log.name.as_slice());
        let known = logs.get(place)?.map(|value| value.value());
        let id = match known {
            Some(id) => id,
            None => {
                let id = new_id()?;
                logs.insert(place, id)?;
                id
            }
        };
        let last = pages.range((id, 0)..=(id, u32::MAX))?.next_back().transpose()?;
        let last = last.map(|(place, page)| (place.value().1, page.value().to_vec()));
        let (mut number, mut octets) = match last {
            // A page that is not full is written again.
            Some((number, mut page)) if page.len() < PAGE => {
                page.extend_from_slice(octets);
                (number, std::borrow::Cow::Owned(page))
            }
            Some((number, _)) => (number + 1, std::borrow::Cow::Borrowed(octets.as_slice())),
            None => (0, std::borrow::Cow::Borrowed(octets.as_slice())),
        };
        let octets = std::mem::take(octets.to_mut());
        for page in octets.chunks(PAGE) {
            pages.insert((id, number), page)?;
            number += 1;
        }
    }
    meta.insert("ids", next)?;
    Ok(())
}

pub(super) fn summary(database: &Database, key: &JobKey) -> Fallible<Option<Vec<u8>>> {
    let read = database.begin_read()?;
    let summaries = read.open_table(SUMMARIES)?;
    let found = summaries.get(name(key))?;
    Ok(found.map(|value| value.value().to_vec()))
}

/// Returns all octets of a log.
pub(super) fn read(database: &Database, key: &JobKey, log: &LogName) -> Fallible<Vec<u8>> {
    let read = database.begin_read()?;
    let Some(job) = job_id(&read, key)? else {
        return Ok(Vec::new());
    };
    let logs = read.open_table(LOGS)?;
    let id = logs
        .get((job, log.kind.as_str(), log.name.as_slice()))?
        .map(|value| value.value());
    let Some(id) = id else { return Ok(Vec::new()) };
    let mut octets = Vec::new();
    for page in read.open_table(PAGES)?.range((id, 0)..=(id, u32::MAX))? {
        octets.extend_from_slice(page?.1.value());
    }
    Ok(octets)
}

/// Returns the logs of a job.
pub(super) fn logs(database: &Database, key: &JobKey) -> Fallible<Vec<LogName>> {
    let read = database.begin_read()?;
    let Some(job) = job_id(&read, key)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in read.open_table(LOGS)?.range((job, "", &[][..])..)? {
        let place = entry?.0;
        let (owner, kind, name) = place.value();
        if owner != job {
            break;
        }
        found.push(LogName::new(Kind::new(kind)?, name));
    }
    Ok(found)
}

fn job_id(read: &redb::ReadTransaction, key: &JobKey) -> Fallible<Option<u32>> {
    let ids = read.open_table(JOB_IDS)?;
    Ok(ids.get(name(key))?.map(|value| value.value()))
}

fn name(key: &JobKey) -> (&str, &str) {
    (key.kind.as_str(), key.account.as_str())
}
