//! Others.

use crate::Store;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use redb::{Durability, TableDefinition, WriteTransaction};
use rusqlite::{Connection, params};
use std::path::Path;

/// A write is in the operating system's buffers when it returns.
pub(crate) struct Fjall {
    database: Database,
    pages: Keyspace,
    rows: Keyspace,
    account: u32,
}

impl Fjall {
    pub(crate) fn open(directory: &Path) -> Self {
        let database = Database::builder(directory).open().expect("a database");
        let keyspace = |name| {
            database
                .keyspace(name, KeyspaceCreateOptions::default)
                .expect("a keyspace")
        };
        let (pages, rows) = (keyspace("pages"), keyspace("rows"));
        Self {
            database,
            pages,
            rows,
            account: 0,
        }
    }
}

impl Store for Fjall {
    fn append(&mut self, folder: u32, number: u32, octets: &[u8]) {
        let key = [self.account, folder, number].map(u32::to_be_bytes).concat();
        self.pages.insert(key, octets).expect("a write");
        self.database.persist(PersistMode::Buffer).expect("a write");
    }

    fn row(&mut self, account: u32, octets: &[u8]) {
        self.account = account;
        self.rows.insert(account.to_be_bytes(), octets).expect("a write");
        self.database.persist(PersistMode::Buffer).expect("a write");
    }

    fn sync(&mut self) {
        self.database.persist(PersistMode::SyncData).expect("a flush");
    }
}

/// A write is in the file of SQLite's write-ahead log when it returns.
pub(crate) struct Sqlite {
    connection: Connection,
    account: u32,
}

impl Sqlite {
    pub(crate) fn open(directory: &Path) -> Self {
        let connection = Connection::open(directory.join("journal.sqlite")).expect("a database");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 CREATE TABLE pages (account INTEGER, folder INTEGER, number INTEGER, octets BLOB,
                     PRIMARY KEY (account, folder, number)) WITHOUT ROWID;
                 CREATE TABLE rows (account INTEGER PRIMARY KEY, octets BLOB);",
            )
            .expect("tables");
        Self {
            connection,
            account: 0,
        }
    }
}

impl Store for Sqlite {
    fn append(&mut self, folder: u32, number: u32, octets: &[u8]) {
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO pages VALUES (?, ?, ?, ?)")
            .expect("SQL");
        insert
            .execute(params![self.account, folder, number, octets])
            .expect("a write");
    }

    fn row(&mut self, account: u32, octets: &[u8]) {
        self.account = account;
        let mut insert = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO rows VALUES (?, ?)")
            .expect("SQL");
        insert.execute(params![account, octets]).expect("a write");
    }

    fn sync(&mut self) {
        let checkpoint = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        checkpoint.expect("a flush");
    }
}

const PAGES: TableDefinition<'_, (u32, u32, u32), &[u8]> = TableDefinition::new("pages");
const ROWS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("rows");

/// With `Durability::None`, a write does not survive the process until the next flush.
pub(crate) struct Redb {
    database: redb::Database,
    durability: Durability,
    account: u32,
}

impl Redb {
    pub(crate) fn open(directory: &Path, durability: Durability) -> Self {
        let database = redb::Database::builder()
            .set_cache_size(8 << 20)
            .create(directory.join("journal.redb"))
            .expect("a database");
        Self {
            database,
            durability,
            account: 0,
        }
    }

    fn write(&self, durability: Durability, change: impl FnOnce(&WriteTransaction)) {
        let mut write = self.database.begin_write().expect("a transaction");
        write.set_durability(durability).expect("a durability");
        change(&write);
        write.commit().expect("a commit");
    }
}

impl Store for Redb {
    fn append(&mut self, folder: u32, number: u32, octets: &[u8]) {
        self.write(self.durability, |write| {
            let key = (self.account, folder, number);
            write
                .open_table(PAGES)
                .expect("a table")
                .insert(key, octets)
                .expect("a write");
        });
    }

    fn row(&mut self, account: u32, octets: &[u8]) {
        self.account = account;
        self.write(self.durability, |write| {
            write
                .open_table(ROWS)
                .expect("a table")
                .insert(account, octets)
                .expect("a write");
        });
    }

    fn sync(&mut self) {
        self.write(Durability::Immediate, |_| ());
    }
}
