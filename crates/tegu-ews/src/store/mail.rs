//! Mail.

use super::{all, elsewhere, unread};
use crate::{
    Error, ErrorKind, Item, ItemId, Kind, Mailbox, Result, inventory::Place, request::ItemShape,
    response::Change,
};
use std::collections::HashMap;
use tegu_message::{FolderRole, Listed, Message, Spool};
use tegu_store::{
    BoxFuture,
    sources::{MailFolder, MailListing, MailReader, Read},
};

/// Mail of one mailbox, as a [`MailReader`].
///
/// Folders are known by their class, in any language; hidden folders, search folders and those that programs fill are left out. An item that
/// is no mail and lies in a folder of mail is for a person.
#[derive(Debug)]
pub struct EwsMailReader {
    mailbox: Mailbox,
    archive: Option<String>,
    notes: bool,
    /// Folders by their identities.
    places: HashMap<String, Place>,
    /// The elements of items that are no mail.
    elements: HashMap<String, String>,
}

fn role(name: &str) -> Option<FolderRole> {
    Some(match name {
        "inbox" => FolderRole::Inbox,
        "drafts" => FolderRole::Drafts,
        "sentitems" => FolderRole::Sent,
        "deleteditems" => FolderRole::Trash,
        "junkemail" => FolderRole::Junk,
        _ => return None,
    })
}

impl EwsMailReader {
    /// Reads the mail of this mailbox.
    #[must_use]
    pub fn new(mailbox: Mailbox) -> Self {
        Self {
            mailbox,
            archive: None,
            notes: false,
            places: HashMap::new(),
            elements: HashMap::new(),
        }
    }

    /// Reads the archive mailbox too, where there is one: its folders stand below one of this name.
    #[must_use]
    pub fn archive(mut self, name: Option<String>) -> Self {
        self.archive = name;
        self
    }

    /// Reads notes too, as messages: for targets that hold no VJOURNAL. Default: no.
    #[must_use]
    pub fn notes(mut self, wanted: bool) -> Self {
        self.notes = wanted;
        self
    }

    async fn find(&mut self) -> Result<Vec<MailFolder>> {
        let inventory = self.mailbox.inventory_with(self.archive.as_deref()).await;
        let inventory = inventory.map_err(Error::at_source)?;
        let mut folders = Vec::new();
        for place in inventory.folders {
            match place.kind {
                Kind::Mail | Kind::Other => {}
                Kind::Note if self.notes => {}
                _ => continue,
            }
            let mut folder = MailFolder::named(place.path.clone());
            folder.holds_mail = true;
            folder.role = folder.role.filter(|role| !role.is_non_mail());
            folder.id = Some(place.folder.id.clone());
            if let Some(known) = place.folder.distinguished.as_deref().and_then(role) {
                folder.role = Some(known);
            }
            self.places.insert(place.folder.id.clone(), place);
            folders.push(folder);
        }
        Ok(folders)
    }

    /// What a folder holds, or what changed in it since a state.
    async fn changes(&mut self, folder: &MailFolder, state: Option<&str>) -> Result<MailListing> {
        let missing = || {
            Error::new(ErrorKind::NotFound, "there is no such folder")
                .doing("list", folder.display())
                .at_source()
        };
        if self.places.is_empty() {
            self.find().await?;
        }
        let id = folder.id.as_deref().unwrap_or_default();
        let place = self.places.get(id).ok_or_else(missing)?;
        let listing = match state {
            Some(state) => self.mailbox.changes(&place.folder, state),
            None => self.mailbox.listing(&place.folder),
        };
        let mut listing = listing.details();
        let changes = all(&mut listing, || folder.display()).await?;
        let last: HashMap<String, usize> = (0..)
            .zip(&changes)
            .map(|(at, change)| (change.id().id.clone(), at))
            .collect();
        let (mut messages, mut gone) = (Vec::with_capacity(last.len()), Vec::new());
        // The server lists the newest first.
        for (at, change) in changes.into_iter().enumerate().rev() {
            let id = change.id().id.clone();
            // What is said of an item last is what it is.
            if last.get(&id) != Some(&at) {
                continue;
            }
            match &change {
                Change::Delete(_) => {
                    gone.push(id);
                    continue;
                }
                Change::Create(item) | Change::Update(item) if Kind::of("", &item.element) != Kind::Mail => {
                    self.elements.insert(id.clone(), item.element.clone());
                }
                _ => {}
            }
            let size = change.size().unwrap_or_default();
            let mut message = Listed::new(id, size.into(), messages.len() as u64);
            message.version = change.version();
            messages.push(message);
        }
        let state = listing.state().map(str::to_owned);
        Ok(match listing.is_whole() {
            true => MailListing::whole(messages),
            false => MailListing::changes(messages, gone),
        }
        .state(state))
    }

    async fn get(&self, folder: &MailFolder, messages: &[Listed]) -> Result<Vec<Read>> {
        let place = folder.id.as_deref().and_then(|id| self.places.get(id));
        // Notes belong into their folders alone.
        let kind = match place.map(|place| place.kind) {
            Some(Kind::Note) => Kind::Note,
            _ => Kind::Mail,
        };
        let ids: Vec<ItemId> = messages
            .iter()
            .map(|message| ItemId::new(&*message.id, None))
            .collect();
        let shape = ItemShape::of(Kind::Mail, self.mailbox.version());
        let items = self.mailbox.get(&ids, &shape).await.map_err(Error::at_source)?;
        let mut answers = Vec::with_capacity(messages.len());
        for ((message, item), id) in messages.iter().zip(items).zip(&ids) {
            let belongs = !self.elements.contains_key(&message.id);
            let is_elsewhere = |item: &Item| ![kind, Kind::Mail].contains(&item.kind);
            answers.push(match item {
                Ok(item) if !belongs || is_elsewhere(&item) => Read::Manual(elsewhere(&item.class, "mail")),
                Err(problem) if !belongs => unread(&problem),
                read => match self.mailbox.message(id, read).await.map_err(Error::at_source)? {
                    // An earlier listing told what it is.
                    Ok((item, ..)) if is_elsewhere(&item) => Read::Manual(elsewhere(&item.class, "mail")),
                    Ok((item, body, findings)) => {
                        Read::Message(Message::new(item.flags(), item.internal_date(), body), findings)
                    }
                    Err(problem) => unread(&problem),
                },
            });
        }
        Ok(answers)
    }
}

impl MailReader for EwsMailReader {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        Box::pin(self.find())
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(async move { Ok(self.changes(folder, None).await?.messages) })
    }

    fn list_since<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        state: Option<&'a str>,
    ) -> BoxFuture<'a, Result<MailListing>> {
        Box::pin(self.changes(folder, state))
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        _: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(self.get(folder, messages))
    }
}
