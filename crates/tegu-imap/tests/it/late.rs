//! A server that finishes the command of a lost connection after its messages were sent again: what is there twice then is
//! removed, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tegu_imap::ledger::{BoxFuture, Entry, Ledger, MemoryLedger, Pair, Sending};
use tegu_imap::prove::digest;
use tegu_imap::transfer::{Gate, Side, Transfer};
use tegu_imap::{Backoff, Result, Session, State, Uid};
use tegu_testkit::front::Front;
use tegu_testkit::imap::Client;
use tegu_testkit::{Dovecot, skip_servers};

use super::support::{credentials, inbox, plain};

/// When messages are sent again, those that were on their way arrive.
#[derive(Debug)]
struct Late {
    port: u16,
    came: AtomicBool,
}

fn letter(number: u32) -> Vec<u8> {
    format!("Message-ID: <{number}@x>\r\nSubject: {number}\r\n\r\ntext {number}\r\n").into_bytes()
}

fn login(port: u16, user: &str) -> Client {
    Client::login(port, user, Dovecot::password()).unwrap()
}

impl Gate for Late {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn charge(&self, _: u32, _: u64) -> BoxFuture<'_, Result<()>> {
        if !self.came.swap(true, Ordering::SeqCst) {
            let mut client = login(self.port, "boris");
            for number in 0..5 {
                client.append("INBOX", "", None, &letter(number)).unwrap();
            }
        }
        Box::pin(async { Ok(()) })
    }
}

async fn twice(without: &[&str], marked: bool) -> (usize, Vec<String>) {
    let server = Dovecot::start();
    let mut anna = login(server.port(), "anna");
    for number in 0..5 {
        anna.append("INBOX", "", None, &letter(number)).unwrap();
    }
    let mut boris = login(server.port(), "boris");
    if marked {
        boris
            .append("INBOX", "\\Deleted", None, b"Subject: another\r\n\r\n")
            .unwrap();
    }
    let mut front = Front::builder(server.port());
    for capability in without {
        front = front.without(capability);
    }
    let front = front.start();
    let side = |user| Side::new(plain(front.port()), credentials(user));
    // A run that was killed had sent all of them, and none has arrived.
    let mut reader = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    let source = reader.examine(&inbox()).await.unwrap();
    let mut reader = Session::connect(&plain(server.port()), &credentials("boris"))
        .await
        .unwrap();
    let target = reader.examine(&inbox()).await.unwrap();
    let sending = |number: u32| {
        let octets = letter(number);
        let uid = Uid::new(number + 1).unwrap();
        Sending::new(uid, Some(digest(&octets)), octets.len() as u64)
    };
    let ledger = Arc::new(MemoryLedger::new());
    let entries = [
        Entry::Paired(Pair::new(source.uid_validity, inbox(), target.uid_validity)),
        Entry::Intent {
            mark: target.uid_next.unwrap(),
            at: 0,
            messages: (0..5).map(sending).collect(),
        },
    ];
    ledger.write(&inbox(), &entries).await.unwrap();
    let late = Late {
        port: server.port(),
        came: AtomicBool::new(false),
    };
    let wait = Duration::from_millis(10);
    let report = Transfer::new(side("anna"), side("boris"))
        .backoff(Backoff::new(2, wait, wait))
        .quiet(Duration::from_millis(50))
        .lateness(Duration::ZERO)
        .gate(Arc::new(late))
        .run(ledger)
        .await
        .unwrap();
    assert!(report.balances() && report.is_complete(), "{report:?}");
    assert_eq!(report.tally.get(State::Moved).messages, 5);
    let held = boris.messages("INBOX").unwrap();
    let findings = report.folders.iter().flat_map(|folder| &folder.findings);
    (
        held.len(),
        findings.map(|finding| finding.code().to_owned()).collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_all_is_removed() {
    if skip_servers() {
        return;
    }
    // A server that tells UIDs shows the others as a gap before more than one is sent again.
    for (without, removed) in [(&[][..], 1), (&["UIDPLUS"], 5)] {
        let (held, findings) = twice(without, false).await;
        assert_eq!(held, 5, "{without:?} {findings:?}");
        let late = findings.iter().filter(|code| *code == "IMAP-LATE-COPY-REMOVED");
        assert_eq!(late.count(), removed, "{without:?}");
    }
    let (held, _) = twice(&[], true).await;
    assert_eq!(held, 6, "what the owner marked stays");
    let (held, findings) = twice(&["UIDPLUS"], true).await;
    assert_eq!(
        held, 11,
        "where only a plain EXPUNGE is left, nothing of the owner's goes with it: {findings:?}"
    );
}
