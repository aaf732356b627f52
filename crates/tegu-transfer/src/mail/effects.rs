//! What decisions about messages lead to: a run carries them out, a plan counts them.

use super::{candidate::Candidate, doubt::now, stored::StoredMessages};
use crate::{
    Account, Entity, PlanContext, Policy, Result, RoutePlan, RunContext, State,
    job::container_key,
    journal::{ContainerKey, ContainerRecords, Doubts, Intent, Listing, Record, Records},
    label,
    message::{Message, Spool},
    plan::{ContainerPlan, Depth},
    sources::{AddressLookup, MailFolder},
    targets::{Appended, MailWriter, TargetFolder},
};
use std::time::Duration;

/// Carries out or counts.
pub(super) enum Effects<'a> {
    /// Appends messages, and writes to the journal and the tally.
    Run(&'a RunContext<'a>),
    /// Changes nothing.
    Plan(Planning<'a>),
}

/// A plan that grows.
pub(super) struct Planning<'a> {
    context: &'a PlanContext<'a>,
    pub(super) planned: RoutePlan,
}

/// What came of appending messages.
pub(super) struct Sent {
    /// The target's answer to each message.
    pub(super) answers: Vec<Appended>,
    /// What is on the target behind the mark.
    pub(super) found: StoredMessages,
}

impl<'a> Effects<'a> {
    pub(super) fn plan(context: &'a PlanContext<'a>) -> Self {
        Self::Plan(Planning {
            context,
            planned: RoutePlan::default(),
        })
    }

    pub(super) fn into_plan(self) -> RoutePlan {
        match self {
            Self::Run(_) => RoutePlan::default(),
            Self::Plan(plan) => plan.planned,
        }
    }

