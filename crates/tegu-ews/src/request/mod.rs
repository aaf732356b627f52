//! Requests as values. There is no request that changes anything on the server: the types have no way to say it.

mod body;
mod shape;

pub use shape::{BodyType, ExtendedField, FolderShape, ItemShape};

use crate::{FolderRef, ItemId, Version, xml::write::Writer};

/// The namespace of messages; its scheme is `http`, and a server refuses another.
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
/// The namespace of types.
const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Everything that this crate can ask a server. All of it reads.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Request {
    /// Folders below one: `FindFolder`.
    FindFolder {
        /// Where to look.
        parent: FolderRef,
        /// Also below its children. Public folders only know `false`.
        deep: bool,
        /// How many folders to pass over.
        offset: u32,
        /// How many folders to return at most.
        most: u32,
        /// What to say of each.
        shape: FolderShape,
    },
    /// Folders by their names: `GetFolder`.
    GetFolder {
        /// Which.
        folders: Vec<FolderRef>,
        /// What to say of each.
        shape: FolderShape,
    },
    /// A page of a folder's items, the oldest first: `FindItem`.
    FindItem {
        /// Which folder.
        folder: FolderRef,
        /// How many items to pass over.
        offset: u32,
        /// How many items to return at most.
        most: u32,
        /// Also whether each was read, and its size.
        details: bool,
    },
    /// What changed in a folder since a state: `SyncFolderItems`.
    SyncFolderItems {
        /// Which folder.
        folder: FolderRef,
        /// The state that the last answer ended with; `None` from the beginning.
        state: Option<String>,
        /// How many changes to return at most; the schema allows 512.
        most: u16,
        /// Also whether each was read, and its size.
        details: bool,
    },
    /// Items: `GetItem`.
    GetItem {
        /// Which.
        items: Vec<ItemId>,
        /// What to say of each.
        shape: ItemShape,
    },
    /// Attachments: `GetAttachment`.
    GetAttachment {
        /// Their identifiers.
        attachments: Vec<String>,
    },
    /// The rules that the server runs: `GetInboxRules`, from Exchange 2010 SP1 on.
    GetInboxRules {
        /// The address of the mailbox.
        mailbox: String,
    },
    /// Automatic replies: `GetUserOofSettings`.
    GetUserOofSettings {
        /// The address of the mailbox.
        mailbox: String,
    },
    /// Delegates: `GetDelegate`.
    GetDelegate {
        /// The address of the mailbox.
        mailbox: String,
    },
    /// A hidden setting of a folder, such as the list of categories: `GetUserConfiguration`, from Exchange 2010 on.
    GetUserConfiguration {
        /// Which folder.
        folder: FolderRef,
        /// The name of the setting.
        name: String,
    },
    /// Lists of rooms: `GetRoomLists`, from Exchange 2010 on.
    GetRoomLists,
    /// The rooms of a list: `GetRooms`.
    GetRooms {
        /// The address of the list.
        list: String,
    },
    /// Who somebody is, by the directory: `ResolveNames`.
    ResolveNames {
        /// A name, an address, or a legacy distinguished name (`/o=...`).
        name: String,
    },
    /// The members of a group: `ExpandDL`.
    ExpandDl {
        /// The address of the group.
        address: String,
    },
    /// Definitions of time zones: `GetServerTimeZones`, from Exchange 2010 on.
    GetServerTimeZones {
        /// Their names.
        ids: Vec<String>,
    },
}

/// What stands in front of each request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Header<'a> {
    /// The version to ask for.
    pub version: Version,
    /// The SMTP address of the mailbox to act for, by the role `ApplicationImpersonation`.
    pub impersonate: Option<&'a str>,
}

impl<'a> Header<'a> {
    /// Makes a header that acts for nobody else.
    #[must_use]
    pub fn new(version: Version) -> Self {
        Self {
            version,
            impersonate: None,
        }
    }

    /// Acts for this address.
    #[must_use]
    pub fn impersonate(mut self, address: Option<&'a str>) -> Self {
        self.impersonate = address;
        self
    }
}

impl Request {
    /// Returns the name of the operation: `GetItem`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::FindFolder { .. } => "FindFolder",
            Self::GetFolder { .. } => "GetFolder",
            Self::FindItem { .. } => "FindItem",
            Self::SyncFolderItems { .. } => "SyncFolderItems",
            Self::GetItem { .. } => "GetItem",
            Self::GetAttachment { .. } => "GetAttachment",
            Self::GetInboxRules { .. } => "GetInboxRules",
            Self::GetUserOofSettings { .. } => "GetUserOofSettings",
            Self::GetDelegate { .. } => "GetDelegate",
            Self::GetUserConfiguration { .. } => "GetUserConfiguration",
            Self::GetRoomLists => "GetRoomLists",
            Self::GetRooms { .. } => "GetRooms",
            Self::ResolveNames { .. } => "ResolveNames",
            Self::ExpandDl { .. } => "ExpandDL",
            Self::GetServerTimeZones { .. } => "GetServerTimeZones",
        }
    }

    /// Returns the oldest version that knows the operation.
    #[must_use]
    pub fn since(&self) -> Version {
        match self {
            Self::GetUserConfiguration { .. }
            | Self::GetRoomLists
            | Self::GetRooms { .. }
            | Self::GetServerTimeZones { .. } => Version::Exchange2010,
            Self::GetInboxRules { .. } => Version::Exchange2010Sp1,
            _ => Version::Exchange2007Sp1,
        }
    }

    /// Writes the request as a SOAP 1.1 envelope in UTF-8.
    #[must_use]
    pub fn to_xml(&self, header: Header<'_>) -> String {
        let mut xml = Writer::default();
        let namespaces = [("xmlns:s", SOAP), ("xmlns:m", MESSAGES), ("xmlns:t", TYPES)];
        xml.open("s:Envelope", &namespaces).open("s:Header", &[]);
        xml.empty("t:RequestServerVersion", &[("Version", header.version.name())]);
        if let Some(address) = header.impersonate {
            xml.open("t:ExchangeImpersonation", &[])
                .open("t:ConnectingSID", &[]);
            xml.text("t:PrimarySmtpAddress", address).close().close();
        }
        xml.close().open("s:Body", &[]);
        body::write(self, header.version, &mut xml);
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{}", xml.finish())
    }
}

#[cfg(test)]
mod tests;
