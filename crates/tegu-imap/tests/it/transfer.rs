//! The transfer as a library: what a caller can ask of it beyond a plain copy.

use std::sync::Arc;

use tegu_imap::ledger::{Known, Ledger, MemoryLedger};
use tegu_imap::plan::Selection;
use tegu_imap::session::AppendMessage;
use tegu_imap::transfer::{Event, Report, Side, Transfer, Verify, events};
use tegu_imap::wire::{Body, UidSet};
use tegu_imap::{Flags, InternalDate, MailboxName, Session, State};
use tegu_testkit::proxy::{Fault, Proxy};
use tegu_testkit::{Dovecot, Exchange, skip_servers};

use super::support::{credentials, inbox, plain, read_back, secret};

fn side(server: &Dovecot, user: &str) -> Side {
    Side::new(plain(server.port()), credentials(user))
}

async fn session(server: &Dovecot, user: &str) -> Session {
    Session::connect(&plain(server.port()), &credentials(user))
        .await
        .unwrap()
}

fn message(number: usize, flags: &str) -> AppendMessage {
    let flags: Flags = flags.split_whitespace().collect();
    let date = InternalDate::new(1_600_000_000 + number as i64 * 1000, 180);
    let body = format!(
        "Message-ID: <{number}@x>\r\nSubject: {number}\r\n\r\n{}\r\n",
        "x".repeat(number * 7)
    );
    AppendMessage::new(flags, date, body.into())
}

async fn fill(server: &Dovecot, user: &str, messages: &[AppendMessage]) {
    session(server, user)
        .await
        .append(&inbox(), messages)
        .await
        .unwrap();
}

fn counts(report: &Report) -> [u64; 5] {
    assert!(report.balances(), "{report:?}");
    State::ALL.map(|state| report.tally.get(state).messages)
}

#[tokio::test]
async fn a_proof_can_be_repeated_without_the_source() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let messages: Vec<AppendMessage> = (0..20).map(|number| message(number, "\\Seen")).collect();
    fill(&source, "anna", &messages).await;
    let ledger = Arc::new(MemoryLedger::new());
    let transfer = Transfer::new(side(&source, "anna"), side(&target, "anna")).verify(Verify::None);
    let report = transfer.run(Arc::<MemoryLedger>::clone(&ledger)).await.unwrap();
    assert_eq!(counts(&report), [20, 0, 0, 0, 0]);
    drop(source);

    let to = side(&target, "anna");
    let report = Transfer::prove(&to, ledger.as_ref()).await.unwrap();
    assert_eq!(counts(&report), [0, 20, 0, 0, 0]);
    assert_eq!(
        report.folders.iter().map(|folder| folder.verified).sum::<u64>(),
        20
    );

    // One is lost, and that shows.
    let record = ledger.read(&inbox()).await.unwrap();
    let (lost, standing) = record.stored().nth(7).unwrap();
    let mut owner = session(&target, "anna").await;
    owner.select(&inbox()).await.unwrap();
    owner
        .remove(&[standing.target].into_iter().collect())
        .await
        .unwrap();
    let report = Transfer::prove(&to, ledger.as_ref()).await.unwrap();
    assert_eq!(counts(&report), [0, 19, 0, 1, 0]);
    let item = report
        .folders
        .iter()
        .flat_map(|folder| &folder.items)
        .next()
        .unwrap();
    assert_eq!((item.uid, item.code.as_str()), (lost, "IMAP-PROOF-MISSING"));
}