    pub(super) fn policy(&self) -> &'a Policy {
        match self {
            Self::Run(context) => context.policy(),
            Self::Plan(plan) => plan.context.policy(),
        }
    }

    /// Who is behind a directory address.
    pub(super) fn addresses(&self) -> &'a AddressLookup {
        match self {
            Self::Run(context) => &context.options().addresses,
            Self::Plan(plan) => &plan.context.options().addresses,
        }
    }

    /// Whether messages are read to decide about them.
    pub(super) fn reads(&self) -> bool {
        match self {
            Self::Run(_) => true,
            Self::Plan(plan) => plan.context.depth() == Depth::Content,
        }
    }

    /// Whether anything on the target may change.
    pub(super) fn changes(&self) -> bool {
        matches!(self, Self::Run(_))
    }

    /// Whether what the source has no longer goes from the target too.
    pub(super) fn deletes(&self) -> bool {
        matches!(self, Self::Run(context) if context.deletions())
    }

    /// How long a target has to stay the same until nothing is taken to be on its way to it. A plan does not wait.
    pub(super) fn quiet(&self, target: &TargetFolder) -> Duration {
        match self {
            Self::Run(context) => target
                .capabilities
                .lateness
                .min(context.options().limits.longest_wait()),
            Self::Plan(_) => Duration::ZERO,
        }
    }

    /// How long a run waits at its end for second copies of what it sent again.
    pub(super) fn lateness(&self) -> Duration {
        match self {
            Self::Run(context) => context.options().limits.lateness(),
            Self::Plan(_) => Duration::ZERO,
        }
    }

    /// Returns when the next step may begin.
    pub(super) async fn ready(&self) -> Result<()> {
        match self {
            Self::Run(context) => context.ready().await,
            Self::Plan(_) => Ok(()),
        }
    }

    pub(super) fn spool(&self) -> Spool {
        match self {
            Self::Run(context) => context.spool(),
            Self::Plan(_) => Spool::new(std::env::temp_dir()),
        }
    }

    pub(super) fn scope(&self, account: &Account, folder: &MailFolder) -> ContainerKey {
        container_key(Entity::Mail, account.id.clone(), folder.path.clone())
    }

    /// The names under which folders of the source are known.
    pub(super) async fn names(&self, listed: &[(Option<&str>, &str)]) -> Result<Vec<String>> {
        match self {
            Self::Run(context) => context.names(listed).await,
            Self::Plan(plan) => plan.context.names(Entity::Mail, listed).await,
        }
    }

    /// Says how many folders are yet to be counted.
    pub(super) fn will_count(&self, folders: usize) {
        if let Self::Run(context) = self {
            context.will_count(folders);
        }
    }

    /// Begins a folder that holds so many messages.
    pub(super) fn container(&mut self, scope: &ContainerKey, folder: &MailFolder, messages: u64) {
        match self {
            Self::Run(context) => {
                context.container(scope, &folder.display(), messages);
                context.counted();
            }
            Self::Plan(plan) => plan
                .planned
                .containers
                .push(ContainerPlan::new(Entity::Mail, folder.display())),
        }
    }

    /// What earlier runs remember of a folder.
    pub(super) async fn known(&self, scope: &ContainerKey) -> Result<ContainerRecords> {
        match self {
            Self::Run(context) => Ok(context.records().open(scope).await?),
            Self::Plan(plan) => match plan.context.journal() {
                Some(journal) => Ok(Records::read(journal, scope).await?),
                None => Ok(ContainerRecords::default()),
            },
        }
    }

    /// What the source listed of a folder before.
    pub(super) async fn listed(&self, scope: &ContainerKey) -> Result<Option<Listing>> {
        let journal = match self {
            Self::Run(context) => Some(context.journal().as_ref()),
            Self::Plan(plan) => plan.context.journal(),
        };
        match journal {
            Some(journal) => Listing::read(journal, scope).await,
            None => Ok(None),
        }
    }

    /// Remembers what the source listed of a folder.
    pub(super) async fn remember_listing(&self, scope: &ContainerKey, listing: &Listing) -> Result<()> {
        match self {
            Self::Run(context) => {
                let (journal, lease) = (context.journal().as_ref(), context.lease());
                listing.write(journal, lease, scope).await
            }
            Self::Plan(_) => Ok(()),
        }
    }

    /// Finds the folder that a source folder goes to; a run makes it if there is none.
    pub(super) async fn place(
        &mut self,
        writer: &mut dyn MailWriter,
        folder: &MailFolder,
    ) -> Result<TargetFolder> {
        match self {
            Self::Run(_) => writer.prepare(folder).await,
            Self::Plan(plan) => {
                let target = writer.look(folder).await?;
                if let Some(row) = plan.planned.containers.last_mut() {
                    row.target = Some(target.name.clone());
                    row.creates = !target.exists;
                }
                Ok(target)
            }
        }
    }

    /// How many messages a folder of the target holds after copies were found or removed; a plan keeps to what it saw.
    pub(super) async fn count(
        &self,
        writer: &mut dyn MailWriter,
        folder: &MailFolder,
        before: u64,
    ) -> Result<u64> {
        match self {
            Self::Run(_) => Ok(writer.prepare(folder).await?.messages),
            Self::Plan(_) => Ok(before),
        }
    }

    /// Remembers what a folder is called on the target.
    pub(super) async fn called(&self, scope: &ContainerKey, name: &str) -> Result<()> {
        match self {
            Self::Run(context) => Ok(context.records().target(scope, name).await?),
            Self::Plan(_) => Ok(()),
        }
    }

    /// Notes how many messages on the target this job did not put there.
    pub(super) fn foreign(&mut self, messages: u64) {
        if let Self::Plan(plan) = self
            && let Some(row) = plan.planned.containers.last_mut()
        {
            row.unknown_on_target = messages;
        }
    }

    /// Notes something about a folder so many times.
    pub(super) fn notice(&self, scope: &ContainerKey, code: &str, times: u64) {
        if let Self::Run(context) = self {
            context.notice(scope, code, times);
        }
    }

    /// Remembers what arrived of an intent that was open, and what stays in doubt.
    pub(super) async fn resolve(
        &self,
        scope: &ContainerKey,
        records: &[(String, Record)],
        doubts: &Doubts,
    ) -> Result<()> {
        match self {
            Self::Run(context) => context.records().resolve(scope, records, doubts).await,
            Self::Plan(_) => Ok(()),
        }
    }

    /// Gives messages their states.
    pub(super) async fn settle(&mut self, scope: &ContainerKey, records: &[(String, Record)]) -> Result<()> {
        match self {
            Self::Run(context) => context.settle(scope, records).await,
            Self::Plan(plan) => {
                for (id, record) in records {
                    plan.count(id, record);
                }
                Ok(())
            }
        }
    }

    /// Accounts for a message that an earlier run has settled.
    pub(super) fn unchanged(&mut self, scope: &ContainerKey, id: &str, record: &Record) {
        match self {
            Self::Run(context) => context.unchanged(scope, id, record),
            Self::Plan(plan) => {
                let mut record = record.clone();
                if record.state == State::Moved {
                    record.state = State::Present;
                }
                plan.count(id, &record);
            }
        }
    }

    /// Accounts for messages that earlier runs have settled, and of which something new is to be remembered.
    pub(super) async fn follow(&mut self, scope: &ContainerKey, records: &[(String, Record)]) -> Result<()> {
        self.remember(scope, records).await?;
        for (id, record) in records {
            self.unchanged(scope, id, record);
        }
        Ok(())
    }

    /// Writes down what is known of messages now, and accounts for none.
    pub(super) async fn remember(&self, scope: &ContainerKey, records: &[(String, Record)]) -> Result<()> {
        match self {
            Self::Run(context) if !records.is_empty() => context.records().commit(scope, records).await,
            _ => Ok(()),
        }
    }

    /// Keeps the original of a message for a person, and says where.
    pub(super) fn keep(&self, candidate: &Candidate) -> Result<Option<String>> {
        match self {
            Self::Run(context) => {
                let body = &candidate.message.body;
                let kept = context.originals().keep_message(candidate.digest, body)?;
                Ok(Some(kept))
            }
            Self::Plan(_) => Ok(None),
        }
    }

    /// Says what a person recognises a message by.
    pub(super) fn label(&self, message: &Message) -> String {
        label::of_message(message.body.head())
    }

    /// Appends messages and reads them back. `None` if this is a plan.
    pub(super) async fn send(
        &self,
        scope: &ContainerKey,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        candidates: &[Candidate],
    ) -> Result<Option<Sent>> {
        let Self::Run(context) = self else {
            return Ok(None);
        };
        let mark = writer.mark(target).await?;
        let items = candidates
            .iter()
            .map(|one| (one.id.clone(), one.digest))
            .collect();
        let sizes = candidates.iter().map(|one| one.message.body.len());
        let intent = Intent::new(mark.as_str(), items).sizes(sizes).at(now());
        context.records().begin(scope, &intent).await?;
        let messages = candidates
            .iter()
            .map(|one| one.message.clone())
            .collect::<Vec<_>>();
        let octets = messages.iter().map(|message| message.body.len()).sum();
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        context.charge(count, octets).await?;
        let answers = writer.append(target, &messages).await?;
        let found = StoredMessages::new(writer.stored(target, Some(&mark)).await?);
        Ok(Some(Sent { answers, found }))
    }
}

impl Planning<'_> {
    fn count(&mut self, id: &str, record: &Record) {
        let Some(row) = self.planned.containers.last_mut() else {
            return;
        };
        row.item(id, record.state, record.bytes, &record.findings);
    }
}
