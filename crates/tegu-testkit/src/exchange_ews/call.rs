//! One request: who asks, for which mailbox, and which operation answers.

use super::builder::Options;
use super::folders::not_found;
use super::soap::Refusal;
use super::store::{Place, Store};
use super::version::Version;
use super::xml::{Element, MESSAGES, SOAP};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Who logged in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Who {
    /// The service account, which has no mailbox.
    Service,
    /// The owner of a mailbox.
    Owner(usize),
}

pub(super) struct Call<'a> {
    pub(super) store: &'a Store,
    pub(super) options: &'a Options,
    pub(super) version: Version,
    pub(super) who: Who,
    pub(super) request: &'a Element,
    /// How many requests were answered before.
    pub(super) number: u64,
    /// Where the headers `X-AnchorMailbox` and `X-PublicFolderMailbox` lead.
    pub(super) route: Route,
}

/// Which mailbox of public folders a request reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Route {
    /// None: without the headers, or with other ones.
    Nowhere,
    /// The one with the tree.
    Tree,
    /// The one with the contents.
    Contents,
}

impl Route {
    /// By the values of both headers.
    pub(super) fn of(anchor: Option<&str>, mailbox: Option<&str>) -> Self {
        let (Some(anchor), Some(mailbox)) = (anchor, mailbox) else {
            return Self::Nowhere;
        };
        let domain = anchor.split('@').nth(1).unwrap_or_default();
        let contents = format!("{}@{domain}", super::autodiscover::PUBLIC_GUID);
        if [anchor, mailbox] == super::autodiscover::tree_route(domain) {
            Self::Tree
        } else if anchor == contents && mailbox == contents {
            Self::Contents
        } else {
            Self::Nowhere
        }
    }
}

/// How far a synchronisation has come.
pub(super) struct State {
    pub(super) base: u64,
    pub(super) upto: u64,
    pub(super) rest: String,
}

/// Since which version an operation is there.
fn since(operation: &str) -> Option<Version> {
    Some(match operation {
        "GetFolder"
        | "FindFolder"
        | "SyncFolderHierarchy"
        | "FindItem"
        | "GetItem"
        | "SyncFolderItems"
        | "GetAttachment"
        | "ResolveNames"
        | "ExpandDL"
        | "GetUserOofSettingsRequest" => Version::Exchange2007,
        "GetDelegate" | "ConvertId" => Version::Exchange2007Sp1,
        "GetUserConfiguration" | "GetRoomLists" | "GetRooms" | "GetServerTimeZones" => Version::Exchange2010,
        "GetInboxRules" => Version::Exchange2010Sp1,
        "GetUserPhoto" => Version::Exchange2013,
        _ => return None,
    })
}

impl<'a> Call<'a> {
    /// Answers a request: the body of the answer, or a fault.
    pub(super) fn answer(
        store: &'a Store,
        options: &'a Options,
        who: Who,
        envelope: &'a Element,
        (number, route): (u64, Route),
    ) -> Result<String, Refusal> {
        if envelope.namespace != SOAP || envelope.name != "Envelope" {
            return Err(Refusal::schema());
        }
        let header = envelope.child("Header");
        let asked = header
            .and_then(|header| header.child("RequestServerVersion"))
            .and_then(|version| version.attribute("Version"));
        let version = match asked {
            None => Version::Exchange2007,
            Some(name) => Version::named(name)
                .filter(|version| *version <= options.version)
                .ok_or_else(|| {
                    Refusal::fault(
                        "ErrorInvalidServerVersion",
                        "The specified server version is invalid.",
                    )
                })?,
        };
        let body = envelope.child("Body").ok_or_else(Refusal::schema)?;
        let request = match body.children.as_slice() {
            [request] if request.namespace == MESSAGES => request,
            _ => return Err(Refusal::schema()),
        };
        let since = since(&request.name)
            .filter(|since| *since <= options.version)
            .ok_or_else(Refusal::schema)?;
        if since > version {
            return Err(Refusal::fault(
                "ErrorInvalidServerVersion",
                "The specified server version is invalid for this operation.",
            ));
        }
        let mut call = Self {
            store,
            options,
            version,
            who,
            request,
            number,
            route,
        };
        if let Some(impersonation) = header.and_then(|header| header.child("ExchangeImpersonation")) {
            call.who = call.impersonated(impersonation)?;
        }
        call.operation()
    }

