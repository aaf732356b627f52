//! How long a plan takes.

use crate::{Entity, Octets, Plan, Report};
use serde::{Deserialize, Serialize};

/// Items and octets per second that are assumed for the whole job if nobody measured or stated them. Slow sources reach this.
const ASSUMED: (f64, f64) = (20.0, 1_048_576.0);

/// The expected speed of a job, over all its connections.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Rates {
    /// Items per second.
    pub items_per_second: Option<f64>,
    /// Octets per second.
    pub bytes_per_second: Option<Octets>,
    #[serde(skip)]
    measured: bool,
}

impl Rates {
    /// Returns the speed that an earlier run measured, or `None` if it moved items for less than ten seconds.
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

/// The origin of the rates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Basis {
    /// From an earlier run of the job.
    Measured,
    /// Stated by the operator.
    Stated,
    /// Assumed: 20 items and 1 MiB per second.
    Assumed,
}

/// How much a plan moves, and how long that takes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// Items that will move.
    pub items: u64,
    /// Their octets.
    pub bytes: u64,
    /// Messages among them.
    pub messages: u64,
    /// Folders, calendars and address books that will be created.
    pub creates: u64,
    /// Connections to either side at the same time.
    pub connections: usize,
    /// Items per second that the estimate uses.
    pub items_per_second: f64,
    /// Octets per second that the estimate uses.
    pub bytes_per_second: f64,
    /// The origin of these rates.
    pub basis: Basis,
    /// The estimated time in seconds: by items or by octets, whichever is longer.
    pub seconds: u64,
}

impl Cost {
    /// The cost of an empty plan.
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
