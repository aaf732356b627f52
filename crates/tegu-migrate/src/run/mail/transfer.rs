//! Mail from one IMAP server to another: tegu-imap does it, the journal keeps its ledger.

use super::{Tally, Worker, kept::Kept, left_out::LeftOut, pump::Pump};
use crate::{
    Account, Entity, Error, ErrorKind, Event, Finding, ImapServer, Result, State,
    journal::ContainerKey,
    ledger::{self, ImapLedger},
    report::{ContainerReport, Deletion, WorkItem},
    source::MailSource,
    target::TargetCapabilities,
};
use std::{sync::Arc, time::Duration};
use tegu_imap::{
    finding::Finding as Noticed,
    ledger::Ledger,
    mailbox::MailboxName,
    transfer::{self, FolderReport, Report, Retry, Transfer},
};

/// How many events wait for being passed on.
const EVENTS: usize = 1024;

/// What tegu-imap calls otherwise than this crate does where messages move one by one: who accepts the one accepts the other.
const SAME_LOSS: [(&str, &str); 5] = [
    ("MAIL-ALTERED", "IMAP-ALTERED-8BIT-HEADER"),
    ("MAIL-ALTERED", "IMAP-ALTERED-STRAY-CR"),
    ("MAIL-CHANGED-BY-TARGET", "IMAP-PROOF-DIFFERS"),
    ("MAIL-FLAGS-DIFFER", "IMAP-KEYWORD-LOST"),
    ("MAIL-KEYWORD", "IMAP-KEYWORD-LOST"),
];

/// Moves one account's messages.
pub(super) async fn run(
    worker: &Worker<'_>,
    account: &Account,
    source: &dyn MailSource,
    (from, to): (&ImapServer, &ImapServer),
    tally: &mut Tally,
) -> Result<()> {
    let ledger = Arc::new(ImapLedger::of(worker.gate));
    let left_out = Arc::new(LeftOut::default());
    let report = transfer(worker, account, from, to, ledger.clone(), &left_out, tally).await?;
    tally.will_count(report.folders.len());
    let mut kept = Kept::new(worker, account, from);
    let mut first_error = None;
    for folder in &report.folders {
        let scope = scope(account, &folder.source);
        let mut row = row(folder, ledger.as_ref()).await?;
        let about_it = |noticed: &&Noticed| about(noticed) == Some(&folder.source);
        for noticed in report.findings.iter().filter(about_it) {
            *row.findings.entry(noticed.code().to_owned()).or_default() += 1;
        }
        left_out.tell(&folder.source, &mut row);
        let gone = folder.gone.iter().map(|uid| {
            let why = "the message was deleted on the source, and so on the target";
            Deletion::new(&uid.to_string(), Finding::info("MAIL-SOURCE-DELETED", why))
        });
        row.deleted.extend(gone);
        if !row.deleted.is_empty() {
            row.findings
                .insert("MAIL-SOURCE-DELETED".into(), row.deleted.len() as u64);
        }
        let originals = kept.of(&scope, folder).await?;
        let mut work = Vec::with_capacity(folder.items.len());
        for item in &folder.items {
            let original = originals.get(&item.uid);
            let uid = item.uid.to_string();
            let mut left = WorkItem::new(Entity::Mail, &account.mail, &row.name, &uid, state(item.state));
            left.label = original.map(|record| record.label.clone()).unwrap_or_default();
            left.findings = vec![Finding::lossy(item.code.clone(), item.text.clone())];
            left.original = original.and_then(|record| record.original.clone());
            left.attempts = 1;
            work.push(left);
        }
        if let Some(error) = &folder.error {
            first_error.get_or_insert_with(|| format!("{}: {error}", folder.source));
        }
        // A folder that failed before it was looked at is not one that holds nothing.
        if folder.error.is_none() || folder.held > 0 {
            tally.counted();
        }
        tally.folder(scope, row, work);
    }
    kept.close().await;
    remember(worker, &report).await?;
    if report
        .findings
        .iter()
        .any(|noticed| matches!(noticed, Noticed::FolderNotMail { .. }))
    {
        leave_other_folders(worker, account, source, tally).await?;
    }
    // What fails in spite of all attempts of the transfer may work at another time.
    let failed = |text| Error::new(ErrorKind::Target, text).retryable(true);
    first_error.map_or(Ok(()), |text| Err(failed(text)))
}

async fn transfer(
    worker: &Worker<'_>,
    account: &Account,
    from: &ImapServer,
    to: &ImapServer,
    ledger: Arc<ImapLedger>,
    left_out: &Arc<LeftOut>,
    tally: &mut Tally,
) -> Result<Report> {
    let (sender, mut events) = transfer::events(EVENTS);
    let first = Duration::from_millis(worker.limits.backoff_ms);
    let policy = worker.policy.clone();
    let mut transfer = Transfer::new(from.side(account)?, to.side(account)?)
        .connections(worker.limits.connections)
        .verify(worker.verify)
        .propagate_deletions(worker.deletions)
        .retry(Retry::new(worker.limits.attempts, first, first * 60))
        .gate(worker.gate.clone())
        .mailboxes({
            let (policy, left_out) = (worker.policy.clone(), left_out.clone());
            move |mailbox| left_out.takes(&policy, mailbox)
        })
        .events(sender);
    if !policy.exclude.is_empty() {
        let left_out = left_out.clone();
        transfer = transfer.leave_out(move |folder, message| left_out.excludes(&policy, folder, message));
    }
    for code in &worker.policy.accept {
        let same = SAME_LOSS.iter().filter(|(ours, _)| ours == code);
        transfer = same.fold(transfer.accept(code), |transfer, (_, theirs)| {
            transfer.accept(*theirs)
        });
    }
    let report = {
        let run = transfer.run(ledger);
        tokio::pin!(run);
        loop {
            tokio::select! {
                report = &mut run => break report,
                Some(event) = events.next() => pass_on(worker, account, tally, event),
            }
        }
    };
    drop(transfer);
    while let Some(event) = events.next().await {
        pass_on(worker, account, tally, event);
    }
    Ok(report?)
}

