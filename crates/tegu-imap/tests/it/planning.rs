//! What a plan says is what a run does, message by message.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tegu_imap::ledger::{Known, Ledger, MemoryLedger};
use tegu_imap::plan::Selection;
use tegu_imap::session::AppendMessage;
use tegu_imap::transfer::{Event, FolderReport, Plan, Report, Side, Transfer, Verify, events};
use tegu_imap::{
    Backoff, Blame, Credentials, ErrorKind, Flags, InternalDate, MailboxName, Session, State, Uid,
};
use tegu_testkit::exchange::Kind;
use tegu_testkit::front::Front;
use tegu_testkit::{Dovecot, Exchange, skip_servers};

use super::support::{corpus, credentials, inbox, plain, scripted, secret};

fn dovecot(server: &Dovecot) -> Side {
    Side::new(plain(server.port()), credentials("anna"))
}

fn exchange(server: &Exchange) -> Side {
    let anna = Credentials::password("anna", secret(Exchange::password()));
    Side::new(plain(server.port()), anna)
}

async fn session(server: &Dovecot) -> Session {
    Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap()
}

fn name(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
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

/// State and code of each message.
type Ends = HashMap<(MailboxName, Uid), (State, Option<String>)>;

fn planned(plan: &Plan) -> Ends {
    assert!(plan.balances(), "{plan:#?}");
    let rows = plan.folders.iter().flat_map(|folder| {
        folder.items.iter().map(|item| {
            let code = item.reason.as_ref().map(|reason| reason.code.to_string());
            ((folder.source.clone(), item.uid), (item.state, code))
        })
    });
    rows.collect()
}

/// What became of each message that the plan names, by what the run told and by what its ledger holds.
async fn done(plan: &Plan, report: &Report, told: &Ends, ledger: &dyn Ledger) -> Ends {
    let mut ends = Ends::new();
    for folder in &plan.folders {
        let record = ledger.read(&folder.source).await.unwrap();
        let report = of(report, &folder.source);
        for item in &folder.items {
            let key = (folder.source.clone(), item.uid);
            let left = report.items.iter().find(|left| left.uid == item.uid);
            let end = match (left, told.get(&key), record.known(item.uid)) {
                (Some(left), ..) => (left.state, Some(left.code.clone())),
                (None, Some(told), _) => told.clone(),
                (None, None, Some(Known::Stored(_))) => (State::Present, None),
                _ => (State::Excluded, None),
            };
            ends.insert(key, end);
        }
    }
    ends
}

fn of<'a>(report: &'a Report, source: &MailboxName) -> &'a FolderReport {
    let found = report.folders.iter().find(|folder| folder.source == *source);
    found.unwrap_or_else(|| panic!("{source} is planned, but not in the report"))
}

/// Plans, runs, and compares. Returns how many messages ended in each state.
async fn agree(what: &str, transfer: &Transfer, ledger: &Arc<dyn Ledger>, contents: bool) -> [u64; 5] {
    let before: Vec<_> = records(ledger).await;
    let plan = if contents {
        transfer.plan_with_contents(Arc::clone(ledger)).await
    } else {
        transfer.plan(Arc::clone(ledger)).await
    };
    let plan = plan.unwrap();
    assert_eq!(records(ledger).await, before, "{what}: a plan writes nothing");
    let (sender, mut events) = events(10_000);
    let report = transfer
        .clone()
        .events(sender)
        .run(Arc::clone(ledger))
        .await
        .unwrap();
    assert!(report.balances(), "{what}: {report:#?}");
    let mut told = Ends::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(50), events.next()).await {
        if let Event::Message {
            folder, uid, state, ..
        } = event
        {
            told.insert((folder, uid), (state, None));
        }
    }
    let (planned, done) = (planned(&plan), done(&plan, &report, &told, ledger.as_ref()).await);
    for (key, expected) in &planned {
        assert_eq!(done.get(key), Some(expected), "{what}: {key:?}");
    }
    assert_eq!(plan.folders.len(), report.folders.len(), "{what}: {plan:#?}");
    for folder in &plan.folders {
        let report = of(&report, &folder.source);
        let count = |tally: tegu_imap::transfer::Tally| State::ALL.map(|state| tally.get(state).messages);
        assert_eq!(
            (
                &folder.target,
                folder.held,
                count(folder.tally),
                folder.reflag,
                folder.remove
            ),
            (
                &report.target,
                report.held,
                count(report.tally),
                report.reflagged,
                report.removed
            ),
            "{what}: {}",
            folder.source
        );
        assert_eq!(folder.noticed, report.noticed, "{what}: {}", folder.source);
    }
    assert_eq!(plan.findings, report.findings, "{what}");
    State::ALL.map(|state| report.tally.get(state).messages)
}