#[tokio::test]
async fn keywords_selection_and_events() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let messages: Vec<AppendMessage> = (0..30)
        .map(|number| message(number, "\\Flagged Old Junk other"))
        .collect();
    fill(&source, "anna", &messages).await;
    let (sender, mut told) = events(1000);
    let select = Selection::before(1_600_020_000);
    let report = Transfer::new(side(&source, "anna"), side(&target, "anna"))
        .select(select)
        .keyword("OLD", Some("New"))
        .keyword("junk", None)
        .verify(Verify::Digest)
        .events(sender)
        .run(Arc::new(MemoryLedger::new()))
        .await
        .unwrap();
    assert_eq!(counts(&report), [20, 0, 0, 0, 10]);
    let mut reader = session(&target, "anna").await;
    let arrived = read_back(&mut reader, &inbox()).await;
    assert_eq!(arrived.len(), 20);
    for (sent, (_, flags, date, body)) in messages.iter().zip(&arrived) {
        assert_eq!(*flags, "\\Flagged New other".split(' ').collect());
        assert_eq!(
            date.map(InternalDate::unix_seconds),
            sent.internal_date.map(InternalDate::unix_seconds)
        );
        assert_eq!(body, &Body::Whole(sent.body.clone()));
    }
    let mut moved = 0;
    while let Some(event) = told.next().await {
        moved += u32::from(matches!(
            event,
            Event::Message {
                state: State::Moved,
                ..
            }
        ));
    }
    assert_eq!(moved, 20);
}

/// A folder stays with its copy, whatever appears beside either of them between two passes.
#[tokio::test]
async fn a_folder_goes_where_it_went_before() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let name = |name: &str| MailboxName::new(name).unwrap();
    let mut owner = session(&source, "anna").await;
    owner.create(&name("Sent Items")).await.unwrap();
    owner
        .append(&name("Sent Items"), &[message(1, ""), message(2, "")])
        .await
        .unwrap();
    owner.create(&name("b")).await.unwrap();
    owner.append(&name("b"), &[message(3, "")]).await.unwrap();
    let ledger = Arc::new(MemoryLedger::new());
    let transfer = Transfer::new(side(&source, "anna"), side(&target, "anna"));
    let report = transfer.run(Arc::<MemoryLedger>::clone(&ledger)).await.unwrap();
    assert_eq!(counts(&report), [3, 0, 0, 0, 0]);

    // Now there is a folder for what is sent, and another that folds to the same name.
    let mut keeper = session(&target, "anna").await;
    keeper.create(&name("Sent")).await.unwrap();
    owner.create(&name("B")).await.unwrap();
    owner
        .append(&name("Sent Items"), &[message(4, "")])
        .await
        .unwrap();
    owner.append(&name("B"), &[message(5, "")]).await.unwrap();
    let report = transfer.run(ledger).await.unwrap();
    assert_eq!(counts(&report), [2, 3, 0, 0, 0]);
    let went: Vec<_> = report
        .folders
        .iter()
        .map(|folder| (folder.source.as_str(), folder.target.as_ref().unwrap().as_str()))
        .collect();
    assert_eq!(
        went,
        [
            ("B", "B (2)"),
            ("INBOX", "INBOX"),
            ("Sent Items", "Sent Items"),
            ("b", "b")
        ]
    );
    for (folder, held) in [("B (2)", 1), ("Sent", 0), ("Sent Items", 3), ("b", 1)] {
        assert_eq!(
            read_back(&mut keeper, &name(folder)).await.len(),
            held,
            "{folder}"
        );
    }
}

/// A source that tells what vanished is not read anew to find out.
#[tokio::test]
async fn what_vanished_costs_no_second_reading() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let messages: Vec<AppendMessage> = (0..400).map(|number| message(number % 9, "")).collect();
    fill(&source, "anna", &messages).await;
    let counted = Proxy::start(([127, 0, 0, 1], source.port()).into(), Fault::None);
    let ledger = Arc::new(MemoryLedger::new());
    let from = Side::new(plain(counted.port()), credentials("anna"));
    let transfer = Transfer::new(from, side(&target, "anna"))
        .verify(Verify::None)
        .connections(1)
        .propagate_deletions(true);
    let report = transfer
        .clone()
        .run(Arc::<MemoryLedger>::clone(&ledger))
        .await
        .unwrap();
    assert_eq!(counts(&report), [400, 0, 0, 0, 0]);

    let mut owner = session(&source, "anna").await;
    owner.select(&inbox()).await.unwrap();
    let gone = UidSet::parse("7,100:110,400").unwrap();
    owner.remove(&gone).await.unwrap();
    let before = counted.bytes_to_client();
    let report = transfer.run(Arc::<MemoryLedger>::clone(&ledger)).await.unwrap();
    assert_eq!(counts(&report), [0, 387, 0, 0, 0]);
    assert_eq!(report.folders[0].removed, 13);
    let told = counted.bytes_to_client() - before;
    assert!(told < 5_000, "{told} octets for 13 messages that are gone");
    let mut reader = session(&target, "anna").await;
    let left: UidSet = read_back(&mut reader, &inbox())
        .await
        .iter()
        .map(|(uid, ..)| *uid)
        .collect();
    assert_eq!(left, UidSet::parse("1:400").unwrap().difference(&gone));
}

