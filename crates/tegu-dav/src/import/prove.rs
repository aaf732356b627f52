//! What an upload brought, proved again by the ledger and the server alone.

use std::collections::BTreeMap;

use super::builder::Import;
use super::place::{Place, Survey};
use crate::Result;
use crate::ledger::{Known, digest};

/// Resources that are read at once.
const READ: usize = 200;

/// What is on the server of all that the ledger says is there.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Proof {
    /// How many resources the ledger says are there.
    pub expected: u64,
    /// How many are there octet for octet as they were proved.
    pub proved: u64,
    /// UIDs of resources that have changed since they were proved, with their paths.
    pub changed: BTreeMap<String, String>,
    /// UIDs of resources that are not there any more, with the paths where they were.
    pub missing: BTreeMap<String, String>,
}

impl Proof {
    /// Returns whether all resources are as they were proved.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.proved == self.expected
    }
}

impl Import {
    /// Reads all resources that the ledger says are on the server, and compares them with what was proved. Changes nothing.
    ///
    /// # Errors
    ///
    /// Those of the connection and of the ledger.
    pub async fn prove(&self) -> Result<Proof> {
        let survey = Survey::take(self, true).await?;
        let there = |known: &&Known| known.state().is_on_target() && known.href.is_some();
        let expected: Vec<(&String, &Known)> = survey
            .record
            .items
            .iter()
            .filter(|(_, known)| there(known))
            .collect();
        let mut proof = Proof {
            expected: expected.len() as u64,
            ..Proof::default()
        };
        for part in expected.chunks(READ) {
            let hrefs: Vec<String> = part.iter().filter_map(|(_, known)| known.href.clone()).collect();
            let found = match survey.place {
                Place::Open { .. } => survey.read(self, &hrefs).await?,
                _ => Default::default(),
            };
            for ((uid, known), href) in part.iter().zip(hrefs) {
                match found.get(&href) {
                    None => {
                        proof.missing.insert((*uid).clone(), href);
                    }
                    Some(standing) if known.returned() == Some(digest(&standing.body).as_str()) => {
                        proof.proved += 1;
                    }
                    Some(_) => {
                        proof.changed.insert((*uid).clone(), href);
                    }
                }
            }
        }
        Ok(proof)
    }
}
