//! Calendars and address books as a server describes them.

use crate::xml::{CALDAV, CARDDAV};

/// The kind of a collection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Events and tasks (CalDAV).
    Calendars,
    /// Cards (CardDAV).
    Contacts,
}

impl Kind {
    pub(super) fn namespace(self) -> &'static str {
        match self {
            Self::Calendars => CALDAV,
            Self::Contacts => CARDDAV,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Calendars => "text/calendar; charset=utf-8",
            Self::Contacts => "text/vcard; charset=utf-8",
        }
    }

    pub(super) fn home(self) -> &'static str {
        match self {
            Self::Calendars => "calendar-home-set",
            Self::Contacts => "addressbook-home-set",
        }
    }

    pub(crate) fn resource_type(self) -> &'static str {
        match self {
            Self::Calendars => "calendar",
            Self::Contacts => "addressbook",
        }
    }

    pub(super) fn well_known(self) -> &'static str {
        match self {
            Self::Calendars => "/.well-known/caldav",
            Self::Contacts => "/.well-known/carddav",
        }
    }
}

/// A calendar or an address book on the server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Collection {
    /// What it holds.
    pub kind: Kind,
    /// Its path on the server, percent-encoded, with a slash at the end.
    pub href: String,
    /// The name that people see.
    pub display_name: Option<String>,
    /// The components that a calendar takes (`VEVENT`, `VTODO`); empty if the server does not say.
    pub components: Vec<String>,
    /// The largest resource in bytes, if the server says so.
    pub max_resource_size: Option<u64>,
}
