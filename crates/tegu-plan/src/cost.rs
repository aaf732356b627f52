//! What a plan will take.

use crate::{Entity, Octets, Plan, Report};
use serde::{Deserialize, Serialize};

/// What is assumed of the whole job, where nobody has measured or stated it: what slow sources are known to give.
const ASSUMED: (f64, f64) = (20.0, 1_048_576.0);

/// How fast a job is expected to go, over all its connections together.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Rates {
    /// Items in a second.
    pub items_per_second: Option<f64>,
    /// Octets in a second.
    pub bytes_per_second: Option<Octets>,
    #[serde(skip)]
    measured: bool,
}

impl Rates {
    /// What an earlier run of the job measured, if it moved enough to tell: ten seconds at least.
    pub fn measured(report: &Report) -> Option<Self> {
        let (items, bytes) = report.speed.per_second();
        (report.speed.seconds() >= 10.0 && items > 0.0).then(|| Self {
            items_per_second: Some(items),
            bytes_per_second: Some(Octets::new(bytes as u64)),
            measured: true,
        })
    }

    fn basis(&self) -> Basis {
        match (
            self.measured,
            self.items_per_second.is_some() || self.bytes_per_second.is_some(),
        ) {
            (true, _) => Basis::Measured,
            (false, true) => Basis::Stated,
            (false, false) => Basis::Assumed,
        }
    }
}

/// Where the rates come from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Basis {
    /// From an earlier run of the job.
    Measured,
    /// The operator said so.
    Stated,
    /// From nowhere: 20 items and 1 MiB in a second.
    Assumed,
}

/// What it will take to do what a plan says.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// Items that will move.
    pub items: u64,
    /// Their octets.
    pub bytes: u64,
    /// Messages among them.
    pub messages: u64,
    /// Folders, calendars and address books that will be made.
    pub creates: u64,
    /// Connections to either side at the same time.
    pub connections: usize,
    /// Items in a second that the time is reckoned with.
    pub items_per_second: f64,
    /// Octets in a second that the time is reckoned with.
    pub bytes_per_second: f64,
    /// Where these come from.
    pub basis: Basis,
    /// How long it will take: by items or by octets, whichever takes longer.
    pub seconds: u64,
}

impl Cost {
    /// Of a plan that has not been looked at.
    pub(crate) fn none() -> Self {
        Self {
            items: 0,
            bytes: 0,
            messages: 0,
            creates: 0,
            connections: 0,
            items_per_second: 0.0,
            bytes_per_second: 0.0,
            basis: Basis::Assumed,
            seconds: 0,
        }
    }

    pub(crate) fn of(plan: &Plan, rates: &Rates, connections: usize) -> Self {
        let (mut items, mut bytes, mut messages, mut creates) = (0, 0_u64, 0, 0);
        for row in plan.accounts.iter().flat_map(|account| &account.containers) {
            items += row.amounts.moves.items;
            bytes = bytes.saturating_add(row.amounts.moves.bytes);
            if row.entity == Entity::Mail {
                messages += row.amounts.moves.items;
            }
            creates += u64::from(row.creates);
        }
        let items_per_second = rates
            .items_per_second
            .filter(|rate| *rate > 0.0)
            .unwrap_or(ASSUMED.0);
        let stated = rates.bytes_per_second.map(|rate| rate.get() as f64);
        let bytes_per_second = stated.filter(|rate| *rate > 0.0).unwrap_or(ASSUMED.1);
        let seconds = (items as f64 / items_per_second).max(bytes as f64 / bytes_per_second);
        Self {
            items,
            bytes,
            messages,
            creates,
            connections,
            items_per_second,
            bytes_per_second,
            basis: rates.basis(),
            seconds: seconds.ceil() as u64,
        }
    }
}
