use super::*;
use crate::{
    Account, Entity,
    journal::{BookKind, ImapLedger, conformance},
};
use std::sync::Arc;
use tegu_imap::{
    MailboxName, Uid, UidValidity,
    ledger::{Entry, Ledger as _, Pair, Pass, Standing},
};

#[tokio::test]
async fn conforms_and_remembers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    conformance::check(&RedbJournal::open(&path).unwrap()).await;
    conformance::check_reopened(&RedbJournal::open(&path).unwrap()).await;
    let files = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(files, 1, "one file when it is closed");
}

/// A copy of the files at any instant is what a killed process leaves.
#[tokio::test]
async fn what_was_written_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    let journal = RedbJournal::open(&path).unwrap();
    let job = Job::new(Entity::Mail, Account::new("a@example.test"));
    journal.begin("plan", std::slice::from_ref(&job)).await.unwrap();
    let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
        panic!()
    };
    let book = Book::new(BookKind::Imap, "INBOX");
    let other = directory.path().join("killed");
    std::fs::create_dir(&other).unwrap();
    let killed = other.join("journal.redb");
    let large = vec![7; 3 << 20];
    let mut expected = Vec::new();
    for number in 0..8_u8 {
        let octets = if number % 3 == 2 {
            &large[..]
        } else {
            &[number][..]
        };
        journal.append(&lease, &book, octets).await.unwrap();
        expected.extend_from_slice(octets);
        for name in ["journal.redb", "journal.redb.log"] {
            std::fs::copy(directory.path().join(name), other.join(name)).unwrap();
        }
        let found = RedbJournal::open(&killed).unwrap();
        assert!(
            found.read(&job.key(), &book).await.unwrap() == expected,
            "after {number}"
        );
        let Claim::Job(lease) = found.claim("two", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        assert_eq!(
            (lease.epoch(), lease.attempt()),
            (2, 2),
            "the lease died with its process"
        );
    }
}

#[test]
fn what_is_no_journal_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    let refused = |what: &str| {
        let error = RedbJournal::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        let error = error.to_string();
        assert!(error.contains("journal.redb") && error.contains(what), "{error}");
    };
    std::fs::write(&path, "not a journal".repeat(1000)).unwrap();
    refused("");
    std::fs::remove_file(&path).unwrap();
    let foreign = Database::create(&path).unwrap();
    let write = foreign.begin_write().unwrap();
    write
        .open_table(redb::TableDefinition::<&str, &str>::new("diary"))
        .unwrap();
    write.commit().unwrap();
    drop(foreign);
    refused("another program's");
    std::fs::remove_file(&path).unwrap();
    drop(RedbJournal::open(&path).unwrap());
    let database = Database::create(&path).unwrap();
    let write = database.begin_write().unwrap();
    write
        .open_table(store::META)
        .unwrap()
        .insert("version", 99)
        .unwrap();
    write.commit().unwrap();
    drop(database);
    refused("stored form is 99");
}

#[test]
fn damage_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    drop(RedbJournal::open(&path).unwrap());
    let log = directory.path().join("journal.redb.log");
    std::fs::write(&log, "diary of somebody, and nothing else at all").unwrap();
    let error = RedbJournal::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("journal.redb.log") && error.contains("no journal's log"),
        "{error}"
    );
    std::fs::remove_file(&log).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        for octet in damaged.iter_mut().skip(at).take(64) {
            *octet ^= 0x5a;
        }
        std::fs::write(&path, &damaged).unwrap();
        // Damage where nothing is stored may go unnoticed; nothing may panic.
        let _ = RedbJournal::open(&path);
    }
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(RedbJournal::open(&path).unwrap_err().kind(), ErrorKind::Journal);
}

#[test]
fn a_second_opener_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    let _first = RedbJournal::open(&path).unwrap();
    assert_eq!(RedbJournal::open(&path).unwrap_err().kind(), ErrorKind::Journal);
}