    fn operation(&self) -> Result<String, Refusal> {
        match self.request.name.as_str() {
            "GetFolder" => self.get_folder(),
            "FindFolder" => self.find_folder(),
            "SyncFolderHierarchy" => self.sync_folder_hierarchy(),
            "FindItem" => self.find_item(),
            "GetItem" => self.get_item(),
            "SyncFolderItems" => self.sync_folder_items(),
            "GetAttachment" => self.get_attachment(),
            "ResolveNames" => self.resolve_names(),
            "ExpandDL" => self.expand_dl(),
            "ConvertId" => self.convert_id(),
            "GetUserOofSettingsRequest" => self.get_user_oof_settings(),
            "GetDelegate" => self.get_delegate(),
            "GetInboxRules" => self.get_inbox_rules(),
            "GetUserConfiguration" => self.get_user_configuration(),
            "GetRoomLists" => self.get_room_lists(),
            "GetRooms" => self.get_rooms(),
            "GetServerTimeZones" => self.get_server_time_zones(),
            "GetUserPhoto" => self.get_user_photo(),
            _ => Err(Refusal::schema()),
        }
    }

    fn impersonated(&self, impersonation: &Element) -> Result<Who, Refusal> {
        let id = impersonation
            .at(&["ConnectingSID"])
            .and_then(|sid| sid.children.first())
            .ok_or_else(Refusal::schema)?;
        if self.who != Who::Service || !self.options.impersonation {
            return Err(Refusal::fault(
                "ErrorImpersonateUserDenied",
                "The account does not have permission to impersonate the requested user.",
            ));
        }
        let address = id.text.trim();
        let mailbox = self.store.mailbox(address).ok_or_else(|| {
            Refusal::fault(
                "ErrorNonExistentMailbox",
                "The SMTP address has no mailbox associated with it.",
            )
        })?;
        let described = &self.store.mailboxes[mailbox].described;
        if self
            .options
            .out_of_scope
            .iter()
            .any(|denied| denied.eq_ignore_ascii_case(&described.address))
        {
            return Err(Refusal::fault(
                "ErrorImpersonateUserDenied",
                "The account does not have permission to impersonate the requested user.",
            ));
        }
        self.enabled(mailbox)?;
        Ok(Who::Owner(mailbox))
    }

    /// Refuses a mailbox for which the service is turned off.
    fn enabled(&self, mailbox: usize) -> Result<(), Refusal> {
        if self.store.mailboxes[mailbox].described.disabled {
            return Err(Refusal::fault(
                "ErrorAccessDenied",
                "Exchange Web Services are not currently available for this request because none of the Client Access \
                 Servers in the destination site could process the request.",
            ));
        }
        Ok(())
    }

    /// The mailbox that the request is about when it names none.
    pub(super) fn mailbox(&self) -> Result<usize, Refusal> {
        match self.who {
            Who::Owner(mailbox) => Ok(mailbox),
            Who::Service => Err(Refusal::item(
                "ErrorNonExistentMailbox",
                "No mailbox with such guid.",
            )),
        }
    }

    /// The mailbox of an address, if whoever asks may see it.
    pub(super) fn mailbox_of(&self, address: &str) -> Result<usize, Refusal> {
        let mailbox = self.store.mailbox(address).ok_or_else(|| {
            Refusal::item(
                "ErrorNonExistentMailbox",
                "The SMTP address has no mailbox associated with it.",
            )
        })?;
        self.may(mailbox)?;
        Ok(mailbox)
    }

    /// Refuses requests about public folders that the headers lead elsewhere, since Exchange 2013.
    fn reaches_public(&self) -> Result<(), Refusal> {
        let is_tree = matches!(self.request.name.as_str(), "GetFolder" | "FindFolder");
        let reaches = match self.route {
            _ if self.options.version < Version::Exchange2013 => true,
            Route::Nowhere => false,
            Route::Tree => is_tree,
            Route::Contents => self.request.name != "FindFolder",
        };
        reaches.then_some(()).ok_or_else(|| {
            Refusal::item(
                "ErrorPublicFolderMailboxDiscoveryFailed",
                "The public folder mailbox could not be found.",
            )
        })
    }