#[tokio::test]
async fn folders_that_are_not_wanted_are_excluded() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(&source, "anna", &[message(1, ""), message(2, "")]).await;
    let other = MailboxName::new("Прочее").unwrap();
    let mut owner = session(&source, "anna").await;
    owner.create(&other).await.unwrap();
    owner.append(&other, &[message(3, "")]).await.unwrap();
    let report = Transfer::new(side(&source, "anna"), side(&target, "anna"))
        .folders(MailboxName::is_inbox)
        .run(Arc::new(MemoryLedger::new()))
        .await
        .unwrap();
    assert_eq!(counts(&report), [2, 0, 0, 0, 1]);
    let listed = session(&target, "anna").await.list().await.unwrap();
    assert!(listed.iter().all(|mailbox| mailbox.name != other));
}

#[tokio::test]
async fn what_cannot_arrive_is_left_to_a_person_until_the_loss_is_accepted() {
    if skip_servers() {
        return;
    }
    let source = Exchange::start();
    let target = Dovecot::start();
    // Dovecot drops the first of the two carriage returns.
    let stray = b"Message-ID: <1@x>\r\nSubject: stray\r\n\r\na\r\r\nb\r\n";
    source.deliver("anna", "INBOX", "", None, stray);
    source.deliver("anna", "INBOX", "", None, b"Message-ID: <2@x>\r\n\r\nb\r\n");
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let from = Side::new(
        plain(source.port()),
        tegu_imap::Credentials::password("anna", secret(Exchange::password())),
    );
    let transfer = Transfer::new(from, side(&target, "anna")).verify(Verify::Digest);
    let report = transfer.run(Arc::clone(&ledger)).await.unwrap();
    // Five more lie in folders that hold no mail.
    assert_eq!(counts(&report), [1, 0, 6, 0, 0]);
    let known = ledger.read(&inbox()).await.unwrap();
    let manual = known
        .not_copied()
        .next()
        .map(|(uid, _, code, _)| (uid, code.to_owned()))
        .unwrap();
    assert_eq!(manual.1, "IMAP-ALTERED-STRAY-CR");
    let report = transfer
        .accept("IMAP-ALTERED-STRAY-CR")
        .run(Arc::clone(&ledger))
        .await
        .unwrap();
    assert_eq!(counts(&report), [1, 1, 5, 0, 0]);
    let folder = report
        .folders
        .iter()
        .find(|folder| folder.source.is_inbox())
        .unwrap();
    assert_eq!(folder.noticed.get("IMAP-ALTERED-STRAY-CR"), Some(&1));
    let known = ledger.read(&inbox()).await.unwrap().known(manual.0);
    assert!(matches!(known, Some(Known::Stored(_))));
}

#[tokio::test]
async fn a_server_that_allows_few_connections_gets_few() {
    if skip_servers() {
        return;
    }
    let source = Exchange::builder().sessions(2).start();
    let target = Dovecot::start();
    for folder in ["INBOX", "Sent Items", "Drafts", "Deleted Items"] {
        for number in 0..10 {
            let body = message(number, "").body;
            source.deliver("anna", folder, "", None, &body);
        }
    }
    let from = Side::new(
        plain(source.port()),
        tegu_imap::Credentials::password("anna", secret(Exchange::password())),
    );
    let (sender, mut told) = events(1000);
    let report = Transfer::new(from, side(&target, "anna"))
        .connections(8)
        .events(sender)
        .run(Arc::new(MemoryLedger::new()))
        .await
        .unwrap();
    // Five more lie in folders that hold no mail.
    assert_eq!(counts(&report), [40, 0, 5, 0, 0]);
    // Nobody waits for room that is not needed.
    while let Some(event) = told.next().await {
        assert!(!matches!(event, Event::Waiting { .. }), "{event:?}");
    }
}
