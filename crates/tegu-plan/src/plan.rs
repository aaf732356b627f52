//! Plans: rows, sums, and the saved form.

use crate::{
    Cost, Entity, Error, ErrorKind, ExceptionReport, Finding, Policy, Rates, Result, State, policy::Met,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tegu_report::{Problem, Section};

/// The version of the saved form.
pub const PLAN_VERSION: u32 = 1;

/// The largest saved plan that is read, in octets. A plan of 200,000 folders takes a fifth of it.
const MAX_OCTETS: usize = 512 << 20;
/// The most items in a folder: IMAP has no more UIDs.
const MAX_ITEMS: u64 = u32::MAX as u64;

/// What a run would do.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
#[doc(alias = "dry run")]
#[doc(alias = "dry-run")]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The job's name.
    pub job: String,
    /// When it was made (RFC 3339, UTC).
    pub made: String,
    /// Sources and targets, without secrets. Only a job with the same sources and targets runs the plan.
    pub route: Vec<String>,
    /// Whether every account could be examined. If not, [`AccountPlan::problems`] says why.
    pub complete: bool,
    /// The sums of each kind of thing.
    pub entities: Vec<EntityPlan>,
    /// For each kind of thing: how it moves, what the directory says about it, and what a person has to do.
    pub sections: Vec<Section>,
    /// What the directory holds, and what its owner must change.
    pub directory: Vec<ContainerPlan>,
    /// A row for each account that takes part.
    pub accounts: Vec<AccountPlan>,
    /// The policy under which the plan was made.
    pub policy: Policy,
    /// The exceptions of the policy, with the items that each applies to.
    pub exceptions: Vec<ExceptionReport>,
    /// How much moves and how long it takes.
    pub cost: Cost,
}

/// A number of items and their octets. Sizes are those that the source reports; Exchange estimates them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Amount {
    /// The number of items.
    #[serde(rename = "n")]
    pub items: u64,
    /// Their octets.
    #[serde(rename = "b")]
    pub bytes: u64,
}

impl Amount {
    /// Makes an amount.
    #[must_use]
    pub fn new(items: u64, bytes: u64) -> Self {
        Self { items, bytes }
    }

    fn merge(&mut self, other: Self) {
        self.items = self.items.saturating_add(other.items);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    fn is_none(&self) -> bool {
        self.items == 0
    }
}

/// How the items of a folder, an account or an organisation will end.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Amounts {
    /// What the source holds.
    pub source: Amount,
    /// Items that will move.
    #[serde(rename = "move", skip_serializing_if = "Amount::is_none")]
    pub moves: Amount,
    /// Items that the target is known to hold.
    #[serde(skip_serializing_if = "Amount::is_none")]
    pub present: Amount,
    /// Items that a person has to move.
    #[serde(skip_serializing_if = "Amount::is_none")]
    pub manual: Amount,
    /// Items that the operator excluded.
    #[serde(skip_serializing_if = "Amount::is_none")]
    pub excluded: Amount,
}

impl Amounts {
    /// Returns whether the states add up to what the source holds.
    pub fn balances(&self) -> bool {
        let ends = [self.moves, self.present, self.manual, self.excluded];
        let sum = ends.iter().try_fold(0_u64, |sum, end| sum.checked_add(end.items));
        sum == Some(self.source.items)
    }

    /// Returns the amount that will end in `state`. A plan has no failures: `Failed` is the same as `Manual`.
    #[must_use]
    pub fn get(&self, state: State) -> Amount {
        match state {
            State::Moved => self.moves,
            State::Present => self.present,
            State::Manual | State::Failed => self.manual,
            State::Excluded => self.excluded,
        }
    }

