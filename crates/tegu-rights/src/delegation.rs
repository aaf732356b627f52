//! What makes somebody a delegate of the owner's.

use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// A folder on which Exchange says what a delegate may do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub enum DelegateFolder {
    /// The calendar.
    Calendar,
    /// Tasks.
    Tasks,
    /// The Inbox.
    Inbox,
    /// Contacts.
    Contacts,
    /// Notes.
    Notes,
    /// The journal.
    Journal,
}

impl DelegateFolder {
    /// All of them, in the order of Exchange.
    pub const ALL: [Self; 6] = [
        Self::Calendar,
        Self::Tasks,
        Self::Inbox,
        Self::Contacts,
        Self::Notes,
        Self::Journal,
    ];

    /// Its name in Exchange's settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Calendar => "Calendar",
            Self::Tasks => "Tasks",
            Self::Inbox => "Inbox",
            Self::Contacts => "Contacts",
            Self::Notes => "Notes",
            Self::Journal => "Journal",
        }
    }
}

/// What makes somebody a delegate of the owner's, besides the permissions on folders: these are grants of their own.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Delegation {
    /// What Exchange calls his permissions on folders (`Editor`, `Custom`), for people to read. The permissions themselves stand on the folders.
    pub levels: BTreeMap<DelegateFolder, String>,
    /// Whether he sends on behalf of the owner.
    pub on_behalf: bool,
    /// Whether he gets copies of the owner's meeting requests.
    pub meetings: bool,
    /// Who gets the owner's meeting requests, if the source says so: `DelegatesOnly`, `DelegatesAndMe`, `DelegatesAndSendInformationToMe`, `NoForward`.
    pub delivery: Option<String>,
    /// Whether he sees what is private.
    pub private: bool,
}

impl Delegation {
    /// Whether meeting requests reach him: `NoForward` keeps them from delegates.
    #[must_use]
    pub fn gets_meetings(&self) -> bool {
        self.meetings && self.delivery.as_deref() != Some("NoForward")
    }

    /// Adds what else is said of the same delegate.
    pub(crate) fn add(&mut self, other: &Self) {
        for (folder, level) in &other.levels {
            self.levels.entry(*folder).or_insert_with(|| level.clone());
        }
        self.on_behalf |= other.on_behalf;
        self.meetings |= other.meetings;
        self.private |= other.private;
        if self.delivery.is_none() {
            self.delivery.clone_from(&other.delivery);
        }
    }
}

impl fmt::Display for Delegation {
    /// `sends on behalf, gets meeting requests (DelegatesOnly), sees private items, Calendar: Editor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.on_behalf {
            parts.push("sends on behalf".to_owned());
        }
        if self.gets_meetings() {
            parts.push(match &self.delivery {
                Some(delivery) => format!("gets meeting requests ({delivery})"),
                None => "gets meeting requests".to_owned(),
            });
        }
        if self.private {
            parts.push("sees private items".to_owned());
        }
        let levels = self.levels.iter();
        parts.extend(levels.map(|(folder, level)| format!("{}: {level}", folder.name())));
        f.write_str(&parts.join(", "))
    }
}
