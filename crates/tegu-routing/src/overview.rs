//! Waves with their accounts, stages and findings in one value.

use crate::{
    Finding, Grant, Proof, Recipient, Stage, Stages, Wave, assign,
    sharing::{self, SharingGroup},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// An account with rights on more mailboxes than this is a service: it does not tie people together.
const HUB: usize = 50;

/// Who moves when, where everybody stands, and who should move together.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Waves {
    /// The waves in order.
    pub waves: Vec<WaveStatus>,
    /// Accounts that belong to no wave.
    pub unassigned: Vec<String>,
    /// People who share mailboxes or act for each other, and so should move together.
    pub groups: Vec<SharingGroup>,
    /// What was noticed: overlapping waves, groups that waves separate, services.
    pub findings: Vec<Finding>,
    /// The proof of the routing sheets, if they were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

impl Waves {
    /// Assigns `accounts`, by primary address, to `waves`, counts their stages, and finds who shares mailboxes.
    pub fn new<'a>(
        waves: &[Wave],
        accounts: impl IntoIterator<Item = &'a str>,
        grants: &[Grant],
        recipients: &[Recipient],
        stages: &Stages,
    ) -> Self {
        let assignment = assign(waves, accounts);
        let sharing = sharing::groups(grants, recipients, HUB);
        let mut findings = assignment.findings.clone();
        findings.extend(sharing.findings);
        findings.extend(sharing::splits(&sharing.groups, &assignment.by_account()));
        let waves = assignment.waves.into_iter().map(|(name, accounts)| {
            let mut counts = BTreeMap::new();
            for mail in &accounts {
                *counts.entry(stages.stage(mail)).or_default() += 1;
            }
            WaveStatus {
                name,
                accounts,
                stages: counts,
            }
        });
        Self {
            waves: waves.collect(),
            unassigned: assignment.unassigned,
            groups: sharing.groups,
            findings,
            proof: None,
        }
    }

    /// Sets the proof of the routing sheets.
    #[must_use]
    pub fn proved(mut self, proof: Option<Proof>) -> Self {
        self.proof = proof;
        self
    }

    /// Returns whether the routing sheets are proved, or none were made.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.proof.as_ref().is_none_or(Proof::holds)
    }
}

/// One wave.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WaveStatus {
    /// Its name.
    pub name: String,
    /// Its accounts, by primary address.
    pub accounts: Vec<String>,
    /// How many of them are at each stage.
    pub stages: BTreeMap<Stage, usize>,
}
