//! Mail from one IMAP server to another: [`tegu_imap::transfer`] moves it, and the journal keeps its ledger.

mod exclusions;
mod originals;
mod plan;
mod prove;

use self::{exclusions::Exclusions, originals::ManualOriginals};
use super::{PlanContext, Proof, ProveContext, Route, RouteOptions, RoutePlan, RunContext, gate::JobGate};
use crate::{
    Account, BoxFuture, Entity, Error, Event, Finding, ImapServer, Limits, Result, State,
    journal::ContainerKey,
    ledger::{self, ImapLedger},
    net::Throttle,
    report::{ContainerReport, Deletion, WorkItem},
    targets::{ImapTarget, MailTarget},
};
use std::{sync::Arc, time::Duration};
use tegu_imap::{
    Backoff,
    finding::Finding as Noticed,
    ledger::{Ledger, Origin},
    mailbox::MailboxName,
    transfer::{self, FolderReport, Report, Transfer},
};
use tegu_transfer::job::container_key;

/// How many events wait for being passed on.
const EVENTS: usize = 1024;

/// Moves the mail of an account from one IMAP server to another.
///
/// Later passes carry over new messages, changed flags and, where [asked](crate::MigrationBuilder::deletions), deletions.
#[derive(Debug)]
pub struct ImapRoute {
    from: ImapServer,
    to: ImapServer,
    mailboxes: ImapTarget,
}

impl ImapRoute {
    /// Makes a route between two servers.
    #[must_use]
    pub fn new(from: ImapServer, to: ImapServer) -> Self {
        Self {
            from,
            mailboxes: ImapTarget::new(to.clone()),
            to,
        }
    }

    /// The transfer as plan and run make it: what decides is the same.
    fn transfer(
        &self,
        account: &Account,
        options: &RouteOptions,
        exclusions: &Arc<Exclusions>,
    ) -> Result<Transfer> {
        let (policy, limits) = (&options.policy, &options.limits);
        let first = Duration::from_millis(limits.backoff_ms);
        let mut transfer = Transfer::new(self.from.side(account)?, self.to.side(account)?)
            .connections(limits.connections)
            .verify(options.verify)
            .propagate_deletions(options.deletions)
            .backoff(Backoff::new(limits.attempts.saturating_add(1), first, first * 60))
            .quiet(Duration::from_secs(1).min(limits.longest_wait()))
            .lateness(limits.lateness())
            .mailboxes({
                let (policy, exclusions) = (policy.clone(), exclusions.clone());
                move |mailbox| exclusions.takes(&policy, mailbox)
            });
        if !policy.exclude.is_empty() {
            let (policy, exclusions) = (policy.clone(), exclusions.clone());
            transfer =
                transfer.leave_out(move |folder, message| exclusions.excludes(&policy, folder, message));
        }
        for code in &policy.accept {
            transfer = transfer.accept(code);
        }
        Ok(transfer)
    }
}

impl Route for ImapRoute {
    fn entity(&self) -> Entity {
        Entity::Mail
    }

    fn describe(&self) -> String {
        format!("{} -> {}", self.from.describe(), self.to.describe())
    }

    fn places(&self, account: &Account) -> [Option<String>; 2] {
        [self.from.place(account), self.to.place(account)]
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let ends = [self.from.throttle(), self.to.throttle()];
        ends.into_iter().flatten().collect()
    }

    fn connections(&self, limits: &Limits) -> usize {
        limits.connections
    }

    fn mailboxes(&self) -> Option<&dyn MailTarget> {
        Some(&self.mailboxes)
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.from.connect(account).await?;
            self.to.connect(account).await?;
            Ok(())
        })
    }

    fn plan<'a>(&'a self, context: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>> {
        Box::pin(plan::plan(self, context))
    }

    fn run<'a>(&'a self, context: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.run(context))
    }

    fn prove<'a>(&'a self, context: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>> {
        Box::pin(prove::prove(&self.to, context))
    }
}

