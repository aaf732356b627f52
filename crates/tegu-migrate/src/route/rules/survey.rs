//! The whole organisation, before anything is written.

use super::{FOLDER, RulesRoute};
use crate::{Entity, report::Relation};
use std::sync::{Arc, PoisonError};
use tegu_sieve::{
    forward::Forward,
    store::{ForwardingBy, Survey},
};
use tegu_transfer::Organisation;

/// What is known of all accounts together.
#[derive(Debug, Default)]
pub(super) struct Surveyed {
    pub(super) all: Survey,
    /// Whether the job moves mail, whose route says how folders are called.
    pub(super) moves_mail: bool,
}

impl RulesRoute {
    /// Reads what every mailbox does, so that circles are found before anything is written.
    pub(super) async fn read_all(&self, organisation: &Organisation<'_>) {
        let options = organisation.options;
        let mut all = Survey::default().at_once(options.limits.accounts);
        for (mail, aliases) in organisation.aliases {
            all.aliases(mail, aliases.iter().cloned());
        }
        for fact in organisation
            .facts
            .iter()
            .filter(|fact| fact.entity == Entity::Forwarding)
        {
            let keep = fact.relation == Relation::ForwardsAndKeeps;
            if keep || fact.relation == Relation::ForwardsTo {
                all.forward(&fact.who, Forward::setting(&fact.whom).keep(keep));
            }
        }
        all.read(&*self.source, organisation.accounts, &options.addresses)
            .await;
        let moves_mail = organisation.moving.contains(&Entity::Mail);
        *self.surveyed.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Surveyed { all, moves_mail });
    }

    /// The sheets of the whole organisation, for the job's directory.
    pub(super) fn all_sheets(&self) -> Vec<(String, Vec<u8>)> {
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
