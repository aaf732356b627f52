//! Messages, between every pair of a source and a target: decide, append, prove, remember.
//!
//! [`FolderWalk`] takes a folder from its listing to the state of its last message, both to plan and to run. What a decision leads to is
//! the business of [`Effects`]: a run carries it out, a plan counts it.

mod batch;
mod candidate;
mod doubt;
mod effects;
mod fit;
mod follow;
mod gone;
mod late;
mod listing;
mod lost;
mod prove;
mod recover;
mod stored;
mod walk;

use self::{effects::Effects, walk::FolderWalk};
use crate::{
    Account, BoxFuture, Entity, Error, PlanContext, Proof, ProveContext, Result, Route, RoutePlan,
    RunContext,
    message::Listed,
    net::Throttle,
    route::folder_span,
    sources::MailSource,
    targets::{Access, MailTarget},
};
use std::{collections::HashSet, sync::Arc};
use tracing::Instrument as _;

/// Messages that travel together: enough to hide a round trip, few enough to repeat after a crash.
const BATCH_MESSAGES: usize = 100;
/// Octets that travel together, by the source's own estimate.
const BATCH_BYTES: u64 = 8 << 20;

/// Moves messages from any [`MailSource`] to any [`MailTarget`].
///
/// Each folder is listed, compared with the journal and the target, and appended in batches, which are read back and compared by digest, flags and date.
#[derive(Debug)]
pub struct MailRoute {
    source: Box<dyn MailSource>,
    target: Box<dyn MailTarget>,
}

impl MailRoute {
    /// Makes a route.
    pub fn new(source: impl Into<Box<dyn MailSource>>, target: impl Into<Box<dyn MailTarget>>) -> Self {
        Self {
            source: source.into(),
            target: target.into(),
        }
    }

    /// Takes all folders of an account from their listing to their last message.
    async fn walk(&self, account: &Account, effects: &mut Effects<'_>, access: Access) -> Result<()> {
        let opened = self.source.open_knowing(account, effects.addresses()).await;
        let mut reader = opened.map_err(Error::at_source)?;
        let mut writer = self
            .target
            .open(account, access)
            .await
            .map_err(Error::at_target)?;
        let mut folders = reader.folders().await?;
        let paths: Vec<String> = folders.iter().map(|folder| folder.path.join("\0")).collect();
        let ids = folders.iter().map(|folder| folder.id.as_deref());
        let listed: Vec<_> = ids.zip(paths.iter().map(String::as_str)).collect();
        let names = effects.names(&listed).await?;
        for (folder, name) in folders.iter_mut().zip(names) {
            // The top of a tree has no name.
            let levels = name.split('\0').filter(|_| !name.is_empty());
            folder.path = levels.map(str::to_owned).collect();
        }
        effects.will_count(folders.len());
        let moving = folders
            .iter()
            .filter(|folder| folder.holds_mail && effects.policy().takes_folder(&folder.path));
        writer.arrange(&moving.cloned().collect::<Vec<_>>()).await?;
        let (mut first_error, mut doubtful) = (None, Vec::new());
        let can = (self.source.capabilities(), self.target.capabilities());
        let paths: HashSet<Vec<String>> = folders.iter().map(|folder| folder.path.clone()).collect();
        for folder in folders {
            effects.ready().await?;
            let walked = FolderWalk::new(effects, account, &folder, can.clone())
                .walk(reader.as_mut(), writer.as_mut())
                .instrument(folder_span(&folder.display()))
                .await;
            match walked {
                // One folder that cannot be read or written does not keep the others from moving.
                Err(error) if error.concerns_one_object() => {
                    first_error.get_or_insert(error.context(folder.display()));
                }
                walked => doubtful.extend(walked?),
            }
        }
        gone::folders(effects, account, writer.as_mut(), &can, &paths).await?;
        if effects.changes() && !doubtful.is_empty() {
            late::wait(
                effects,
                account,
                reader.as_mut(),
                writer.as_mut(),
                &can,
                &doubtful,
            )
            .await?;
        }
        if let Effects::Plan(plan) = effects
            && let Some(room) = writer.room().await?
        {
            plan.planned.check_room(room);
        }
        first_error.map_or(Ok(()), Err)
    }
}

impl Route for MailRoute {
    fn entity(&self) -> Entity {
        Entity::Mail
    }

    fn describe(&self) -> String {
        format!("{} -> {}", self.source.describe(), self.target.describe())
    }

    fn settings(&self) -> String {
        self.source.settings()
    }

    fn places(&self, account: &Account) -> [Option<String>; 2] {
        [self.source.place(account), self.target.place(account)]
    }

    fn names_people(&self) -> bool {
        self.source.names_people()
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let ends = [self.source.throttle(), self.target.throttle()];
        ends.into_iter().flatten().collect()
    }

    fn mailboxes(&self) -> Option<&dyn MailTarget> {
        Some(self.target.as_ref())
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.source.open(account).await.map_err(Error::at_source)?;
            self.target
                .open(account, Access::Read)
                .await
                .map_err(Error::at_target)?;
            Ok(())
        })
    }

    fn plan<'a>(&'a self, context: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>> {
        Box::pin(async move {
            let mut effects = Effects::plan(context);
            self.walk(context.account(), &mut effects, Access::Read).await?;
            Ok(effects.into_plan())
        })
    }

    fn run<'a>(&'a self, context: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.walk(context.account(), &mut Effects::Run(context), Access::Write)
                .await
        })
    }

    fn prove<'a>(&'a self, context: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>> {
        Box::pin(prove::prove(self.target.as_ref(), context))
    }
}

fn batches(todo: &[&Listed]) -> Vec<Vec<Listed>> {
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut bytes = 0;
    for message in todo {
        let fits = bytes + message.size_hint <= BATCH_BYTES;
        match batches.last_mut() {
            Some(batch) if fits && batch.len() < BATCH_MESSAGES => batch.push((*message).clone()),
            _ => {
                batches.push(vec![(*message).clone()]);
                bytes = 0;
            }
        }
        bytes += message.size_hint;
    }
    batches
}