async fn records(ledger: &Arc<dyn Ledger>) -> Vec<tegu_imap::ledger::Record> {
    let mut records = Vec::new();
    for name in ledger.mailboxes().await.unwrap() {
        records.push(ledger.read(&name).await.unwrap());
    }
    records
}

/// All that a mailbox may hold at once: new folders and old ones, messages that are there already, doubles, what the caller leaves
/// out, folders of no mail, losses; then a second pass after changes, and one without the ledger of the first two.
#[tokio::test]
async fn every_pass_between_dovecots_does_what_was_planned() {
    if skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    let mut owner = session(&source).await;
    let mut keeper = session(&target).await;
    for folder in [
        "Sent Items",
        "Проекты",
        "Calendar",
        "Calendar/Отпуск",
        "Прочее",
        "leer",
    ] {
        owner.create(&name(folder)).await.unwrap();
    }
    let messages: Vec<AppendMessage> = (0..12).map(|number| message(number, "\\Seen Blue")).collect();
    owner.append(&inbox(), &messages).await.unwrap();
    owner.append(&inbox(), &messages[..2]).await.unwrap();
    owner.append(&name("Sent Items"), &corpus()).await.unwrap();
    owner.append(&name("Проекты"), &messages[3..6]).await.unwrap();
    owner.append(&name("Calendar"), &messages[..2]).await.unwrap();
    owner
        .append(&name("Calendar/Отпуск"), &messages[..1])
        .await
        .unwrap();
    owner.append(&name("Прочее"), &messages[..3]).await.unwrap();
    keeper.create(&name("Sent")).await.unwrap();
    keeper.append(&inbox(), &messages[..4]).await.unwrap();
    let transfer = Transfer::new(dovecot(&source), dovecot(&target))
        .verify(Verify::Digest)
        .select(Selection::since(1_200_000_000))
        .folders(|folder| folder.as_str() != "Прочее")
        .leave_out(|folder, message| folder.is_inbox() && message.uid.get() == 9)
        .propagate_deletions(true);
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let counts = agree("first pass", &transfer, &ledger, true).await;
    assert!(
        counts[0] > 20 && counts[1] == 4 && counts[2] >= 3 && counts[4] == 4,
        "{counts:?}"
    );
    let record = ledger.read(&name("Проекты")).await.unwrap();
    assert_eq!(record.delimiter(), Some('/'), "the ledger knows the hierarchy");

    let counts = agree("nothing new", &transfer, &ledger, false).await;
    assert_eq!(counts[0], 0, "{counts:?}");

    owner.select(&inbox()).await.unwrap();
    let flagged: Flags = ["\\Flagged"].into_iter().collect();
    let some = tegu_imap::UidSet::parse("3:4").unwrap();
    owner.change_flags(&some, &flagged, &Flags::new()).await.unwrap();
    owner
        .remove(&tegu_imap::UidSet::parse("5").unwrap())
        .await
        .unwrap();
    owner
        .append(&inbox(), &[message(40, ""), message(41, "")])
        .await
        .unwrap();
    let counts = agree("second pass", &transfer, &ledger, false).await;
    assert_eq!(counts[0], 2, "{counts:?}");

    let lost: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let counts = agree("without the ledger", &transfer, &lost, true).await;
    assert_eq!(counts[0], 0, "{counts:?}");
}

