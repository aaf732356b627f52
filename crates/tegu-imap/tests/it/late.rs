//! A server that finishes the command of a lost connection after its messages were sent again: what is there twice then is
//! removed, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tegu_imap::ledger::{BoxFuture, Entry, Ledger, MemoryLedger, Record};
use tegu_imap::transfer::{Gate, Side, Transfer};
use tegu_imap::{Backoff, Error, MailboxName, Result, State};
use tegu_testkit::front::Front;
use tegu_testkit::imap::Client;
use tegu_testkit::{Dovecot, skip_servers};

use super::support::{credentials, plain};

/// A ledger that is told what is about to be sent, and nothing after that until it is mended.
#[derive(Debug, Default)]
struct Interrupted {
    inner: MemoryLedger,
    mended: AtomicBool,
}

impl Ledger for Interrupted {
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, Result<Record>> {
        self.inner.read(mailbox)
    }

    fn mailboxes(&self) -> BoxFuture<'_, Result<Vec<MailboxName>>> {
        self.inner.mailboxes()
    }

    fn write<'a>(&'a self, mailbox: &'a MailboxName, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        let known = |entry: &Entry| {
            matches!(
                entry,
                Entry::Opened(_) | Entry::Delimiter(_) | Entry::Intent { .. }
            )
        };
        if self.mended.load(Ordering::SeqCst) || entries.iter().all(known) {
            return self.inner.write(mailbox, entries);
        }
        Box::pin(async { Err(Error::journal(std::io::Error::other("no room"))) })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        self.inner.sync()
    }
}

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
    let transfer = |side_to| {
        let wait = Duration::from_millis(10);
        Transfer::new(side("anna"), side_to)
            .backoff(Backoff::new(2, wait, wait))
            .quiet(Duration::from_millis(50))
    };
    let ledger = Arc::new(Interrupted::default());
    // Whether it is an error or a report that is not complete, the messages have arrived.
    let _ = transfer(side("boris"))
        .run(Arc::<Interrupted>::clone(&ledger))
        .await;
    ledger.mended.store(true, Ordering::SeqCst);
    boris.select("INBOX").unwrap();
    let first = 1 + usize::from(marked);
    // They are still on their way, as far as the next run can see.
    boris
        .command(&format!("UID STORE {first}:* +FLAGS.SILENT (\\Deleted)"))
        .unwrap();
    boris.command(&format!("UID EXPUNGE {first}:*")).unwrap();
    let late = Late {
        port: server.port(),
        came: AtomicBool::new(false),
    };
    let report = transfer(side("boris"))
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
    for without in [&[][..], &["UIDPLUS"]] {
        let (held, findings) = twice(without, false).await;
        assert_eq!(held, 5, "{without:?} {findings:?}");
        assert_eq!(findings, ["IMAP-LATE-COPY-REMOVED"; 5], "{without:?}");
    }
    let (held, _) = twice(&[], true).await;
    assert_eq!(held, 6, "what the owner marked stays");
    let (held, findings) = twice(&["UIDPLUS"], true).await;
    assert_eq!(
        held, 11,
        "where only a plain EXPUNGE is left, nothing of the owner's goes with it: {findings:?}"
    );
}
