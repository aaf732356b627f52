//! Delegates, for a table.

use super::RightsRoute;
use crate::{
    Result, RunContext, Sheets, State,
    journal::{Journal, Kind},
};
use tegu_rights::Item;
use tegu_routing::Delegate;

/// The notes of jobs that say what the table holds.
const DELEGATES: Kind = Kind::from_static("delegates-of-owner");

/// Those who act for the owner. Accounts that are gone act for nobody.
fn rows(owner: &str, items: &[Item]) -> Vec<Delegate> {
    let there = items.iter().filter(|item| item.ends != Some(State::Excluded));
    let each = there.filter_map(|item| {
        let (delegate, told) = item.delegate.as_ref()?;
        let mut row = Delegate::new(owner, delegate);
        row.on_behalf = told.on_behalf;
        row.meetings = told.gets_meetings();
        row.delivery.clone_from(&told.delivery);
        row.private = told.private;
        let levels = told.levels.iter();
        row.levels
            .extend(levels.map(|(folder, level)| (folder.name().to_owned(), level.clone())));
        Some(row)
    });
    each.collect()
}

impl RightsRoute {
    /// Notes who acts for the owner.
    pub(super) async fn note_delegates(&self, context: &RunContext<'_>, items: &[Item]) -> Result<()> {
        self.note(context, DELEGATES, &rows(&context.account().mail, items))
            .await
    }

    /// The table of all accounts that are on the target. None if nobody has ever had a delegate.
    pub(super) async fn delegates(&self, journal: &dyn Journal) -> Result<Sheets> {
        let mut all: Option<Vec<Delegate>> = None;
        for account in &self.surveyed().there {
            let noted = self.noted::<Delegate>(journal, account, &DELEGATES).await?;
            // A note of nobody makes a table too, in the place of an older one.
            if let Some(rows) = noted {
                all.get_or_insert_default().extend(rows);
            }
        }
        let table = all.map(|all| (Delegate::TABLE.to_owned(), Delegate::table(&all).into_bytes()));
        Ok(table.into_iter().collect())
    }
}
