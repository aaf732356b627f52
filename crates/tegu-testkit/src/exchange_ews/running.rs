//! What a test asks of a running stand-in.

use super::ExchangeEws;
use super::builder::ExchangeEwsBuilder;
use super::item::Item;
use super::model::Folder;
use super::settings::Settings;
use super::store::Store;
use std::net::TcpStream;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

impl ExchangeEws {
    /// Options.
    pub fn builder() -> ExchangeEwsBuilder {
        ExchangeEwsBuilder::default()
    }

    /// Where requests go: `http://localhost:PORT/EWS/Exchange.asmx`, or `https`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// The port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The service account.
    pub fn user(&self) -> &str {
        &self.shared.options.user
    }

    /// The password of the service account and of all owners.
    pub fn password(&self) -> &str {
        &self.shared.options.password
    }

    /// The authority that signed its certificate, PEM; nothing without TLS.
    pub fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// The addresses of all mailboxes.
    pub fn mailboxes(&self) -> Vec<String> {
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let all = store.mailboxes.iter().map(|live| live.described.address.clone());
        all.filter(|address| !address.is_empty()).collect()
    }

    /// Puts an item into a folder, by the folder's distinguished name or display name. Returns its identifier.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn deliver(&self, address: &str, folder: &str, item: Item) -> String {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        store.add_item(mailbox, folder, item, false)
    }

    /// Puts another item in the place of one.
    ///
    /// # Panics
    ///
    /// When there is none of this identifier.
    pub fn replace(&self, id: &str, item: Item) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        assert!(store.replace(id, item), "no item has the identifier {id}");
    }

    /// Marks a message as read or unread.
    ///
    /// # Panics
    ///
    /// When there is none of this identifier.
    pub fn mark_read(&self, id: &str, read: bool) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        assert!(store.mark_read(id, read), "no item has the identifier {id}");
    }

    /// Removes an item.
    ///
    /// # Panics
    ///
    /// When there is none of this identifier.
    pub fn remove(&self, id: &str) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        assert!(store.remove(id).is_some(), "no item has the identifier {id}");
    }

    /// Moves an item to another folder of its mailbox, where it gets another identifier, which is returned.
    ///
    /// # Panics
    ///
    /// When there is no such item or folder.
    pub fn move_item(&self, id: &str, address: &str, folder: &str) -> String {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let item = store.remove(id).expect("an item of this identifier");
        let (mailbox, folder) = place(&store, address, folder);
        store.add_item(mailbox, folder, item, false)
    }

    /// Adds a folder below another.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn add_folder(&self, address: &str, parent: &str, folder: Folder) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, parent) = place(&store, address, parent);
        store.add_tree(mailbox, parent, folder);
    }

    /// Gives a folder another name.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn rename_folder(&self, address: &str, folder: &str, name: &str) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        store.rename_folder(mailbox, folder, name);
    }

    /// Removes a folder and all that is in it.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn remove_folder(&self, address: &str, folder: &str) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        store.remove_folder(mailbox, folder);
    }

    /// Gives a mailbox other settings.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox.
    pub fn change_settings(&self, address: &str, settings: Settings) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let mailbox = store.mailbox(address).expect("a mailbox of this address");
        store.mailboxes[mailbox].described.settings = settings;
    }

    /// The identifiers of the items of a folder, oldest first.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn ids(&self, address: &str, folder: &str) -> Vec<String> {
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        let folder = &store.mailboxes[mailbox].folders[folder];
        let normal = folder.items.iter().filter(|item| !item.associated);
        normal.map(|item| item.id.clone()).collect()
    }

    /// All items of a mailbox that its owner sees, with their identifiers: those below the top of the information store, without associated
    /// ones and without search folders.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox.
    pub fn items(&self, address: &str) -> Vec<(String, Item)> {
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, top) = place(&store, address, "msgfolderroot");
        let folders = store.below(mailbox, top).into_iter();
        let folders = folders.filter_map(|number| store.folder(mailbox, number));
        folders
            .filter(|folder| !folder.described.search)
            .flat_map(|folder| &folder.items)
            .filter(|live| !live.associated)
            .map(|live| (live.id.clone(), (*live.item).clone()))
            .collect()
    }

    /// How many requests to the service were answered so far.
    pub fn requests(&self) -> u64 {
        self.shared.counts.requests.load(Ordering::SeqCst)
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> u64 {
        self.shared.counts.connections.load(Ordering::SeqCst)
    }

    /// How many logins were refused, first legs of NTLM not counted.
    pub fn refused_logins(&self) -> u64 {
        self.shared.counts.refused_logins.load(Ordering::SeqCst)
    }

    /// How often a client came back before the time that [`Fault::Busy`](super::Fault::Busy) told it was over.
    pub fn impatient(&self) -> u64 {
        self.shared.counts.impatient.load(Ordering::SeqCst)
    }

    /// How many requests impersonated somebody without the header X-AnchorMailbox.
    pub fn unanchored(&self) -> u64 {
        self.shared.counts.unanchored.load(Ordering::SeqCst)
    }

    /// Requests and their answers so far, if they are kept: see [`ExchangeEwsBuilder::record`].
    pub fn exchanges(&self) -> Vec<(String, String)> {
        let exchanges = self.shared.exchanges.lock();
        exchanges.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn place(store: &Store, address: &str, folder: &str) -> (usize, usize) {
    let mailbox = store.mailbox(address).expect("a mailbox of this address");
    let folder = store.named(mailbox, folder).expect("a folder of this name");
    (mailbox, folder)
}

impl Drop for ExchangeEws {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, so that it sees the flag and gives the port back.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.shared.settle();
    }
}
