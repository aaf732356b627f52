//! Lists of items and of folders: pages, and what changed since a state.

use super::Problem;
use crate::{ItemId, xml::Element};
use tegu_message::digest;

/// An item as a list names it: its identity, and the type of the schema that it is given as.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ItemRef {
    /// Its identity.
    pub id: ItemId,
    /// The element that it stands in: `Message`, `CalendarItem`, `Contact`.
    pub element: String,
    /// Whether it was read, if that was asked for.
    pub read: Option<bool>,
    /// Octets, as the server estimates them, if that was asked for.
    pub size: Option<u32>,
}

impl ItemRef {
    /// Returns what changes whenever the item does, also if it was only marked as read.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        self.id.change_key.as_deref().map(|key| version(key, self.read))
    }

    pub(super) fn read(element: Element<'_>) -> Option<Self> {
        Some(Self {
            id: element.child("ItemId").and_then(ItemId::read)?,
            element: element.name().to_owned(),
            read: element.flag("IsRead"),
            size: element.number("Size"),
        })
    }
}

/// A page of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on the page.
    pub entries: Vec<T>,
    /// How many entries of the page could not be read.
    pub unreadable: u32,
    /// How many entries all pages have, as the server sees it now.
    pub total: Option<u32>,
    /// Where the next page begins.
    pub next: Option<u32>,
    /// Whether no page follows. Only this ends a list: a page may hold fewer entries than were asked for, or none.
    pub last: bool,
}

impl<T> Page<T> {
    pub(super) fn read(
        message: Element<'_>,
        list: &str,
        entry: impl Fn(Element<'_>) -> Option<T>,
    ) -> Result<Self, Problem> {
        let root = message
            .child("RootFolder")
            .ok_or_else(|| Problem::ours("the answer holds no list"))?;
        let number = |name| root.attribute(name).and_then(|number| number.parse().ok());
        let (mut entries, mut unreadable) = (Vec::new(), 0);
        for element in root.child(list).into_iter().flat_map(Element::children) {
            match entry(element) {
                Some(entry) => entries.push(entry),
                None => unreadable += 1,
            }
        }
        let last = root
            .attribute("IncludesLastItemInRange")
            .is_none_or(|last| matches!(last, "true" | "1"));
        Ok(Self {
            entries,
            unreadable,
            total: number("TotalItemsInView"),
            next: number("IndexedPagingOffset"),
            last,
        })
    }
}

fn version(change_key: &str, read: Option<bool>) -> String {
    let read = match read {
        None => "",
        Some(true) => "r",
        Some(false) => "u",
    };
    digest::of(format!("{change_key} {read}").as_bytes()).short()
}

/// One change of a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// An item that is new.
    Create(ItemRef),
    /// An item that changed.
    Update(ItemRef),
    /// An item that is not in the folder any more.
    Delete(ItemId),
    /// An item of which only the flag for read has changed.
    ReadFlag(ItemId, bool),
}

impl Change {
    /// Returns the item's identity.
    #[must_use]
    pub fn id(&self) -> &ItemId {
        match self {
            Self::Create(item) | Self::Update(item) => &item.id,
            Self::Delete(id) | Self::ReadFlag(id, _) => id,
        }
    }

    /// Returns the octets that the item takes, as the server estimates them; none where the list does not tell.
    #[must_use]
    pub fn size(&self) -> Option<u32> {
        match self {
            Self::Create(item) | Self::Update(item) => item.size,
            Self::Delete(_) | Self::ReadFlag(..) => None,
        }
    }

    /// Returns the [version](ItemRef::version) that the item has now. That of one which was only marked as read is never `None`.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        match self {
            Self::Create(item) | Self::Update(item) => item.version(),
            Self::Delete(_) => None,
            Self::ReadFlag(id, read) => {
                let key = id.change_key.as_deref().unwrap_or_default();
                Some(version(key, Some(*read)))
            }
        }
    }
}

/// What changed in a folder since a state.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// The state behind these changes. It has no meaning but to the server, and may be tens of kilobytes long.
    pub state: String,
    /// Whether no changes follow.
    pub last: bool,
    /// The changes.
    pub changes: Vec<Change>,
    /// How many changes could not be read.
    pub unreadable: u32,
}

impl Changes {
    pub(super) fn read(message: Element<'_>) -> Result<Self, Problem> {
        let state = message
            .value("SyncState")
            .ok_or_else(|| Problem::ours("the answer holds no state"))?;
        let (mut changes, mut unreadable) = (Vec::new(), 0);
        for element in message.child("Changes").into_iter().flat_map(Element::children) {
            let item = || ItemRef::read(element.children().next()?);
            let id = || element.child("ItemId").and_then(ItemId::read);
            let change = match element.name() {
                "Create" => item().map(Change::Create),
                "Update" => item().map(Change::Update),
                "Delete" => id().map(Change::Delete),
                "ReadFlagChange" => id()
                    .zip(element.flag("IsRead"))
                    .map(|(id, read)| Change::ReadFlag(id, read)),
                _ => None,
            };
            match change {
                Some(change) => changes.push(change),
                None => unreadable += 1,
            }
        }
        Ok(Self {
            state: state.to_owned(),
            last: message.flag("IncludesLastItemInRange").unwrap_or(true),
            changes,
            unreadable,
        })
    }
}
