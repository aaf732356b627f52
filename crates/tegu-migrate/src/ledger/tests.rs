#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::{
    Account, Entity,
    journal::{Claim, RedbJournal},
};
use std::time::Duration;
use tegu_transfer::AccountJob;

use tegu_imap::{
    Uid, UidValidity,
    ledger::{Origin, Pair, Pass, Proof, Sending, StoredMessage},
};

async fn begin(journal: &dyn Journal, accounts: u32) {
    let jobs = (0..accounts).map(|number| {
        let mut account = Account::new(format!("somebody.{number}@example.test"));
        account.id = format!("6f9619ff-8b86-d011-b42d-00c04fc9{number:04x}");
        AccountJob::new(Entity::Mail, account).to_job().unwrap()
    });
    journal
        .begin(&"settings".into(), &jobs.collect::<Vec<_>>())
        .await
        .unwrap();
}

/// Writes what a transfer writes of a folder, and returns how many messages that are.
async fn transfer(ledger: &ImapLedger, folder: &MailboxName, first: u32, messages: u32) {
    let uid = |number: u32| Uid::new(number).unwrap();
    let pair = Pair::new(
        UidValidity::new(1_700_000_000),
        folder.clone(),
        UidValidity::new(1_700_000_001),
    );
    ledger.write(folder, &[Entry::Paired(pair)]).await.unwrap();
    let numbers = (first..first + messages).collect::<Vec<_>>();
    for command in numbers.chunks(100) {
        let sendings = command.iter().map(|number| {
            let digest = tegu_imap::prove::digest(&number.to_le_bytes());
            Sending::new(uid(*number), Some(digest), 50_000)
        });
        let intent = Entry::Intent {
            mark: uid(command[0]),
            at: 1_800_000_000,
            messages: sendings.collect(),
        };
        ledger.write(folder, &[intent]).await.unwrap();
        let stored = command.iter().map(|number| {
            let flags = if number % 3 == 0 { &[][..] } else { &["\\Seen"][..] };
            let flags = flags.iter().collect();
            Entry::Stored {
                uid: uid(*number),
                message: StoredMessage::new(Origin::Copied, uid(*number), None, 0, flags),
            }
        });
        ledger.write(folder, &stored.collect::<Vec<_>>()).await.unwrap();
        let proved = Entry::Proved {
            proof: Proof::Digest,
            uids: command.iter().copied().map(uid).collect(),
        };
        ledger.write(folder, &[proved]).await.unwrap();
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
    begin(journal.as_ref(), ACCOUNTS).await;
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
        journal.compact().await.unwrap();
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    let first = sizes[0] / u64::from(ACCOUNTS * 3 * 70);
    let further = (sizes[1] - sizes[0]) / u64::from(ACCOUNTS * 3 * 700);
    assert!(
        first <= 70 && further <= 70,
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
        begin(journal.as_ref(), ACCOUNTS).await;
        while let Claim::Job(lease) = journal.claim("one", Duration::from_secs(600)).await.unwrap() {
            let ledger = ImapLedger::new(journal.clone(), Arc::new(lease));
            for folder in 0..folders {
                let name = MailboxName::new(&format!("Folder {folder:02}")).unwrap();
                transfer(&ledger, &name, 1, messages).await;
            }
        }
        journal.compact().await.unwrap();
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
