//! The whole organisation, before anything is written.

use super::{FOLDER, RulesRoute};
use crate::{
    Entity,
    report::Relation,
    sources::{AddressLookup, DirectoryData},
};
use std::sync::{Arc, PoisonError};
use tegu_sieve::{
    forward::Forward,
    store::{ForwardingBy, Survey},
};

/// What is known of all accounts together.
#[derive(Debug, Default)]
pub(super) struct Surveyed {
    pub(super) all: Survey,
    /// Whether the job moves mail, whose route says how folders are called.
    pub(super) moves_mail: bool,
}

impl RulesRoute {
    /// Reads what every mailbox does, so that circles are found before anything is written.
    pub(crate) async fn survey(&self, data: &DirectoryData, addresses: &AddressLookup, moves_mail: bool) {
        let mut all = Survey::default();
        for recipient in &data.recipients {
            all.aliases(&recipient.mail, recipient.aliases.iter().cloned());
        }
        for fact in data.facts.iter().filter(|fact| fact.entity == Entity::Forwarding) {
            let keep = fact.relation == Relation::ForwardsAndKeeps;
            if keep || fact.relation == Relation::ForwardsTo {
                all.forward(&fact.who, Forward::setting(&fact.whom).keep(keep));
            }
        }
        all.read(&*self.source, &data.accounts, addresses).await;
        *self.surveyed.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Surveyed { all, moves_mail });
    }

    /// The sheets of the whole organisation, for the job's directory.
    pub(crate) fn sheets(&self) -> Vec<(String, Vec<u8>)> {
        if self.options.forwarding == ForwardingBy::Script {
            return Vec::new();
        }
        let surveyed = self.surveyed();
        let sheets = surveyed.all.sheets().into_iter();
        sheets
            .map(|(name, text)| (format!("{FOLDER}/{name}"), text.into_bytes()))
            .collect()
    }
}