fn pass_on(worker: &Worker<'_>, account: &Account, tally: &mut Tally, event: transfer::Event) {
    if let transfer::Event::Message {
        state: tegu_imap::State::Moved,
        octets,
        ..
    } = &event
    {
        tally.moved(*octets);
    }
    let account = account.mail.clone();
    let told = match event {
        transfer::Event::Folder { name, messages, .. } => Event::ContainerStarted {
            entity: Entity::Mail,
            account,
            container: name.as_str().to_owned(),
            items: messages,
        },
        transfer::Event::Message {
            state: ended, octets, ..
        } => Event::ItemFinished {
            entity: Entity::Mail,
            account,
            state: state(ended),
            bytes: octets,
        },
        transfer::Event::Retrying { folder, reason } => Event::FolderRetrying {
            account,
            container: folder.as_str().to_owned(),
            error: reason,
        },
        transfer::Event::Missed(events) => Event::Lagged(events),
        _ => return,
    };
    worker.events.send(told);
}

/// Writes down what was proved in this pass, and what was noticed in it of no message.
async fn remember(worker: &Worker<'_>, report: &Report) -> Result<()> {
    let proved: u64 = report.folders.iter().map(|folder| folder.verified).sum();
    if report.tally.get(tegu_imap::State::Moved).messages == 0 {
        return Ok(());
    }
    let at = format!("{:.0}", jiff::Timestamp::now());
    let how = format!("{:?}", worker.verify).to_lowercase();
    let proof = serde_json::json!({"at": at, "how": how, "proved": proved});
    worker.note(ledger::PROOFS, &proof).await?;
    for noticed in &report.findings {
        let finding = serde_json::json!({"at": at, "code": noticed.code(), "text": noticed.to_string()});
        worker.note(ledger::FINDINGS, &finding).await?;
    }
    Ok(())
}

/// Folders of calendars and the like: what is in them is counted, and kept for a person.
async fn leave_other_folders(
    worker: &Worker<'_>,
    account: &Account,
    source: &dyn MailSource,
    tally: &mut Tally,
) -> Result<()> {
    tally.will_count(1);
    let mut reader = source.open(account).await?;
    let folders = reader.folders().await?;
    let others: Vec<_> = folders.iter().filter(|folder| !folder.holds_mail).collect();
    tally.will_count(others.len());
    tally.counted();
    for folder in others {
        worker.gate.ready().await?;
        let can = (source.capabilities(), TargetCapabilities::everything());
        let mut pump = Pump::new(worker, account, folder, can, tally);
        let listed = pump.list(reader.as_mut()).await?;
        pump.not_mail(reader.as_mut(), &listed).await?;
    }
    Ok(())
}

/// The sums of a folder, over all passes.
async fn row(folder: &FolderReport, ledger: &ImapLedger) -> Result<ContainerReport> {
    let mut row = ContainerReport::new(Entity::Mail, folder.source.as_str());
    row.counts.source = folder.held;
    for each in tegu_imap::State::ALL {
        let count = folder.tally.get(each);
        row.counts.add_many(state(each), count.messages);
        row.bytes += count.octets;
    }
    row.moved_now = row.counts.moved;
    if row.counts.present > 0 {
        // What an earlier pass moved is present to this one; what was present before all of them is what the ledger says.
        let record = ledger.read(&folder.source).await?;
        let standing = row.counts.moved + row.counts.present;
        let foreign = record
            .standing()
            .filter(|(_, standing)| standing.state == tegu_imap::State::Present);
        row.counts.present = (foreign.count() as u64).min(standing);
        row.counts.moved = standing - row.counts.present;
    }
    let codes = folder.items.iter().map(|item| (item.code.as_str(), 1));
    for (code, count) in codes.chain(folder.noticed.iter().map(|(code, count)| (*code, *count))) {
        *row.findings.entry(code.to_owned()).or_default() += count;
    }
    Ok(row)
}

/// Records of what is left in a folder for a person.
fn scope(account: &Account, name: &MailboxName) -> ContainerKey {
    ledger::container(Entity::Mail, account.id.clone(), vec![name.as_str().to_owned()])
}

fn about(noticed: &Noticed) -> Option<&MailboxName> {
    match noticed {
        Noticed::NameCollision { name, .. } | Noticed::NameChanged { name, .. } => Some(name),
        _ => None,
    }
}

fn state(state: tegu_imap::State) -> State {
    match state {
        tegu_imap::State::Moved => State::Moved,
        tegu_imap::State::Present => State::Present,
        tegu_imap::State::Manual => State::Manual,
        tegu_imap::State::Excluded => State::Excluded,
        _ => State::Failed,
    }
}