    fn slot(&mut self, state: State) -> &mut Amount {
        match state {
            State::Moved => &mut self.moves,
            State::Present => &mut self.present,
            State::Manual | State::Failed => &mut self.manual,
            State::Excluded => &mut self.excluded,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.source.merge(other.source);
        self.moves.merge(other.moves);
        self.present.merge(other.present);
        self.manual.merge(other.manual);
        self.excluded.merge(other.excluded);
    }
}

/// The sums of one kind of thing.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct EntityPlan {
    /// What is counted.
    pub entity: Entity,
    /// The sums.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// The row of an account.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AccountPlan {
    /// Primary address.
    pub account: String,
    /// The display name.
    pub display_name: String,
    /// Folders, calendars and address books.
    pub containers: Vec<ContainerPlan>,
    /// Findings about the account as a whole, such as `PLAN-OVER-QUOTA`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What could not be examined, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// One folder, calendar or address book.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ContainerPlan {
    /// What it holds.
    pub entity: Entity,
    /// Its name on the source.
    pub name: String,
    /// Its name on the target, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Whether it will be created on the target.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub creates: bool,
    /// How its items will end.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// Items on the target that this job did not put there. A run compares them and leaves equal ones alone, so fewer items may move than
    /// planned.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown_on_target: u64,
    /// Findings by code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, PlannedFinding>,
    /// Every item, if the plan was made with items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemPlan>,
}

/// The row of an item.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ItemPlan {
    /// Its identity on the source, as in the journal's records.
    pub id: String,
    /// How it will end.
    pub state: State,
    /// Codes of its findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

/// A finding and the number of items it concerns.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct PlannedFinding {
    /// The number of items.
    pub items: u64,
    /// The message of the first one.
    pub message: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl ContainerPlan {
    /// Makes a row without items.
    pub fn new(entity: Entity, name: impl Into<String>) -> Self {
        Self {
            entity,
            name: name.into(),
            target: None,
            creates: false,
            amounts: Amounts::default(),
            unknown_on_target: 0,
            findings: BTreeMap::new(),
            items: Vec::new(),
        }
    }

    /// Counts an item of the source with the state it will end in and its findings.
    pub fn item(&mut self, id: &str, state: State, bytes: u64, findings: &[Finding]) {
        self.items_of(state, 1, bytes);
        findings.iter().for_each(|finding| self.notice(finding));
        self.items.push(ItemPlan {
            id: id.to_owned(),
            state,
            codes: findings.iter().map(|finding| finding.code.to_string()).collect(),
        });
    }

    /// Counts items of the source that are not listed one by one.
    pub fn items_of(&mut self, state: State, items: u64, bytes: u64) {
        let amount = Amount::new(items, bytes);
        self.amounts.source.merge(amount);
        self.amounts.slot(state).merge(amount);
    }

    /// Counts a finding.
    pub fn notice(&mut self, finding: &Finding) {
        let found = self
            .findings
            .entry(finding.code.to_string())
            .or_insert_with(|| PlannedFinding {
                items: 0,
                message: finding.message.clone(),
            });
        found.items += 1;
    }
}

