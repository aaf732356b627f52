//! Looks at everything, account by account.

use super::{AccountPlan, Amounts, ContainerPlan, Cost, PLAN_VERSION, Plan, PlanOptions, account};
use crate::{
    Account, Entity, Error, ErrorKind, Event, Migration, Result, State,
    error::{cancelled, died},
    journal::Journal,
    policy::exceptions::{self, CodeCount},
    report::Section,
    run::Shared,
    sources::DirectoryData,
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

impl Migration {
    /// What [`run`](Self::run) would do now. Nothing changes, on no server and in no file; what an earlier run of the job
    /// remembers is taken into account.
    ///
    /// Accounts are looked at side by side, as many at a time as [`Limits::accounts`](crate::Limits::accounts) says, and
    /// what is kept of a folder does not grow with its messages.
    ///
    /// # Errors
    ///
    /// A directory that cannot be read, a journal that does not open, and [`ErrorKind::Cancelled`]. An account that cannot be
    /// looked at is no error: the plan lists it and is not [complete](Plan::complete).
    pub async fn plan(&self, options: &PlanOptions, cancel: &CancellationToken) -> Result<Plan> {
        let shared = &self.shared;
        shared.read_stages()?;
        let mut data = shared.directory.read().await?;
        shared.know(std::mem::take(&mut data.directory_addresses));
        let journal = shared.open_journal_if_any().await?;
        let (accounts, left_out): (Vec<&Account>, Vec<&Account>) =
            data.accounts.iter().partition(|account| {
                shared.policy.takes_account(&account.mail) && !shared.is_settled(&account.mail)
            });
        shared.events.send(Event::Started {
            accounts: accounts.len(),
        });
        let mut plan = Plan {
            version: PLAN_VERSION,
            job: shared.name.clone(),
            made: format!("{:.0}", jiff::Timestamp::now()),
            route: shared.fingerprint(),
            complete: true,
            entities: Vec::new(),
            sections: Section::all(data.facts.clone()),
            directory: directory(shared, &data),
            accounts: Vec::with_capacity(accounts.len()),
            policy: shared.policy.clone(),
            exceptions: Vec::new(),
            cost: Cost::none(),
        };
        self.look_at(&mut plan, accounts, journal, *options, cancel)
            .await?;
        let by_mail = |row: &AccountPlan| row.account.clone();
        plan.accounts.sort_by_cached_key(by_mail);
        plan.complete = plan.accounts.iter().all(|account| account.problems.is_empty());
        plan.sum_up();
        plan.cost = Cost::of(&plan, &options.rates, shared.limits.accounts.max(1));
        let left_out = left_out.into_iter().map(|account| account.mail.clone()).collect();
        let directory = plan.directory.iter().map(|row| ("", row));
        let accounts = plan.accounts.iter().flat_map(|account| {
            let rows = account.containers.iter();
            rows.map(|row| (account.account.as_str(), row))
        });
        let told = directory.chain(accounts).flat_map(|(account, row)| {
            row.findings.iter().map(move |(code, found)| CodeCount {
                account,
                entity: row.entity,
                code,
                items: found.items,
            })
        });
        plan.exceptions = exceptions::all(&plan.policy, left_out, &told.collect::<Vec<_>>());
        shared.events.send(Event::Finished);
        Ok(plan)
    }

    async fn look_at(
        &self,
        plan: &mut Plan,
        accounts: Vec<&Account>,
        journal: Option<Arc<dyn Journal>>,
        options: PlanOptions,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let mut tasks = JoinSet::new();
        let looked = self
            .look_with(&mut tasks, plan, accounts, journal, options, cancel)
            .await;
        // Who is told to stop holds the journal until it has.
        tasks.shutdown().await;
        looked
    }

    async fn look_with(
        &self,
        tasks: &mut JoinSet<Result<AccountPlan>>,
        plan: &mut Plan,
        accounts: Vec<&Account>,
        journal: Option<Arc<dyn Journal>>,
        options: PlanOptions,
        cancel: &CancellationToken,
    ) -> Result<()> {
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
                return Ok(());
            };
            plan.accounts.push(joined.map_err(|error| died(&error))??);
        }
    }

    /// Makes [`run`](Self::run) follow a plan: accounts that are not in it do not move, and the report says, with codes, where
    /// what happened differs from what was planned.
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

/// What the directory holds, and what its owner must change.
fn directory(shared: &Shared, data: &DirectoryData) -> Vec<ContainerPlan> {
    let mut rows: BTreeMap<Entity, ContainerPlan> = BTreeMap::new();
    for object in &data.rows {
        let row = rows
            .entry(object.entity)
            .or_insert_with(|| ContainerPlan::new(object.entity, object.entity.name()));
        let Amounts {
            source,
            present,
            manual,
            excluded,
            ..
        } = &mut row.amounts;
        source.add(0);
        match object.record(&shared.policy).state {
            State::Excluded => excluded,
            State::Manual | State::Failed => manual,
            State::Moved | State::Present => present,
        }
        .add(0);
        object.findings.iter().for_each(|finding| row.notice(finding));
    }
    rows.into_values().collect()
}
