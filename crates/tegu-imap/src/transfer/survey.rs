//! What there is on both sides, and which folder goes where.

use std::collections::HashSet;

use super::options::Options;
use crate::Result;
use crate::finding::Finding;
use crate::mailbox::{Mailbox, MailboxName, plan_names};
use crate::session::{MailboxStatus, Session};

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
}

#[derive(Debug)]
pub(super) struct Survey {
    /// Parents before their children.
    pub(super) jobs: Vec<Job>,
    pub(super) findings: Vec<Finding>,
}

pub(super) async fn survey(source: &mut Session, target: &mut Session, options: &Options) -> Result<Survey> {
    let ((mailboxes, subscribed), layout) = tokio::try_join!(list(source), target.layout())?;
    let names = plan_names(&mailboxes, &layout);
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
