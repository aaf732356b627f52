//! The tables of the database.

use super::super::{Book, BookKind, JobKey, table::Row};
use crate::Entity;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle, WriteTransaction};
use std::{collections::BTreeMap, error::Error as StdError};

/// Anything that went wrong, as text for [`super::failed`].
pub(super) type Fallible<T> = Result<T, Box<dyn StdError + Send + Sync>>;

/// Name -> number: `version`, `identity`, `folds`, `pass`, `ids`.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Name -> text: `plan`.
const TEXTS: TableDefinition<'_, &str, &str> = TableDefinition::new("texts");
/// (entity, account) -> [`Row`] as JSON.
const JOBS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("jobs");
/// (entity, account) -> summary.
const SUMMARIES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("summaries");
/// (entity, account) -> number of the job.
const JOB_IDS: TableDefinition<'_, (&str, &str), u32> = TableDefinition::new("job_ids");
/// (number of the job, kind, name) -> number of the book.
const BOOKS: TableDefinition<'_, (u32, &str, &[u8]), u32> = TableDefinition::new("books");
/// (number of the book, number of the page) -> octets.
const PAGES: TableDefinition<'_, (u32, u32), &[u8]> = TableDefinition::new("pages");

/// A page of a book is filled up to so many octets: four of them go well into a page of the database.
const PAGE: usize = 960;

pub(super) const VERSION: u64 = 2;

/// Changes that go into the database together.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) octets: usize,
    pub(super) books: BTreeMap<(JobKey, Book), Vec<u8>>,
    pub(super) rows: BTreeMap<JobKey, Row>,
    pub(super) summaries: BTreeMap<JobKey, Vec<u8>>,
}

/// What a database begins with.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) identity: u64,
    pub(super) folds: u64,
    pub(super) pass: u64,
    pub(super) plan: String,
    pub(super) rows: Vec<Row>,
}

/// Which version the database has; `None` for one that is new. `Err` where it is another program's.
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
    write.open_table(TEXTS)?.insert("plan", "")?;
    write.open_table(JOBS)?;
    write.open_table(SUMMARIES)?;
    write.open_table(JOB_IDS)?;
    write.open_table(BOOKS)?;
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
    let plan = read
        .open_table(TEXTS)?
        .get("plan")?
        .map(|value| value.value().to_owned());
    let mut rows = Vec::new();
    for entry in read.open_table(JOBS)?.iter()? {
        rows.push(serde_json::from_slice(entry?.1.value())?);
    }
    Ok(Head {
        identity: number("identity")?,
        folds: number("folds")?,
        pass: number("pass")?,
        plan: plan.unwrap_or_default(),
        rows,
    })
}

/// Writes changes.
pub(super) fn fold(
    write: &WriteTransaction,
    pending: &Pending,
    folds: u64,
    pass: u64,
    plan: &str,
) -> Fallible<()> {
    let mut meta = write.open_table(META)?;
    meta.insert("folds", folds)?;
    meta.insert("pass", pass)?;
    write.open_table(TEXTS)?.insert("plan", plan)?;
    let mut jobs = write.open_table(JOBS)?;
    for (key, row) in &pending.rows {
        let name = (key.entity.name(), key.account.as_str());
        jobs.insert(name, serde_json::to_vec(row)?.as_slice())?;
    }
    let mut summaries = write.open_table(SUMMARIES)?;
    for (key, summary) in &pending.summaries {
        summaries.insert((key.entity.name(), key.account.as_str()), summary.as_slice())?;
    }
    let mut next = meta.get("ids")?.map_or(0, |value| value.value());
    let mut new_id = || -> Fallible<u32> {
        next += 1;
        Ok(u32::try_from(next)?)
    };
    let (mut ids, mut books, mut pages) = (
        write.open_table(JOB_IDS)?,
        write.open_table(BOOKS)?,
        write.open_table(PAGES)?,
    );
    for ((key, book), octets) in &pending.books {
        let name = (key.entity.name(), key.account.as_str());
        let known = ids.get(name)?.map(|value| value.value());
        let job = match known {
            Some(job) => job,
            None => {
                let job = new_id()?;
                ids.insert(name, job)?;
                job
            }
        };
        let name = (job, book.kind.name(), book.name.as_slice());
        let known = books.get(name)?.map(|value| value.value());
        let id = match known {
            Some(id) => id,
            None => {
                let id = new_id()?;
                books.insert(name, id)?;
                id
            }
        };
        let last = pages.range((id, 0)..=(id, u32::MAX))?.next_back().transpose()?;
        let last = last.map(|(place, page)| (place.value().1, page.value().to_vec()));
        let (mut number, mut octets) = match last {
            // A page that is not full is written anew.
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
    let found = summaries.get((key.entity.name(), key.account.as_str()))?;
    Ok(found.map(|value| value.value().to_vec()))
}

/// All octets of a book.
pub(super) fn read(database: &Database, key: &JobKey, book: &Book) -> Fallible<Vec<u8>> {
    let read = database.begin_read()?;
    let Some(job) = job_id(&read, key)? else {
        return Ok(Vec::new());
    };
    let books = read.open_table(BOOKS)?;
    let id = books
        .get((job, book.kind.name(), book.name.as_slice()))?
        .map(|value| value.value());
    let Some(id) = id else { return Ok(Vec::new()) };
    let mut octets = Vec::new();
    for page in read.open_table(PAGES)?.range((id, 0)..=(id, u32::MAX))? {
        octets.extend_from_slice(page?.1.value());
    }
    Ok(octets)
}

/// The books of a job.
pub(super) fn books(database: &Database, key: &JobKey) -> Fallible<Vec<Book>> {
    let read = database.begin_read()?;
    let Some(job) = job_id(&read, key)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in read.open_table(BOOKS)?.range((job, "", &[][..])..)? {
        let place = entry?.0;
        let (owner, kind, name) = place.value();
        if owner != job {
            break;
        }
        let kind = BookKind::from_name(kind).ok_or("a book is of an unknown kind")?;
        found.push(Book::new(kind, name));
    }
    Ok(found)
}

fn job_id(read: &redb::ReadTransaction, key: &JobKey) -> Fallible<Option<u32>> {
    let ids = read.open_table(JOB_IDS)?;
    Ok(ids
        .get((key.entity.name(), key.account.as_str()))?
        .map(|value| value.value()))
}

/// The entity of this name.
pub(super) fn entity(name: &str) -> Fallible<Entity> {
    let known = Entity::ALL.into_iter().find(|entity| entity.name() == name);
    known.ok_or_else(|| format!("{name:?} is no kind of thing that is known").into())
}
