//! The examples do what they promise.

use super::support::{corpus, credentials, inbox, plain};
use tegu_imap::{Session, State, transfer::Side};
use tegu_testkit::{Dovecot, skip_servers};

#[path = "../../examples/copy_mailbox.rs"]
#[allow(dead_code, reason = "a program's main")]
mod copy_mailbox;
#[path = "../../examples/list_folders.rs"]
#[allow(dead_code, reason = "a program's main")]
mod list_folders;

#[tokio::test]
async fn a_mailbox_is_copied_and_listed() {
    if skip_servers() {
        return;
    }
    let (old, new) = (Dovecot::start(), Dovecot::start());
    let mut session = Session::connect(&plain(old.port()), &credentials("anna"))
        .await
        .unwrap();
    session.append(&inbox(), &corpus()).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger").display().to_string();
    let side = |server: &Dovecot| Side::new(plain(server.port()), credentials("anna"));
    for state in [State::Moved, State::Present] {
        let report = copy_mailbox::copy(side(&old), side(&new), &ledger).await.unwrap();
        assert_eq!(
            report.tally.get(state).messages,
            corpus().len() as u64,
            "{report:?}"
        );
        assert!(copy_mailbox::summary(&report).contains("moved"));
    }
    let folders = list_folders::folders(&plain(new.port()), &credentials("anna"))
        .await
        .unwrap();
    let found = folders.iter().find(|folder| folder.0 == "INBOX").unwrap();
    assert_eq!(found.1, corpus().len());
}
