//! What a folder holds: all that its source lists, or what it listed before and what has changed since.

use super::walk::FolderWalk;
use crate::{
    Result,
    journal::{ListedItem, Listing},
    message::Listed,
    sources::MailReader,
};
use std::collections::HashSet;

/// Changes behind which a new state is worth its place in the journal, where it may take tens of kilobytes. Fewer are listed again by the
/// next pass, with the same request.
const WORTH: usize = 100;

impl FolderWalk<'_, '_> {
    /// Lists the folder. A source that knows states is asked for the changes alone.
    pub(super) async fn list(&mut self, reader: &mut dyn MailReader) -> Result<Vec<Listed>> {
        let Some(container) = self.folder.id.clone() else {
            return reader.list(self.folder).await;
        };
        let before = self.effects.listed(&self.scope).await?;
        let before = before.filter(|before| before.container == container);
        let since = before.as_ref().map(|before| before.state.as_str());
        let listed = reader.list_since(self.folder, since).await?;
        let Some(state) = listed.state else {
            return Ok(listed.messages);
        };
        let before = before.filter(|_| !listed.is_whole);
        let count = listed.messages.len() + listed.gone.len();
        let is_worth = count >= if listed.is_whole { 1 } else { WORTH };

        let mut items = before.map(|before| before.items).unwrap_or_default();
        for gone in &listed.gone {
            items.remove(gone);
        }
        let changed: HashSet<&str> = listed.messages.iter().map(|one| one.id.as_str()).collect();
        let same = items.iter().filter(|(id, _)| !changed.contains(id.as_str()));
        let mut messages: Vec<Listed> = same
            .map(|(id, item)| {
                let mut listed = Listed::new(id, item.bytes, 0);
                listed.version.clone_from(&item.version);
                listed
            })
            .collect();
        messages.sort_by(|a, b| a.id.cmp(&b.id));
        messages.extend(listed.messages);
        if is_worth {
            let item = |one: &Listed| ListedItem {
                version: one.version.clone(),
                bytes: one.size_hint,
            };
            let items = messages.iter().map(|one| (one.id.clone(), item(one)));
            self.listing = Some(Listing {
                container,
                state,
                items: items.collect(),
            });
        }
        Ok(messages)
    }

    /// Remembers the listing, now that everything in it has a state. What waits for room keeps its order by being listed again.
    pub(super) async fn remember_listing(&mut self) -> Result<()> {
        match self.listing.take() {
            Some(listing) if !self.is_full => self.effects.remember_listing(&self.scope, &listing).await,
            _ => Ok(()),
        }
    }
}
