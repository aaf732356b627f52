//! Calendars and address books on a server without lists: what its administrator has to let people do, for a file.

use super::{RightsRoute, side::Side};
use crate::{
    Finding, Result, RunContext, Sheets, State,
    journal::{Journal, Kind},
};
use serde::{Deserialize, Serialize};
use tegu_rights::{AccessSet, Entries, ItemKind, Privilege, Work};
use tegu_routing::Shares;

/// The notes of jobs that say what the sheets hold.
const CALENDARS: Kind = Kind::from_static("shared-calendars");
const ADDRESS_BOOKS: Kind = Kind::from_static("shared-address-books");

/// What somebody may do with a collection.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Share {
    url: String,
    login: String,
    writes: bool,
}

/// Takes what would be given out of the work and leaves it to a person, and returns what the sheets have to say. An item whose collection is not
/// there yet, and comes, is in the sheets of the run.
pub(super) fn instead<R: AccessSet>(
    work: &mut Work,
    entries: &mut Entries<R>,
    kind: ItemKind,
    moves: bool,
) -> Vec<Share> {
    let mut shares = Vec::new();
    let items = work.items.iter_mut().zip(&entries.items);
    for (item, placed) in items.filter(|(item, _)| item.kind == kind && item.ends.is_none()) {
        if placed.is_err() && !moves {
            continue;
        }
        let mut said = Vec::new();
        for part in std::mem::take(&mut item.parts) {
            let writes = part.privileges.contains(Privilege::WriteContent);
            said.push(format!(
                "{} {}",
                part.identifier,
                if writes { "read and write" } else { "read" }
            ));
            for key in placed
                .iter()
                .flatten()
                .filter(|key| key.identifier == part.identifier)
            {
                shares.push(Share {
                    url: key.folder.clone(),
                    login: key.identifier.clone(),
                    writes,
                });
            }
        }
        let why = format!(
            "the new server has no lists for it; {} lets {}, once its administrator puts it to use",
            Shares::RADICALE,
            said.join(", ")
        );
        item.findings.push(Finding::lossy("RIGHTS-SHEET", why));
        item.ends = Some(State::Manual);
    }
    entries.wanted.clear();
    shares
}

impl RightsRoute {
    /// Notes what the sheets have to say of an account, if that is not what they said.
    pub(super) async fn note_shares<R: AccessSet>(
        &self,
        context: &RunContext<'_>,
        side: &Side<R>,
        shares: &[Share],
    ) -> Result<()> {
        let Some(kind) = note_of(side.items()) else {
            return Ok(());
        };
        self.note(context, kind, shares).await
    }

    /// The sheets of all accounts that are on the target, by what their jobs noted. None if no job noted anything.
    pub(super) async fn shared(&self, journal: &dyn Journal) -> Result<Sheets> {
        let mut shares: Option<Shares> = None;
        let surveyed = self.surveyed();
        for account in &surveyed.there {
            for kind in self.collections.iter().filter_map(|side| note_of(side.items())) {
                let Some(noted) = self.noted::<Share>(journal, account, &kind).await? else {
                    continue;
                };
                // Notes of nothing make sheets too, in the place of older ones.
                let all = shares.get_or_insert_default();
                for share in noted {
                    all.allow(share.url, share.login, share.writes);
                }
            }
        }
        Ok(shares.map_or_else(Vec::new, |shares| shares.sheets()))
    }
}

fn note_of(kind: ItemKind) -> Option<Kind> {
    match kind {
        ItemKind::Calendars => Some(CALENDARS),
        ItemKind::AddressBooks => Some(ADDRESS_BOOKS),
        _ => None,
    }
}