/// Writes what a transfer writes of a folder, and returns how many messages that are.
async fn transfer(ledger: &ImapLedger, folder: &MailboxName, first: u32, messages: u32) {
    let uid = |number: u32| Uid::new(number).unwrap();
    let pair = Pair::new(
        UidValidity::new(1_700_000_000),
        folder.clone(),
        UidValidity::new(1_700_000_001),
    );
    ledger.write(folder, &[Entry::Opened(pair)]).await.unwrap();
    let numbers = (first..first + messages).collect::<Vec<_>>();
    for group in numbers.chunks(200) {
        let messages = group.iter().copied().map(uid).collect();
        let mark = uid(group[0]);
        ledger
            .write(folder, &[Entry::Intent { mark, messages }])
            .await
            .unwrap();
        for command in group.chunks(100) {
            let stands = command.iter().map(|number| {
                let flags = if number % 3 == 0 { &[][..] } else { &["\\Seen"][..] };
                let digest = tegu_imap::prove::digest(&number.to_le_bytes());
                let flags = flags.iter().collect();
                let standing =
                    Standing::new(tegu_imap::State::Moved, uid(*number), Some(digest), 50_000, flags);
                Entry::Stands {
                    uid: uid(*number),
                    standing,
                }
            });
            ledger.write(folder, &stands.collect::<Vec<_>>()).await.unwrap();
        }
    }
    let pass = Pass::new(Some(uid(first + messages)), messages, Some(1_000_000));
    ledger.write(folder, &[Entry::Passed(pass)]).await.unwrap();
}

#[tokio::test]
async fn a_message_takes_few_octets_of_the_file() {
    const ACCOUNTS: u32 = 50;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    let journal: Arc<dyn Journal> = Arc::new(RedbJournal::open(&path).unwrap());
    let jobs = (0..ACCOUNTS).map(|number| {
        let mut account = Account::new(format!("somebody.{number}@example.test"));
        account.id = format!("6f9619ff-8b86-d011-b42d-00c04fc9{number:04x}");
        Job::new(Entity::Mail, account)
    });
    journal.begin("plan", &jobs.collect::<Vec<_>>()).await.unwrap();
    let folders = ["INBOX", "Sent Items", "Архив/2023"].map(|name| MailboxName::new(name).unwrap());
    let mut ledgers = Vec::new();
    while let Claim::Job(lease) = journal.claim("one", Duration::from_secs(600)).await.unwrap() {
        ledgers.push(ImapLedger::new(journal.clone(), Arc::new(lease)));
    }
    let mut sizes = Vec::new();
    for (first, messages) in [(1, 70), (100, 700)] {
        for ledger in &ledgers {
            for folder in &folders {
                transfer(ledger, folder, first, messages).await;
            }
        }
        journal.settle().await.unwrap();
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    let first = sizes[0] / u64::from(ACCOUNTS * 3 * 70);
    let further = (sizes[1] - sizes[0]) / u64::from(ACCOUNTS * 3 * 700);
    assert!(
        first <= 64 && further <= 64,
        "{first} octets for each of the first, {further} for further ones"
    );
}

/// In small folders a message takes no more than in large ones, but a folder has a name, a place and an end of its own, and so
/// has an account.
#[tokio::test]
async fn what_a_small_folder_takes() {
    const ACCOUNTS: u32 = 200;
    let mut sizes = Vec::new();
    for (folders, messages) in [(0, 0), (12, 0), (12, 4)] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        let journal: Arc<dyn Journal> = Arc::new(RedbJournal::open(&path).unwrap());
        let jobs = (0..ACCOUNTS).map(|number| {
            let mut account = Account::new(format!("somebody.{number}@example.test"));
            account.id = format!("6f9619ff-8b86-d011-b42d-00c04fc9{number:04x}");
            Job::new(Entity::Mail, account)
        });
        journal.begin("plan", &jobs.collect::<Vec<_>>()).await.unwrap();
        while let Claim::Job(lease) = journal.claim("one", Duration::from_secs(600)).await.unwrap() {
            let ledger = ImapLedger::new(journal.clone(), Arc::new(lease));
            for folder in 0..folders {
                let name = MailboxName::new(&format!("Folder {folder:02}")).unwrap();
                transfer(&ledger, &name, 1, messages).await;
            }
        }
        journal.settle().await.unwrap();
        let size = std::fs::metadata(&path).unwrap().len();
        sizes.push(size / u64::from(ACCOUNTS));
    }
    let (account, folder) = (sizes[0], (sizes[1] - sizes[0]) / 12);
    let message = (sizes[2] - sizes[1]) / (12 * 4);
    assert!(
        account <= 800 && folder <= 96 && message <= 64,
        "{account} octets for an account, {folder} for a folder, {message} for a message"
    );
}
