use super::{Intent, Journal, Record, Scope};
use crate::{BoxFuture, Error, ErrorKind, Result};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::{fmt::Display, path::Path, path::PathBuf};

/// (entity, account, container, item) -> [`Record`] as JSON.
const RECORDS: TableDefinition<'_, (&str, &str, &str, &str), &[u8]> = TableDefinition::new("records");
/// (entity, account, container) -> [`Intent`] as JSON.
const INTENTS: TableDefinition<'_, (&str, &str, &str), &[u8]> = TableDefinition::new("intents");
/// Name -> value; holds the version of the stored form.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

const VERSION_KEY: &str = "version";
const VERSION: u64 = 1;

/// A journal in one file. One process at a time can have it open.
#[derive(Debug)]
pub struct RedbJournal {
    database: Database,
    path: PathBuf,
}

impl RedbJournal {
    /// Opens a journal, or makes an empty one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] when the file is no journal, of another version, damaged, or open in another process.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let failed = |error: &dyn Display| failed(&path, "opening", error);
        let database = Database::create(&path).map_err(|error| failed(&error))?;
        let write = database.begin_write().map_err(|error| failed(&error))?;
        {
            let mut meta = write.open_table(META).map_err(|error| failed(&error))?;
            let version = meta
                .get(VERSION_KEY)
                .map_err(|error| failed(&error))?
                .map(|value| value.value());
            match version {
                None => {
                    meta.insert(VERSION_KEY, VERSION)
                        .map_err(|error| failed(&error))?;
                }
                Some(VERSION) => {}
                Some(other) => {
                    return Err(failed(&format!(
                        "stored form {other}, this program reads {VERSION}"
                    )));
                }
            }
            write.open_table(RECORDS).map_err(|error| failed(&error))?;
            write.open_table(INTENTS).map_err(|error| failed(&error))?;
        }
        write.commit().map_err(|error| failed(&error))?;
        Ok(Self { database, path })
    }

    fn read_records(&self, scope: &Scope) -> Result<Vec<(String, Record)>> {
        let failed = |error: &dyn Display| failed(&self.path, "reading", error);
        let read = self.database.begin_read().map_err(|error| failed(&error))?;
        let table = read.open_table(RECORDS).map_err(|error| failed(&error))?;
        let container = container_key(scope);
        let key = (scope.entity.name(), scope.account.as_str(), container.as_str());
        let mut records = Vec::new();
        for entry in table
            .range((key.0, key.1, key.2, "")..)
            .map_err(|error| failed(&error))?
        {
            let (stored, value) = entry.map_err(|error| failed(&error))?;
            let (entity, account, container, item) = stored.value();
            if (entity, account, container) != key {
                break;
            }
            let record = serde_json::from_slice(value.value()).map_err(|error| failed(&error))?;
            records.push((item.to_owned(), record));
        }
        Ok(records)
    }

    fn read_intent(&self, scope: &Scope) -> Result<Option<Intent>> {
        let failed = |error: &dyn Display| failed(&self.path, "reading", error);
        let read = self.database.begin_read().map_err(|error| failed(&error))?;
        let table = read.open_table(INTENTS).map_err(|error| failed(&error))?;
        let container = container_key(scope);
        let stored = table
            .get((scope.entity.name(), scope.account.as_str(), container.as_str()))
            .map_err(|error| failed(&error))?;
        stored
            .map(|value| serde_json::from_slice(value.value()).map_err(|error| failed(&error)))
            .transpose()
    }

    fn write(&self, scope: &Scope, intent: Option<&Intent>, records: &[(String, Record)]) -> Result<()> {
        let failed = |error: &dyn Display| failed(&self.path, "writing", error);
        let container = container_key(scope);
        let key = (scope.entity.name(), scope.account.as_str(), container.as_str());
        let write = self.database.begin_write().map_err(|error| failed(&error))?;
        {
            let mut intents = write.open_table(INTENTS).map_err(|error| failed(&error))?;
            match intent {
                Some(intent) => {
                    let value = serde_json::to_vec(intent).map_err(|error| failed(&error))?;
                    intents
                        .insert(key, value.as_slice())
                        .map_err(|error| failed(&error))?;
                }
                None => {
                    intents.remove(key).map_err(|error| failed(&error))?;
                }
            }
            let mut table = write.open_table(RECORDS).map_err(|error| failed(&error))?;
            for (item, record) in records {
                let value = serde_json::to_vec(record).map_err(|error| failed(&error))?;
                table
                    .insert((key.0, key.1, key.2, item.as_str()), value.as_slice())
                    .map_err(|error| failed(&error))?;
            }
        }
        write.commit().map_err(|error| failed(&error))
    }
}

/// The path as one string that keeps different paths apart: NUL never occurs in a folder's name.
fn container_key(scope: &Scope) -> String {
    scope.container.join("\0")
}

fn failed(path: &Path, doing: &str, error: &dyn Display) -> Error {
    Error::new(
        ErrorKind::Journal,
        format!("{doing} the journal {}: {error}", path.display()),
    )
}

impl Journal for RedbJournal {
    fn records<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<Vec<(String, Record)>>> {
        Box::pin(async move { self.read_records(scope) })
    }

    fn intent<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<Option<Intent>>> {
        Box::pin(async move { self.read_intent(scope) })
    }

    fn begin<'a>(&'a self, scope: &'a Scope, intent: &'a Intent) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.write(scope, Some(intent), &[]) })
    }

    fn commit<'a>(&'a self, scope: &'a Scope, records: &'a [(String, Record)]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.write(scope, None, records) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn conforms_and_remembers() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        super::super::conformance::check(&RedbJournal::open(&path).unwrap()).await;
        let reopened = RedbJournal::open(&path).unwrap();
        let scope = Scope::new(crate::Entity::Mail, "a", vec!["Входящие".into(), "x".into()]);
        assert_eq!(reopened.records(&scope).await.unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        std::fs::write(&path, "not a journal".repeat(1000)).unwrap();
        let error = RedbJournal::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        assert!(error.to_string().contains("journal.redb"));
    }

    #[test]
    fn a_second_opener_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        let _first = RedbJournal::open(&path).unwrap();
        assert_eq!(RedbJournal::open(&path).unwrap_err().kind(), ErrorKind::Journal);
    }
}
