//! What there is on both sides, and which folder goes where.

use std::collections::{BTreeMap, HashSet};

use super::options::Options;
use super::report::{ItemReport, Tally};
use crate::Result;
use crate::finding::Finding;
use crate::ledger::{Ledger, Pair, Pass};
use crate::mailbox::{Mailbox, MailboxName, plan_names_again};
use crate::session::{MailboxStatus, Session};
use crate::state::State;

/// One folder to go through.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) source: MailboxName,
    pub(super) target: MailboxName,
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
    pub(super) earlier: Option<Earlier>,
}

/// What the ledger says of a folder, without those of its messages that stand on the target.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    pub(super) pair: Pair,
    pub(super) pass: Option<Pass>,
    /// Whether messages were on their way when the last run ended.
    pub(super) is_open: bool,
    pub(super) tally: Tally,
    pub(super) staying: Vec<ItemReport>,
}

impl Earlier {
    async fn read(ledger: &dyn Ledger, source: &MailboxName) -> Result<Option<Self>> {
        let record = ledger.read(source).await?;
        let Some(pair) = record.pair() else {
            return Ok(None);
        };
        let mut tally = Tally::default();
        for (_, standing) in record.standing() {
            tally.add(State::Present, 1, standing.octets);
        }
        let staying = record.staying().map(|(uid, state, code, text)| {
            tally.add(state, 1, 0);
            ItemReport::new(uid, state, code, text)
        });
        Ok(Some(Self {
            staying: staying.collect(),
            pair: pair.clone(),
            pass: record.pass().copied(),
            is_open: record.intent().is_some(),
            tally,
        }))
    }
}

#[derive(Debug)]
pub(super) struct Survey {
    /// Parents before their children.
    pub(super) jobs: Vec<Job>,
    pub(super) findings: Vec<Finding>,
}

pub(super) async fn survey(
    source: &mut Session,
    target: &mut Session,
    ledger: &dyn Ledger,
    options: &Options,
) -> Result<Survey> {
    let ((mailboxes, subscribed), layout) = tokio::try_join!(list(source), target.layout())?;
    let mut earlier = BTreeMap::new();
    for name in ledger.mailboxes().await? {
        if let Some(known) = Earlier::read(ledger, &name).await? {
            earlier.insert(name, known);
        }
    }
    let went = |(name, known): (&MailboxName, &Earlier)| (name.clone(), known.pair.name.clone());
    let names = plan_names_again(&mailboxes, &layout, &earlier.iter().map(went).collect());
    let sources: Vec<MailboxName> = names
        .mappings
        .iter()
        .map(|mapping| mapping.source.clone())
        .collect();
    let standing: Vec<MailboxName> = names
        .mappings
        .iter()
        .filter(|mapping| !mapping.create)
        .map(|mapping| mapping.target.clone())
        .collect();
    let (held, stands) = tokio::try_join!(source.status_all(&sources), target.status_all(&standing))?;
    let mut stands = stands.into_iter();
    let jobs = names.mappings.into_iter().zip(held).map(|(mapping, held)| Job {
        wanted: mailboxes
            .iter()
            .find(|mailbox| mailbox.name == mapping.source)
            .is_none_or(|mailbox| options.folders.wants(mailbox)),
        subscribed: subscribed.contains(&mapping.source),
        held: held.ok(),
        stands: if mapping.create {
            None
        } else {
            stands.next().and_then(Result::ok)
        },
        earlier: earlier.remove(&mapping.source),
        source: mapping.source,
        target: mapping.target,
        create: mapping.create,
    });
    Ok(Survey {
        jobs: jobs.collect(),
        findings: names.findings,
    })
}

async fn list(source: &mut Session) -> Result<(Vec<Mailbox>, HashSet<MailboxName>)> {
    let mailboxes = source.list().await?;
    let subscribed = source.subscriptions().await?;
    Ok((mailboxes, subscribed.into_iter().collect()))
}