impl AccountPlan {
    /// Makes an empty row.
    pub fn new(account: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            display_name: display_name.into(),
            containers: Vec::new(),
            findings: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Plan {
    /// Makes a plan without rows. `made` is the time in RFC 3339 form; `route` names sources and targets, without secrets.
    pub fn new(job: impl Into<String>, made: impl Into<String>, route: Vec<String>, policy: Policy) -> Self {
        let mut plan = Self {
            version: PLAN_VERSION,
            job: job.into(),
            made: made.into(),
            route,
            complete: false,
            entities: Vec::new(),
            sections: Vec::new(),
            directory: Vec::new(),
            accounts: Vec::new(),
            policy,
            exceptions: Vec::new(),
            cost: Cost::none(),
        };
        plan.sum_up();
        plan
    }

    /// Sorts the rows and computes sums, exceptions, cost, and whether the plan is complete. `left_out` are the accounts that take no part.
    #[must_use]
    pub fn finished(mut self, rates: &Rates, connections: usize, left_out: Vec<String>) -> Self {
        self.accounts
            .sort_by(|one, other| one.account.cmp(&other.account));
        self.complete = self.accounts.iter().all(|account| account.problems.is_empty());
        self.sum_up();
        self.cost = Cost::of(&self, rates, connections);
        let directory = self.directory.iter().map(|row| ("", row));
        let accounts = self.accounts.iter().flat_map(|account| {
            let rows = account.containers.iter();
            rows.map(|row| (account.account.as_str(), row))
        });
        let found = directory.chain(accounts).map(|(account, row)| {
            let codes = row.findings.iter();
            let codes = codes.map(|(code, found)| (code.as_str(), found.items)).collect();
            Met::new(account, row.entity, &row.name, codes)
        });
        self.exceptions = self.policy.exceptions(left_out, &found.collect::<Vec<_>>());
        self
    }

    /// Returns the row of an account by its primary address, in any letter case.
    pub fn account(&self, mail: &str) -> Option<&AccountPlan> {
        let same = |row: &&AccountPlan| row.account.eq_ignore_ascii_case(mail);
        match self
            .accounts
            .binary_search_by(|row| row.account.as_str().cmp(mail))
        {
            Ok(at) => self.accounts.get(at),
            Err(_) => self.accounts.iter().find(same),
        }
    }

    /// Returns the sums of one kind of thing.
    pub fn entity(&self, entity: Entity) -> Option<&EntityPlan> {
        self.entities.iter().find(|row| row.entity == entity)
    }

    /// Returns all containers: those of the directory, then folders, calendars and address books.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerPlan> {
        let accounts = self.accounts.iter().flat_map(|account| &account.containers);
        self.directory.iter().chain(accounts)
    }

    /// Returns whether every row adds up.
    pub fn balances(&self) -> bool {
        let entities = self.entities.iter().map(|row| &row.amounts);
        entities
            .chain(self.containers().map(|row| &row.amounts))
            .all(Amounts::balances)
    }

    /// Returns the plan as JSON.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](ErrorKind::Io) if it cannot be encoded.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|error| Error::new(ErrorKind::Io, format!("writing the plan: {error}")))
    }

    /// Reads a saved plan. The text may be hostile: names in it are shown and never used as paths.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if this is no plan, has another version, is larger than 512 MiB, or does not add up.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let wrong = |why: String| Error::new(ErrorKind::Config, format!("the saved plan {why}"));
        if json.len() > MAX_OCTETS {
            return Err(wrong(format!(
                "has {} octets; {MAX_OCTETS} are read at most",
                json.len()
            )));
        }
        let unreadable = |error: serde_json::Error| wrong(format!("cannot be read: {error}"));
        let Version { version } = serde_json::from_slice(json).map_err(unreadable)?;
        if version != PLAN_VERSION {
            return Err(wrong(format!(
                "has version {version}; this program knows {PLAN_VERSION}"
            )));
        }
        let mut plan: Self = serde_json::from_slice(json).map_err(unreadable)?;
        let written = std::mem::take(&mut plan.entities);
        plan.sum_up();
        let sums = |rows: &[EntityPlan]| {
            rows.iter()
                .map(|row| (row.entity, row.amounts))
                .collect::<Vec<_>>()
        };
        let counted = plan
            .containers()
            .map(|row| row.amounts.source.items)
            .max()
            .unwrap_or_default();
        if !plan.balances() || sums(&written) != sums(&plan.entities) || counted > MAX_ITEMS {
            return Err(wrong("does not add up".into()));
        }
        Ok(plan)
    }

    fn sum_up(&mut self) {
        let met: BTreeSet<Entity> = self.containers().map(|row| row.entity).collect();
        self.entities = Entity::counted(&met)
            .map(|entity| {
                let mut amounts = Amounts::default();
                let rows = self.containers().filter(|row| row.entity == entity);
                rows.for_each(|row| amounts.merge(&row.amounts));
                EntityPlan { entity, amounts }
            })
            .collect();
    }
}
