//! How a run compares with the plan that it followed.

use crate::Entity;
use serde::{Deserialize, Serialize};

/// How a run compares with the plan that it followed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanCheck {
    /// When the plan was made.
    pub made: String,
    /// Where the run differed from the plan, with the reason. Empty if it did what the plan said.
    pub deviations: Vec<Deviation>,
}

/// One difference.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Deviation {
    /// Stable code:
    ///
    /// - `PLAN-ACCOUNT-NEW`: the account appeared since the plan, and did not move.
    /// - `PLAN-ACCOUNT-GONE`: the account is in the plan, but not in the directory any more.
    /// - `PLAN-NOT-LOOKED-AT`: the account could not be read when the plan was made.
    /// - `PLAN-FOLDER-NEW`, `PLAN-FOLDER-GONE`: a folder, calendar or address book.
    /// - `PLAN-SOURCE-CHANGED`: the source holds more or fewer items than were planned.
    /// - `PLAN-NOT-MOVED`: items that should have moved are manual or failed. Their codes say why.
    /// - `PLAN-CHANGED`: two plans differ in how items end.
    pub code: String,
    /// The primary address of the account.
    pub account: String,
    /// The folder, calendar or address book; empty for the account itself.
    pub container: String,
    /// What it holds.
    pub entity: Option<Entity>,
    /// How many items were planned, or were in the earlier plan.
    pub planned: u64,
    /// How many there were.
    pub happened: u64,
    /// One sentence for the operator.
    pub message: String,
}

impl PlanCheck {
    /// Makes a comparison with a plan that was made at this time (RFC 3339, UTC).
    pub fn new(made: impl Into<String>, deviations: Vec<Deviation>) -> Self {
        Self {
            made: made.into(),
            deviations,
        }
    }
}

impl Deviation {
    /// Makes a difference of an account as a whole.
    pub fn new(code: impl Into<String>, account: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            account: account.into(),
            container: String::new(),
            entity: None,
            planned: 0,
            happened: 0,
            message: message.into(),
        }
    }

    /// Sets the folder, calendar or address book.
    #[must_use]
    pub fn container(mut self, entity: Entity, name: impl Into<String>) -> Self {
        (self.entity, self.container) = (Some(entity), name.into());
        self
    }

    /// Sets how many items were planned and how many there were.
    #[must_use]
    pub fn items(mut self, planned: u64, happened: u64) -> Self {
        (self.planned, self.happened) = (planned, happened);
        self
    }
}
