//! How a plan is made.

use crate::Rates;

/// How closely a plan looks at items.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Depth {
    /// Messages are listed and not read. This is quick, but a message whose octets or keywords the target cannot store is counted as moving;
    /// the run finds it. Calendars and contacts are read.
    #[default]
    Listing,
    /// Messages are read as in a run, which takes as long. The plan then says what the run will do with every item.
    Content,
}

/// How a plan is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// The rates that the time is estimated with.
    pub rates: Rates,
    /// How closely to look.
    pub depth: Depth,
    /// Whether the plan lists every item in [`ContainerPlan::items`](crate::ContainerPlan::items). This takes about 100 octets of memory for
    /// each item. Default: no.
    pub items: bool,
}

impl PlanOptions {
    /// Estimates the time with these rates.
    #[must_use]
    pub fn rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    /// Sets how closely to look.
    #[must_use]
    pub fn depth(mut self, depth: Depth) -> Self {
        self.depth = depth;
        self
    }

    /// Lists every item.
    #[must_use]
    pub fn items(mut self, list: bool) -> Self {
        self.items = list;
        self
    }
}
