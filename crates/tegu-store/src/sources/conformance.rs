//! What every source must do: to be called from the tests of each implementation.
//!
//! The checks need an account whose content is known. They read everything twice, and change nothing.

use super::{Collection, ItemSource, MailFolder, MailReader, MailSource, Read, ReadDocument};
use crate::{Account, Result};
use std::collections::{BTreeMap, BTreeSet};
use tegu_message::{Digest, Listed, Spool, digest};

/// What a mailbox holds: the messages of each folder in their order, by path.
pub type Mailbox = BTreeMap<Vec<String>, Vec<Vec<u8>>>;

/// Checks a mail source against a mailbox whose content is known.
///
/// - Every folder and every message is found, and nothing else: a folder that is listed under a wrong name loses its messages, and the
///   sums of a report would still add up.
/// - Each message has an identity of its own, which is the same when the mailbox is opened again, if the source promises that.
/// - Messages are the same octets whether they are read one by one, together, or in another order; each request has one answer.
/// - A folder that does not exist is an error, and not an empty folder.
///
/// # Panics
///
/// If the source does what it must not. The message says what that is.
pub async fn mail(source: &dyn MailSource, account: &Account, known: &Mailbox) {
    assert_eq!(
        source.describe(),
        source.describe(),
        "the source describes itself in the same way each time"
    );
    let first = read_mailbox(source, account).await;
    let names: BTreeSet<_> = first.keys().cloned().collect();
    let expected: BTreeSet<_> = known.keys().cloned().collect();
    assert_eq!(names, expected, "the source lists the folders that there are");
    for (path, messages) in known {
        let found = first.get(path).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<Digest> = found.iter().map(|(_, digest)| *digest).collect();
        let mut expected: Vec<Digest> = messages
            .iter()
            .map(|message| digest::of_message(message))
            .collect();
        if source.capabilities().stable_ids {
            assert_eq!(found.len(), expected.len(), "{path:?} has all its messages");
        }
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{path:?} has its messages, octet for octet");
    }
    if source.capabilities().stable_ids {
        assert_eq!(
            read_mailbox(source, account).await,
            first,
            "messages have the same identities when the mailbox is opened again"
        );
    }
    let mut reader = good("open the mailbox", source.open(account).await);
    let nowhere = MailFolder::named(vec!["no folder has this name \u{1F4ED}".to_owned()]);
    assert!(
        reader.list(&nowhere).await.is_err(),
        "a folder that does not exist is an error, and not an empty folder"
    );
}

type ReadMailbox = BTreeMap<Vec<String>, Vec<(String, Digest)>>;

/// Reads all messages together, then one by one from the last to the first.
async fn read_mailbox(source: &dyn MailSource, account: &Account) -> ReadMailbox {
    let mut reader = good("open the mailbox", source.open(account).await);
    let folders = good("list the folders", reader.folders().await);
    let mut mailbox = BTreeMap::new();
    for folder in &folders {
        let listed = good("list a folder", reader.list(folder).await);
        let ids: BTreeSet<_> = listed.iter().map(|message| &message.id).collect();
        assert_eq!(
            ids.len(),
            listed.len(),
            "each message of {} has an identity of its own",
            folder.display()
        );
        let together = read(reader.as_mut(), folder, &listed).await;
        let mut alone = Vec::with_capacity(listed.len());
        for message in listed.iter().rev() {
            alone.extend(read(reader.as_mut(), folder, std::slice::from_ref(message)).await);
        }
        alone.reverse();
        assert_eq!(
            together,
            alone,
            "{} is the same whether messages are read together or one by one",
            folder.display()
        );
        let messages = listed.into_iter().map(|message| message.id).zip(together);
        let before = mailbox.insert(folder.path.clone(), messages.collect());
        assert!(before.is_none(), "{} is listed once", folder.display());
    }
    mailbox
}

async fn read(reader: &mut dyn MailReader, folder: &MailFolder, listed: &[Listed]) -> Vec<Digest> {
    let spool = Spool::new(std::env::temp_dir());
    let answers = good("read messages", reader.read(folder, listed, &spool).await);
    assert_eq!(
        answers.len(),
        listed.len(),
        "each message of {} that is asked for has one answer",
        folder.display()
    );
    let digest = |answer: Read| match answer {
        Read::Message(message, _) => good("digest a message", message.body.digest()),
        other => panic!("a message of {} cannot be read: {other:?}", folder.display()),
    };
    answers.into_iter().map(digest).collect()
}

/// Checks a source of calendars or contacts against collections whose documents are known: collection, document, octets.
///
/// # Panics
///
/// If the source does what it must not. The message says what that is.
pub async fn items(source: &dyn ItemSource, account: &Account, known: &BTreeMap<(String, String), Vec<u8>>) {
    assert_eq!(
        source.describe(),
        source.describe(),
        "the source describes itself in the same way each time"
    );
    let first = read_collections(source, account).await;
    assert_eq!(
        &first, known,
        "the source has the documents that there are, octet for octet"
    );
    assert_eq!(
        read_collections(source, account).await,
        first,
        "documents have the same names when they are listed again"
    );
    let mut reader = good("open the collections", source.open(account).await);
    let collections = good("list the collections", reader.collections().await);
    let first = collections.first();
    if let Some((collection, document)) = first.and_then(|one| Some((one, one.documents.first()?))) {
        let mut document = document.clone();
        document.id.push_str("-no document has this name");
        assert!(
            reader.read(collection, &document).await.is_err(),
            "a document that does not exist is an error"
        );
    }
}

async fn read_collections(source: &dyn ItemSource, account: &Account) -> BTreeMap<(String, String), Vec<u8>> {
    let mut reader = good("open the collections", source.open(account).await);
    let collections: Vec<Collection> = good("list the collections", reader.collections().await);
    let mut documents = BTreeMap::new();
    for collection in &collections {
        for document in &collection.documents {
            let body = match good("read a document", reader.read(collection, document).await) {
                ReadDocument::Document(body, _) => body,
                other => panic!("{} cannot be read: {other:?}", document.id),
            };
            let place = (collection.name.clone(), document.id.clone());
            let before = documents.insert(place, body.to_vec());
            assert!(before.is_none(), "{} is listed once", document.id);
        }
    }
    documents
}

fn good<T>(operation: &str, result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("cannot {operation}: {error}"),
    }
}
