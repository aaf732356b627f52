//! What a write of the journal takes, beside stores that could take the place of redb and the write-ahead log.
//!
//! ```text
//! race-journal STORE [ACCOUNTS]     STORE: journal, fjall, sqlite, redb-none, redb; 200 accounts unless told otherwise
//! ```
//!
//! For each account 12 folders of four writes of 60 octets, a row when it begins, and a summary of 700 octets at its end; a flush every
//! second. The stores other than the journal do less: no leases, no names of logs, no check when they are opened.

mod journal;
mod stores;

use std::{
    path::Path,
    time::{Duration, Instant},
};

/// What is measured.
trait Store {
    /// Writes to a log of the account that was begun last.
    fn append(&mut self, folder: u32, number: u32, octets: &[u8]);
    /// Begins an account, or ends it.
    fn row(&mut self, account: u32, octets: &[u8]);
    /// Survives the loss of power.
    fn sync(&mut self);
}

fn main() {
    let mut words = std::env::args().skip(1);
    let name = words.next().expect("name a store");
    let accounts = words.next().map_or(200, |word| word.parse().expect("a number"));
    let directory = std::env::temp_dir().join(format!("race-journal-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let store: Box<dyn Store> = match name.as_str() {
        "journal" => Box::new(journal::Redb::open(&directory, accounts)),
        "fjall" => Box::new(stores::Fjall::open(&directory)),
        "sqlite" => Box::new(stores::Sqlite::open(&directory)),
        "redb-none" => Box::new(stores::Redb::open(&directory, redb::Durability::None)),
        "redb" => Box::new(stores::Redb::open(&directory, redb::Durability::Immediate)),
        other => panic!("{other}: no such store"),
    };
    race(&name, accounts, store, &directory);
    std::fs::remove_dir_all(&directory).expect("the directory goes");
}

fn race(name: &str, accounts: u32, mut store: Box<dyn Store>, directory: &Path) {
    let (octets, summary) = ([7; 60], [b'x'; 700]);
    let (begun, mut flushed) = (Instant::now(), Instant::now());
    let (mut writes, mut worst) = (0_u32, Duration::ZERO);
    for account in 0..accounts {
        store.row(account, &summary[..200]);
        for folder in 0..12 {
            for number in 0..4 {
                let asked = Instant::now();
                store.append(folder, number, &octets);
                worst = worst.max(asked.elapsed());
                if flushed.elapsed() > Duration::from_secs(1) {
                    store.sync();
                    flushed = Instant::now();
                }
            }
        }
        store.row(account, &summary);
        writes += 12 * 4 + 2;
    }
    store.sync();
    drop(store);
    let seconds = begun.elapsed().as_secs_f64();
    let (files, size) = files(directory);
    println!(
        "{name}: {writes} writes in {seconds:.2} s, {:.1} us each, {worst:?} at most; {files} files, {:.1} octets of disk for a write",
        seconds * 1e6 / f64::from(writes),
        size as f64 / f64::from(writes),
    );
}

/// How many files there are, and what they take of the disk.
fn files(directory: &Path) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = (0, 0);
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata().expect("an entry");
        let (files, size) = if metadata.is_dir() {
            files(&entry.path())
        } else {
            (1, metadata.blocks() * 512)
        };
        sum = (sum.0 + files, sum.1 + size);
    }
    sum
}
