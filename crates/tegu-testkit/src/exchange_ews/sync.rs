//! SyncFolderItems.

use super::call::{Call, malformed};
use super::render::Rendered;
use super::shape::Shape;
use super::soap::Refusal;
use super::store::LiveItem;
use super::version::Version;
use super::xml::element;

/// The largest MaxChangesReturned that the schema takes.
const MOST_CHANGES: usize = 512;

impl Call<'_> {
    pub(super) fn sync_folder_items(&self) -> Result<String, Refusal> {
        let shape = Shape::read(self.request.child("ItemShape"), self.version)?;
        let most = self
            .request
            .text_at(&["MaxChangesReturned"])
            .and_then(|text| text.parse::<usize>().ok())
            .filter(|most| (1..=MOST_CHANGES).contains(most))
            .ok_or_else(Refusal::schema)?;
        let answer = self.sync(&shape, most).map_err(|mut refusal| {
            // Told where a state of synchronisation would stand.
            if refusal.code == "ErrorInvalidSyncStateData" {
                refusal.fault = false;
            }
            refusal
        });
        self.finish("SyncFolderItems", vec![answer])
    }

    fn sync(&self, shape: &Shape, most: usize) -> Result<String, Refusal> {
        let id = self
            .request
            .at(&["SyncFolderId"])
            .and_then(|id| id.children.first())
            .ok_or_else(Refusal::schema)?;
        let (mailbox, number) = self.folder_of(id)?;
        let folder = self.store.folder(mailbox, number).ok_or_else(malformed)?;
        if folder.described.search || self.store.public == Some(mailbox) {
            return Err(Refusal::item(
                "ErrorInvalidOperation",
                "The folder does not support synchronization.",
            ));
        }
        let associated = self.request.text_at(&["SyncScope"]) == Some("NormalAndAssociatedItems");
        let now = self.store.now();
        let (base, upto, rest) = match self.request.text_at(&["SyncState"]) {
            None | Some("") => (0, now, String::new()),
            Some(state) => {
                let state = self.read_state(state, "i", &folder.id)?;
                if state.rest.is_empty() {
                    (state.base, now, String::new())
                } else {
                    (state.base, state.upto, state.rest)
                }
            }
        };
        // What is left of this round: removals in their order, then items from the newest to the oldest.
        let (removed_after, below) = match rest.split_once('-') {
            Some((removed, below)) => (removed.parse().unwrap_or(0), below.parse().unwrap_or(u64::MAX)),
            None => (base, u64::MAX),
        };
        let mut changes = String::new();
        let mut count = 0;
        let (mut removed_to, mut down_to) = (removed_after, below);
        for removed in &folder.removed {
            if removed.created <= base && removed.when > removed_after && removed.when <= upto && count < most
            {
                changes.push_str(&format!(
                    "<t:Delete><t:ItemId Id=\"{}\" ChangeKey=\"AQAAAA==\"/></t:Delete>",
                    removed.id
                ));
                removed_to = removed.when;
                count += 1;
            }
        }
        let mut last = true;
        for live in folder.items.iter().rev() {
            let touched = live.created > base || live.changed > base || live.read > base;
            if !touched || live.number >= below || live.associated && !associated {
                continue;
            }
            if count == most {
                last = false;
                break;
            }
            changes.push_str(&self.change(live, &folder.id, base, shape)?);
            down_to = live.number;
            count += 1;
        }
        let state = if last {
            self.state("i", &folder.id, upto, upto, "")
        } else {
            self.state("i", &folder.id, base, upto, &format!("{removed_to}-{down_to}"))
        };
        Ok(format!(
            "<m:SyncState>{state}</m:SyncState><m:IncludesLastItemInRange>{last}</m:IncludesLastItemInRange>\
             <m:Changes>{changes}</m:Changes>"
        ))
    }

    fn change(&self, live: &LiveItem, parent: &str, base: u64, shape: &Shape) -> Result<String, Refusal> {
        if live.created <= base && live.changed <= base && self.version >= Version::Exchange2007Sp1 {
            let read = live.item.value("message:IsRead").unwrap_or_default();
            return Ok(format!(
                "<t:ReadFlagChange><t:ItemId Id=\"{}\" ChangeKey=\"{}\"/>{}</t:ReadFlagChange>",
                live.id,
                live.change_key(),
                element("IsRead", &read)
            ));
        }
        let verb = if live.created > base { "Create" } else { "Update" };
        let xml = Rendered::live(live, parent).listed(shape, self.version)?;
        Ok(format!("<t:{verb}>{xml}</t:{verb}>"))
    }
}
