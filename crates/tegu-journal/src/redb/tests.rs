use super::*;
use crate::{Kind, conformance};

const MAIL: Kind = Kind::from_static("mail");
const COPIED: Kind = Kind::from_static("copied");

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
    let job = Job::new(JobKey::new(MAIL, "anna"), &()).unwrap();
    journal
        .begin(&"settings".into(), std::slice::from_ref(&job))
        .await
        .unwrap();
    let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
        panic!()
    };
    let log = LogName::new(COPIED, "INBOX");
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
        journal.append(&lease, &log, octets).await.unwrap();
        expected.extend_from_slice(octets);
        for name in ["journal.redb", "journal.redb.log"] {
            std::fs::copy(directory.path().join(name), other.join(name)).unwrap();
        }
        let found = RedbJournal::open(&killed).unwrap();
        assert!(
            found.read(job.key(), &log).await.unwrap() == expected,
            "after {number}"
        );
        let Claim::Job(lease) = found.claim("two", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        assert_eq!(
            (lease.epoch(), lease.attempt()),
            (2, 1),
            "the lease died with its process, and no attempt failed"
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
    refused("stored form is version 99");
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
        error.contains("journal.redb.log") && error.contains("not a journal's log"),
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

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    let journal = RedbJournal::open(&path).unwrap();
    journal.begin(&"settings".into(), &[]).await.unwrap();
    for name in ["journal.redb", "journal.redb.log"] {
        let mode = std::fs::metadata(directory.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_second_opener_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.redb");
    let _first = RedbJournal::open(&path).unwrap();
    let error = RedbJournal::open(&path).unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::InUse, true),
        "{error}"
    );
}
