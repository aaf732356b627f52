//! What happens to a mailbox while the stand-in runs.

use super::item::Item;
use super::store::{Place, Removed, Store};
use std::sync::Arc;

impl Store {
    /// Puts another item in the place of one.
    pub(super) fn replace(&mut self, id: &str, item: Item) -> bool {
        let clock = self.tick();
        let Some(Place::Item(mailbox, folder, number)) = self.place(id) else {
            return false;
        };
        let Some(mut live) = self.item(mailbox, folder, number).cloned() else {
            return false;
        };
        live.item = Arc::new(item);
        live.changed = clock;
        self.name_parts(mailbox, folder, &mut live);
        let items = &mut self.mailboxes[mailbox].folders[folder].items;
        for slot in items.iter_mut().filter(|slot| slot.number == number) {
            *slot = live.clone();
        }
        true
    }

    /// Marks an item as read or unread, which is a change of its own kind.
    pub(super) fn mark_read(&mut self, id: &str, read: bool) -> bool {
        let clock = self.tick();
        let Some(Place::Item(mailbox, folder, number)) = self.place(id) else {
            return false;
        };
        let items = &mut self.mailboxes[mailbox].folders[folder].items;
        let Some(live) = items.iter_mut().find(|item| item.number == number) else {
            return false;
        };
        let text = if read { "true" } else { "false" };
        live.item = Arc::new((*live.item).clone().with("message:IsRead", text));
        live.read = clock;
        true
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Item> {
        let clock = self.tick();
        let Some(Place::Item(mailbox, folder, number)) = self.place(id) else {
            return None;
        };
        let folder = &mut self.mailboxes[mailbox].folders[folder];
        let at = folder.items.iter().position(|item| item.number == number)?;
        let live = folder.items.remove(at);
        folder.removed.push(Removed {
            id: live.id,
            created: live.created,
            when: clock,
        });
        Some((*live.item).clone())
    }

    /// Removes a folder with all that it holds.
    pub(super) fn remove_folder(&mut self, mailbox: usize, folder: usize) {
        let clock = self.tick();
        for number in self.below(mailbox, folder) {
            let folder = &mut self.mailboxes[mailbox].folders[number];
            folder.gone = Some(clock);
            folder.items.clear();
        }
    }

    pub(super) fn rename_folder(&mut self, mailbox: usize, folder: usize, name: &str) {
        let clock = self.tick();
        let folder = &mut self.mailboxes[mailbox].folders[folder];
        name.clone_into(&mut folder.described.name);
        folder.changed = clock;
    }
}