    /// Whether whoever asks may see this mailbox.
    pub(super) fn may(&self, mailbox: usize) -> Result<(), Refusal> {
        if self.store.public == Some(mailbox) {
            return self.reaches_public();
        }
        self.enabled(mailbox)?;
        let described = &self.store.mailboxes[mailbox].described;
        let allowed = match self.who {
            Who::Owner(own) if own == mailbox => true,
            Who::Owner(own) => {
                let own = &self.store.mailboxes[own].described.address;
                described
                    .settings
                    .delegates
                    .iter()
                    .any(|delegate| delegate.address.eq_ignore_ascii_case(own))
            }
            Who::Service => {
                self.options.full_access
                    && !self
                        .options
                        .out_of_scope
                        .iter()
                        .any(|denied| denied.eq_ignore_ascii_case(&described.address))
            }
        };
        if allowed {
            return Ok(());
        }
        Err(Refusal::item(
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        ))
    }

    /// The folder that a FolderId or a DistinguishedFolderId names.
    pub(super) fn folder_of(&self, id: &Element) -> Result<(usize, usize), Refusal> {
        let text = id.attribute("Id").ok_or_else(Refusal::schema)?;
        match id.name.as_str() {
            "FolderId" => match self.store.place(text) {
                Some(Place::Folder(mailbox, folder)) => {
                    self.may(mailbox)?;
                    self.store.folder(mailbox, folder).ok_or_else(not_found)?;
                    Ok((mailbox, folder))
                }
                Some(_) => Err(malformed()),
                None => Err(unknown(text)),
            },
            "DistinguishedFolderId" => {
                let since = if text.starts_with("archive") {
                    Version::Exchange2010Sp1
                } else if text.starts_with("recoverable") {
                    Version::Exchange2010
                } else {
                    Version::Exchange2007
                };
                if since > self.options.version {
                    return Err(Refusal::schema());
                }
                if text == "publicfoldersroot" {
                    let public = self.store.public.ok_or_else(not_found)?;
                    self.reaches_public()?;
                    return Ok((public, 0));
                }
                let mailbox = match id.text_at(&["Mailbox", "EmailAddress"]) {
                    Some(address) => self.mailbox_of(address)?,
                    None => self.mailbox()?,
                };
                let folder = self.store.distinguished(mailbox, text).ok_or_else(not_found)?;
                Ok((mailbox, folder))
            }
            _ => Err(Refusal::schema()),
        }
    }

    /// A state of synchronisation as text: opaque to clients.
    pub(super) fn state(&self, kind: &str, folder: &str, base: u64, upto: u64, rest: &str) -> String {
        STANDARD.encode(format!("{kind}|{folder}|{base}|{upto}|{rest}"))
    }

    pub(super) fn read_state(&self, text: &str, kind: &str, folder: &str) -> Result<State, Refusal> {
        let invalid = || {
            Refusal::item(
                "ErrorInvalidSyncStateData",
                "Synchronization state data is corrupt or otherwise invalid.",
            )
        };
        let octets = STANDARD.decode(text).map_err(|_| invalid())?;
        let text = String::from_utf8(octets).map_err(|_| invalid())?;
        let parts: Vec<&str> = text.split('|').collect();
        match parts.as_slice() {
            [of, id, base, upto, rest] if *of == kind && *id == folder => Ok(State {
                base: base.parse().map_err(|_| invalid())?,
                upto: upto.parse().map_err(|_| invalid())?,
                rest: (*rest).to_owned(),
            }),
            _ => Err(invalid()),
        }
    }
}

pub(super) fn malformed() -> Refusal {
    Refusal::item("ErrorInvalidIdMalformed", "Id is malformed.")
}

/// For an identifier that leads nowhere.
pub(super) fn unknown(id: &str) -> Refusal {
    match STANDARD.decode(id) {
        Ok(octets) if octets.len() > 40 => Refusal::item(
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        ),
        _ => malformed(),
    }
}