impl ImapRoute {
    async fn run(&self, context: &RunContext<'_>) -> Result<()> {
        let account = context.account();
        let ledger = Arc::new(ImapLedger::of(context.gate()));
        let exclusions = Arc::new(Exclusions::default());
        let report = self.move_mail(context, ledger.clone(), &exclusions).await?;
        context.will_count(report.folders.len());
        let mut kept = ManualOriginals::new(context, &self.from);
        let mut first_error = None;
        for folder in &report.folders {
            let scope = scope(account, &folder.source);
            let mut row = row(folder, ledger.as_ref()).await?;
            let about_it = |noticed: &&Noticed| about(noticed) == Some(&folder.source);
            for noticed in report.findings.iter().filter(about_it) {
                *row.findings.entry(noticed.code().to_owned()).or_default() += 1;
            }
            exclusions.tell(&folder.source, &mut row);
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
                let mut left = WorkItem::new(Entity::Mail, &account.mail, &row.name, &uid, item.state);
                left.label = original.map(|record| record.label.clone()).unwrap_or_default();
                left.findings = vec![Finding::lossy(item.code.clone(), item.text.clone())];
                left.original = original.and_then(|record| record.original.clone());
                left.attempts = 1;
                work.push(left);
            }
            if let Some(error) = &folder.error {
                first_error.get_or_insert_with(|| given_up(folder, error));
            }
            // A folder that failed before it was looked at is not one that holds nothing.
            if folder.error.is_none() || folder.held > 0 {
                context.counted();
            }
            context.folder(scope, row, work);
        }
        kept.close().await;
        remember(context, &report).await?;
        first_error.map_or(Ok(()), Err)
    }

    async fn move_mail(
        &self,
        context: &RunContext<'_>,
        ledger: Arc<ImapLedger>,
        exclusions: &Arc<Exclusions>,
    ) -> Result<Report> {
        let (sender, mut events) = transfer::events(EVENTS);
        let transfer = self
            .transfer(context.account(), context.options(), exclusions)?
            .gate(Arc::new(JobGate(context.gate().clone())))
            .events(sender);
        let report = {
            let run = transfer.run(ledger);
            tokio::pin!(run);
            loop {
                tokio::select! {
                    report = &mut run => break report,
                    Some(event) = events.next() => pass_on(context, event),
                }
            }
        };
        drop(transfer);
        while let Some(event) = events.next().await {
            pass_on(context, event);
        }
        report
    }
}

/// What fails in spite of all attempts of the transfer may work at another time.
fn given_up(folder: &FolderReport, error: &Error) -> Error {
    Error::new(error.kind(), format_args!("{}: {error}", folder.source))
        .with_blame(error.blame())
        .after(error.retry_after())
        .retryable(true)
}

fn pass_on(context: &RunContext<'_>, event: transfer::Event) {
    if let transfer::Event::Message {
        state: State::Moved,
        octets,
        ..
    } = &event
    {
        context.moved(*octets);
    }
    let account = context.account().mail.clone();
    let told = match event {
        transfer::Event::Folder { name, messages, .. } => Event::ContainerStarted {
            entity: Entity::Mail,
            account,
            container: name.label(),
            items: messages,
        },
        transfer::Event::Message {
            folder,
            uid,
            state: ended,
            code,
            octets,
        } => Event::ItemFinished {
            entity: Entity::Mail,
            account,
            container: folder.label(),
            item: uid.to_string(),
            state: ended,
            codes: code.map(str::to_owned).into_iter().collect(),
            bytes: octets,
        },
        transfer::Event::Retrying { folder, reason } => Event::FolderRetrying {
            account,
            container: folder.label(),
            error: reason,
        },
        transfer::Event::Waiting { reason, wait } => Event::Waiting {
            account,
            reason,
            wait,
        },
        transfer::Event::Missed(events) => Event::Lagged { events },
        _ => return,
    };
    context.send(told);
}

/// Writes down what was proved in this pass, and what was noticed in it of no message.
async fn remember(context: &RunContext<'_>, report: &Report) -> Result<()> {
    let proved: u64 = report.folders.iter().map(|folder| folder.verified).sum();
    if report.tally.get(State::Moved).messages == 0 {
        return Ok(());
    }
    let at = format!("{:.0}", jiff::Timestamp::now());
    let how = format!("{:?}", context.options().verify).to_lowercase();
    let proof = serde_json::json!({"at": at, "how": how, "proved": proved});
    context.note(ledger::PROOFS, &proof).await?;
    for noticed in &report.findings {
        let finding = serde_json::json!({"at": at, "code": noticed.code(), "text": noticed.to_string()});
        context.note(ledger::FINDINGS, &finding).await?;
    }
    Ok(())
}

/// The sums of a folder, over all passes.
async fn row(folder: &FolderReport, ledger: &ImapLedger) -> Result<ContainerReport> {
    let mut row = ContainerReport::new(Entity::Mail, &folder.source.label());
    row.counts.source = folder.held;
    for each in State::ALL {
        let count = folder.tally.get(each);
        row.counts.add_many(each, count.messages);
        row.bytes += count.octets;
    }
    row.moved_now = row.counts.moved;
    if row.counts.present > 0 {
        // What an earlier pass moved is present to this one; what was present before all of them is what the ledger says.
        let record = ledger.read(&folder.source).await?;
        let standing = row.counts.moved + row.counts.present;
        let foreign = record.copies().filter(|(.., origin)| *origin == Origin::Found);
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
    container_key(Entity::Mail, account.id.clone(), vec![name.label()])
}

fn about(noticed: &Noticed) -> Option<&MailboxName> {
    match noticed {
        Noticed::NameCollision { name, .. } | Noticed::NameChanged { name, .. } => Some(name),
        _ => None,
    }
}
