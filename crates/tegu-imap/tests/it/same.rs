//! A mailbox is not copied into itself.

use std::sync::Arc;
use std::time::Duration;

use tegu_imap::ledger::MemoryLedger;
use tegu_imap::transfer::{Side, Transfer};
use tegu_imap::{ErrorKind, MailboxName, Session};
use tegu_net::Endpoint;
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, skip_servers};

use super::support::{corpus, credentials, inbox, plain, read_back};

async fn fill(port: u16, user: &str) {
    let mut session = Session::connect(&plain(port), &credentials(user)).await.unwrap();
    session.append(&inbox(), &corpus()).await.unwrap();
}

/// All mailboxes of a user, and what the inbox holds.
async fn state(port: u16, user: &str) -> (Vec<MailboxName>, usize) {
    let mut session = Session::connect(&plain(port), &credentials(user)).await.unwrap();
    let names = session
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|mailbox| mailbox.name);
    (names.collect(), read_back(&mut session, &inbox()).await.len())
}

#[tokio::test]
async fn the_same_mailbox_at_both_ends_is_refused() {
    if skip_servers() {
        return;
    }
    let dovecot = Dovecot::start();
    fill(dovecot.port(), "anna").await;
    let before = state(dovecot.port(), "anna").await;
    let from = Side::new(plain(dovecot.port()), credentials("anna"));
    // By another name, and by another way, as through another host name.
    let by_name = Endpoint::dangerously_without_tls(&format!("imap://localhost:{}", dovecot.port())).unwrap();
    let proxy = Proxy::start(([127, 0, 0, 1], dovecot.port()).into(), Fault::None);
    let others = [plain(dovecot.port()), by_name, plain(proxy.port())];
    for endpoint in others {
        for user in ["anna", "Anna"] {
            let transfer = Transfer::new(from.clone(), Side::new(endpoint.clone(), credentials(user)));
            let error = transfer.run(Arc::new(MemoryLedger::default())).await;
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{endpoint}: {error}");
            assert!(error.to_string().contains("the target is the source"), "{error}");
            assert_eq!(state(dovecot.port(), "anna").await, before, "{endpoint}");
        }
    }
    let to = Side::new(plain(dovecot.port()), credentials("anna"));
    let planned = Transfer::new(from, to)
        .plan(Arc::new(MemoryLedger::default()))
        .await;
    assert_eq!(planned.unwrap_err().kind(), ErrorKind::Config);
}

/// Mailboxes that only look the same are copied: another user of the server, and a copy with the same UIDVALIDITY.
#[tokio::test]
async fn what_only_looks_the_same_is_copied() {
    if skip_servers() {
        return;
    }
    let (one, other) = (Dovecot::start(), Dovecot::start());
    fill(one.port(), "anna").await;
    fill(other.port(), "anna").await;
    let from = Side::new(plain(one.port()), credentials("anna"));
    for (port, user) in [(one.port(), "boris"), (other.port(), "anna")] {
        // Made in the same second, and so of the same UIDVALIDITY; else the test shows less.
        let before = state(port, user).await;
        let to = Side::new(plain(port), credentials(user));
        let report = Transfer::new(from.clone(), to)
            .run(Arc::new(MemoryLedger::default()))
            .await;
        let report = report.unwrap();
        assert!(report.balances());
        let after = state(port, user).await;
        let probe = after.0.iter().any(|name| name.as_str().contains("probe"));
        assert!(!probe && after.1 >= before.1 && after.1 > 0);
    }
}

/// A run that is killed while it asks leaves an empty mailbox, and the next one deletes it.
#[tokio::test]
async fn what_a_killed_run_asked_with_is_deleted_by_the_next() {
    if skip_servers() {
        return;
    }
    let dovecot = Dovecot::start();
    fill(dovecot.port(), "anna").await;
    let before = state(dovecot.port(), "anna").await;
    let slow = Fault::Delay(Duration::from_millis(150));
    let proxy = Proxy::start(([127, 0, 0, 1], dovecot.port()).into(), slow);
    let from = Side::new(plain(dovecot.port()), credentials("anna"));
    let to = Side::new(plain(proxy.port()), credentials("anna"));
    let transfer = Transfer::new(from, to);
    let mut watch = Session::connect(&plain(dovecot.port()), &credentials("anna"))
        .await
        .unwrap();
    let asked = async {
        loop {
            let names = watch.list().await.unwrap();
            if names
                .iter()
                .any(|mailbox| mailbox.name.as_str().contains("tegu-probe"))
            {
                break;
            }
        }
    };
    tokio::select! {
        () = asked => {}
        ended = transfer.run(Arc::new(MemoryLedger::default())) => panic!("not killed in time: {}", ended.is_ok()),
    }
    proxy.set(Fault::None);
    assert_ne!(state(dovecot.port(), "anna").await, before, "the probe is left");
    let error = transfer.run(Arc::new(MemoryLedger::default())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert_eq!(state(dovecot.port(), "anna").await, before);
}
