//! What there is on both sides, and which folder goes where.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::demand::{Demand, of_an_earlier_run};
use super::options::Options;
use super::report::{FolderPlan, ItemReport, Tally};
use crate::Result;
use crate::finding::Finding;
use crate::ledger::{Ledger, Pair, Pass};
use crate::mailbox::{FolderRole, Mailbox, MailboxName, Mapping, plan_names_again};
use crate::session::{MailboxStatus, Probe, Session, SharedMailbox, refuse_same_mailbox};

/// One folder to go through.
#[derive(Clone, Debug)]
pub(super) struct FolderJob {
    pub(super) source: MailboxName,
    /// What separates the levels of that name.
    pub(super) delimiter: Option<char>,
    /// Its name on the target; the same as on the source for a folder that is not copied.
    pub(super) target: MailboxName,
    /// What it holds instead of mail.
    pub(super) not_mail: Option<FolderRole>,
    /// Whether it is missing on the target.
    pub(super) create: bool,
    /// Whether it is subscribed to on the source.
    pub(super) subscribed: bool,
    /// Whether the caller selected it.
    pub(super) wanted: bool,
    /// What the source counted, where it could.
    pub(super) held: Option<MailboxStatus>,
    /// What the target counted, where it has the folder.
    pub(super) stands: Option<MailboxStatus>,
    /// What an earlier pass made of it.
    pub(super) earlier: Option<LedgerSummary>,
}

impl FolderJob {
    /// A plan of the folder that has no message yet.
    pub(super) fn plan(&self) -> FolderPlan {
        let held = self.held.map_or(0, |held| u64::from(held.messages));
        let mut plan = FolderPlan::new(&self.source, self.target_name(), held);
        plan.create = self.create;
        plan
    }

    /// What is counted on both sides.
    fn shared(&self) -> Option<SharedMailbox<'_>> {
        Some(SharedMailbox::new(
            (&self.source, self.held.as_ref()?),
            (&self.target, self.stands.as_ref()?),
        ))
    }

    /// Its name on the target; `None` for a folder that holds no mail.
    pub(super) fn target_name(&self) -> Option<&MailboxName> {
        self.not_mail.is_none().then_some(&self.target)
    }
}

/// What the ledger says of a folder, without those of its messages that are on the target.
#[derive(Clone, Debug)]
pub(super) struct LedgerSummary {
    pub(super) pair: Pair,
    pub(super) pass: Option<Pass>,
    /// Whether something is left to do, whatever the source looks like: copies that may have arrived unseen, or that
    /// lack the proof that is asked for.
    pub(super) is_open: bool,
    pub(super) tally: Tally,
    /// Messages that are neither moved nor present.
    pub(super) left: Vec<ItemReport>,
}

impl LedgerSummary {
    async fn read(ledger: &dyn Ledger, source: &MailboxName, demand: &Demand) -> Result<Option<Self>> {
        let record = ledger.read(source).await?;
        let Some(pair) = record.pair() else {
            return Ok(None);
        };
        let mut tally = Tally::default();
        let mut left = Vec::new();
        for (uid, (state, octets, reason)) in demand.ends(&record) {
            let state = of_an_earlier_run(state);
            tally.add(state, 1, octets);
            if let Some((code, text)) = reason {
                left.push(ItemReport::new(uid, state, &code, &text));
            }
        }
        Ok(Some(Self {
            left,
            pair: pair.clone(),
            pass: record.pass().copied(),
            is_open: record.mark().is_some(),
            tally,
        }))
    }
}

#[derive(Debug)]
pub(super) struct Survey {
    /// Parents before their children.
    pub(super) jobs: Vec<FolderJob>,
    pub(super) findings: Vec<Finding>,
}

pub(super) async fn survey(
    source: &mut Session,
    target: &mut Session,
    ledger: &dyn Ledger,
    options: &Options,
    probe: Probe,
) -> Result<Survey> {
    let ((mailboxes, subscribed), layout) = tokio::try_join!(list(source), target.layout())?;
    let demand = Demand::new(options, target);
    let mut earlier = BTreeMap::new();
    for name in ledger.mailboxes().await? {
        if let Some(known) = LedgerSummary::read(ledger, &name, &demand).await? {
            earlier.insert(name, known);
        }
    }
    let went = |(name, known): (&MailboxName, &LedgerSummary)| (name.clone(), known.pair.name.clone());
    let names = plan_names_again(&mailboxes, &layout, &earlier.iter().map(went).collect());
    let mut found: Vec<Found> = names.mappings.into_iter().map(Found::Mail).collect();
    let not_mail = names.findings.iter().filter_map(|finding| match finding {
        Finding::FolderNotMail { name, role } => Some((name, *role)),
        _ => None,
    });
    found.extend(not_mail.filter_map(|(name, role)| {
        let mailbox = mailboxes.iter().find(|mailbox| mailbox.name == *name)?;
        mailbox.selectable.then(|| Found::NotMail(name.clone(), role))
    }));
    let sources: Vec<MailboxName> = found.iter().map(|found| found.source().clone()).collect();
    let existing: Vec<MailboxName> = found.iter().filter_map(Found::existing).cloned().collect();
    let (held, stands) = tokio::try_join!(source.status_all(&sources), target.status_all(&existing))?;
    let mut stands = stands.into_iter();
    let by_name: HashMap<&MailboxName, &Mailbox> =
        mailboxes.iter().map(|mailbox| (&mailbox.name, mailbox)).collect();
    let jobs = found.into_iter().zip(held).map(|(found, held)| {
        let name = found.source();
        let mailbox = by_name.get(name);
        let job = FolderJob {
            source: name.clone(),
            delimiter: mailbox.and_then(|mailbox| mailbox.delimiter),
            wanted: mailbox.is_some_and(|mailbox| options.folders.wants(mailbox)),
            subscribed: subscribed.contains(name),
            held: held.ok(),
            stands: found.existing().and_then(|_| stands.next()?.ok()),
            earlier: earlier.remove(name),
            target: name.clone(),
            not_mail: None,
            create: false,
        };
        match found {
            Found::Mail(mapping) => FolderJob {
                target: mapping.target,
                create: mapping.create,
                ..job
            },
            Found::NotMail(_, role) => FolderJob {
                not_mail: Some(role),
                ..job
            },
        }
    });
    let jobs: Vec<FolderJob> = jobs.collect();
    let shared: Vec<SharedMailbox<'_>> = jobs.iter().filter_map(FolderJob::shared).collect();
    refuse_same_mailbox(source, target, &shared, probe).await?;
    Ok(Survey {
        jobs,
        findings: names.findings,
    })
}

/// A folder of the source.
enum Found {
    Mail(Mapping),
    NotMail(MailboxName, FolderRole),
}

impl Found {
    fn source(&self) -> &MailboxName {
        match self {
            Self::Mail(mapping) => &mapping.source,
            Self::NotMail(name, _) => name,
        }
    }

    /// Its mailbox on the target, if there is one.
    fn existing(&self) -> Option<&MailboxName> {
        match self {
            Self::Mail(mapping) if !mapping.create => Some(&mapping.target),
            _ => None,
        }
    }
}

async fn list(source: &mut Session) -> Result<(Vec<Mailbox>, HashSet<MailboxName>)> {
    let mailboxes = source.list().await?;
    let subscribed = source.subscriptions().await?;
    Ok((mailboxes, subscribed.into_iter().collect()))
}
