//! Makes a plan, account by account.

use super::{AccountPlan, ContainerPlan, Plan, PlanOptions, account};
use crate::{
    Account, Entity, Error, ErrorKind, Event, Migration, Result, State,
    error::{cancelled, died},
    journal::Journal,
    report::Section,
    shared::Shared,
    sources::DirectoryData,
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

impl Migration {
    /// Says what [`run`](Self::run) would do now, taking into account what earlier runs did. Changes nothing, on any server or in any file.
    ///
    /// As many accounts are examined at a time as [`Limits::accounts`](crate::Limits::accounts) says. The memory for a folder does not
    /// grow with its messages.
    ///
    /// # Errors
    ///
    /// The directory cannot be read, the journal does not open, or [`ErrorKind::Cancelled`]. An account that cannot be examined is not an
    /// error: the plan lists it and is not [complete](Plan::complete).
    #[doc(alias = "dry run")]
    #[doc(alias = "dry-run")]
    #[doc(alias = "preview")]
    pub async fn plan(&self, options: &PlanOptions, cancel: &CancellationToken) -> Result<Plan> {
        let planned = self.examine(options, cancel).await;
        self.shared.events.finished(&planned);
        planned
    }

    async fn examine(&self, options: &PlanOptions, cancel: &CancellationToken) -> Result<Plan> {
        let shared = &self.shared;
        shared.read_stages()?;
        let mut data = shared.directory.read().await?;
        shared.know(std::mem::take(&mut data.directory_addresses));
        shared.policy.check_accounts(data.mails())?;
        shared.check_places(&data.accounts)?;
        shared.check_homes(&data.accounts).await?;
        shared.survey(&data, cancel).await?;
        let journal = shared.open_journal_if_any().await?;
        let (accounts, left_out): (Vec<&Account>, Vec<&Account>) =
            data.accounts.iter().partition(|account| {
                shared.policy.takes_account(&account.mail) && !shared.is_settled(&account.mail)
            });
        shared.events.send(Event::Started {
            accounts: accounts.len(),
        });
        let made = format!("{:.0}", jiff::Timestamp::now());
        let mut plan = Plan::new(&shared.name, made, shared.fingerprint(), shared.policy.clone());
        plan.sections = Section::all(data.facts.clone());
        plan.directory = directory(shared, &data);
        plan.accounts = self.look_at(accounts, journal, *options, cancel).await?;
        let left_out = left_out.into_iter().map(|account| account.mail.clone()).collect();
        Ok(plan.finished(&options.rates, shared.limits.accounts.max(1), left_out))
    }

    async fn look_at(
        &self,
        accounts: Vec<&Account>,
        journal: Option<Arc<dyn Journal>>,
        options: PlanOptions,
        cancel: &CancellationToken,
    ) -> Result<Vec<AccountPlan>> {
        let mut tasks = JoinSet::new();
        let looked = self
            .look_with(&mut tasks, accounts, journal, options, cancel)
            .await;
        // Who is told to stop holds the journal until it has.
        tasks.shutdown().await;
        looked
    }

    async fn look_with(
        &self,
        tasks: &mut JoinSet<Result<AccountPlan>>,
        accounts: Vec<&Account>,
        journal: Option<Arc<dyn Journal>>,
        options: PlanOptions,
        cancel: &CancellationToken,
    ) -> Result<Vec<AccountPlan>> {
        let mut rows = Vec::with_capacity(accounts.len());
        let mut waiting = accounts.into_iter();
        loop {
            while tasks.len() < self.shared.limits.accounts.max(1) {
                let Some(account) = waiting.next().cloned() else {
                    break;
                };
                let (shared, journal) = (self.shared.clone(), journal.clone());
                let cancel = cancel.clone();
                tasks.spawn(async move {
                    tokio::select! {
                        row = account::look(&shared, journal, account, options) => row,
                        () = cancel.cancelled() => Err(cancelled()),
                    }
                });
            }
            let Some(joined) = tasks.join_next().await else {
                return Ok(rows);
            };
            rows.push(joined.map_err(|error| died(&error))??);
        }
    }

    /// Makes [`run`](Self::run) follow a plan: accounts that are not in it do not move, and the report lists, with codes, where the run differs
    /// from the plan.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the plan is of another job, of other sources or targets, or was made under another policy.
    pub fn with_plan(self, plan: Plan) -> Result<Self> {
        let wrong = |why: &str| {
            Err(Error::new(
                ErrorKind::Config,
                format!("the plan {why}; make a new one"),
            ))
        };
        if plan.job != self.shared.name {
            return wrong("is of another job");
        }
        if plan.route != self.shared.fingerprint() {
            return wrong("leads from or to another place");
        }
        if plan.policy != self.shared.policy {
            return wrong("was made under another policy");
        }
        match Arc::try_unwrap(self.shared) {
            Ok(mut shared) => {
                shared.plan = Some(plan);
                Ok(Self {
                    shared: Arc::new(shared),
                })
            }
            Err(_) => wrong("came while the job was already at work"),
        }
    }
}

/// Counts the objects of the directory, and what its owner must change.
fn directory(shared: &Shared, data: &DirectoryData) -> Vec<ContainerPlan> {
    let mut rows: BTreeMap<Entity, ContainerPlan> = BTreeMap::new();
    for object in &data.rows {
        let row = rows
            .entry(object.entity)
            .or_insert_with(|| ContainerPlan::new(object.entity, object.entity.name()));
        // Nothing of the directory is moved: what needs no change is there already.
        let state = match object.record(&shared.policy).state {
            State::Moved => State::Present,
            state => state,
        };
        row.items_of(state, 1, 0);
        object.findings.iter().for_each(|finding| row.notice(finding));
    }
    rows.into_values().collect()
}