/// From Exchange: what it cannot give out, what Dovecot would change, calendars.
#[tokio::test]
async fn what_exchange_cannot_give_is_planned_as_manual() {
    if skip_servers() {
        return;
    }
    let source = Exchange::builder().russian().start();
    let target = Dovecot::start();
    for number in 0..8 {
        source.deliver("anna", "INBOX", "\\Seen", None, &message(number, "").body);
    }
    for kind in [Kind::Placeholder, Kind::Silent, Kind::WithoutDate, Kind::NilDate] {
        source.deliver_as(kind, "anna", "INBOX", "", None, &message(50, "").body);
    }
    source.deliver(
        "anna",
        "INBOX",
        "",
        None,
        b"Message-ID: <s@x>\r\nSubject: stray\r\n\r\na\r\r\nb\r\n",
    );
    source.deliver("anna", "Календарь", "", None, &message(60, "").body);
    let transfer = Transfer::new(exchange(&source), dovecot(&target)).verify(Verify::Digest);
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let counts = agree("first pass", &transfer, &ledger, true).await;
    // Two that it does not give out, one that Dovecot would change, six in folders that hold no mail.
    assert_eq!(counts, [10, 0, 9, 0, 0]);
    let counts = agree("second pass", &transfer, &ledger, true).await;
    assert_eq!(counts, [0, 10, 9, 0, 0]);
    let transfer = transfer.accept("IMAP-ALTERED-STRAY-CR");
    let counts = agree("a loss is accepted", &transfer, &ledger, true).await;
    assert_eq!(counts, [1, 10, 8, 0, 0]);
}

/// To targets that take no large messages, and no keywords.
#[tokio::test]
async fn what_the_target_does_not_take_is_known_beforehand() {
    if skip_servers() {
        return;
    }
    let (source, other) = (Dovecot::start(), Dovecot::start());
    let mut owner = session(&source).await;
    let mut messages: Vec<AppendMessage> = (0..4).map(|number| message(number, "\\Seen")).collect();
    messages.push(message(7, "\\Seen Blue"));
    owner.append(&inbox(), &messages).await.unwrap();
    let exchange_server = Exchange::start();
    let transfer = Transfer::new(dovecot(&source), exchange(&exchange_server));
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let counts = agree("no keywords", &transfer, &ledger, false).await;
    assert_eq!(counts, [4, 0, 1, 0, 0]);
    let transfer = transfer.accept("IMAP-KEYWORD-LOST");
    let counts = agree("a loss is accepted", &transfer, &ledger, false).await;
    assert_eq!(counts, [1, 4, 0, 0, 0]);

    owner.append(&inbox(), &[message(5000, "")]).await.unwrap();
    let front = Front::builder(other.port()).append_limit(15_000).start();
    let to = Side::new(plain(front.port()), credentials("anna"));
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let transfer = Transfer::new(dovecot(&source), to);
    for (contents, expected) in [(false, [5, 0, 1, 0, 0]), (true, [0, 5, 1, 0, 0])] {
        let counts = agree("no large messages", &transfer, &ledger, contents).await;
        assert_eq!(counts, expected);
    }
}

#[tokio::test]
async fn errors_say_which_side_they_are_from() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let wrong = || {
        Side::new(
            plain(server.port()),
            Credentials::password("anna", secret("wrong")),
        )
    };
    let ledger = || Arc::new(MemoryLedger::new());
    // Wrong credentials are the configuration's fault on either side.
    for transfer in [
        Transfer::new(wrong(), dovecot(&server)),
        Transfer::new(dovecot(&server), wrong()),
    ] {
        let error = transfer.plan(ledger()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.blame()),
            (ErrorKind::Authentication, Blame::Config)
        );
    }
    let (port, _) = scripted("220 mail.example.org ESMTP\r\n", |_| String::new()).await;
    let broken = Side::new(plain(port), credentials("anna"));
    let error =
        Transfer::new(broken, dovecot(&server)).backoff(Backoff::new(1, Duration::ZERO, Duration::ZERO));
    let error = error.run(ledger()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.blame()),
        (ErrorKind::Protocol, Blame::Source),
        "{error}"
    );
    let (port, _) = scripted("220 mail.example.org ESMTP\r\n", |_| String::new()).await;
    let broken = Side::new(plain(port), credentials("anna"));
    let error =
        Transfer::new(dovecot(&server), broken).backoff(Backoff::new(1, Duration::ZERO, Duration::ZERO));
    let error = error.run(ledger()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.blame()),
        (ErrorKind::Protocol, Blame::Target),
        "{error}"
    );
}
