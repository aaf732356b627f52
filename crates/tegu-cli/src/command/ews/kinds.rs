//! Kinds of things, and how their items ended.

use serde::Serialize;
use std::collections::BTreeMap;
use tegu_ews::{Kind, Problem, response::Reaction};
use tegu_outcome::{Counts, State};

/// A kind of thing, as the report has it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Family {
    Mail,
    Calendars,
    Contacts,
    Tasks,
    Notes,
    Settings,
}

impl Family {
    pub(super) const ALL: [Self; 6] = [
        Self::Mail,
        Self::Calendars,
        Self::Contacts,
        Self::Tasks,
        Self::Notes,
        Self::Settings,
    ];

    /// The family of an item; one that nobody knows belongs to its folder's.
    pub(super) fn of(kind: Kind, folder: Kind) -> Self {
        match kind {
            Kind::Mail => Self::Mail,
            Kind::Event => Self::Calendars,
            Kind::Contact | Kind::List => Self::Contacts,
            Kind::Task => Self::Tasks,
            Kind::Note | Kind::Journal => Self::Notes,
            _ if folder == Kind::Other => Self::Mail,
            _ => Self::of(folder, Kind::Other),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Calendars => "calendars",
            Self::Contacts => "contacts",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
            Self::Settings => "settings",
        }
    }

    /// Kinds of items that belong to it.
    pub(super) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Mail => &[Kind::Mail, Kind::Other],
            Self::Calendars => &[Kind::Event],
            Self::Contacts => &[Kind::Contact, Kind::List],
            Self::Tasks => &[Kind::Task],
            Self::Notes => &[Kind::Note, Kind::Journal],
            Self::Settings => &[],
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Mail => "eml",
            Self::Contacts => "vcf",
            _ => "ics",
        }
    }
}

/// What became of the items of each kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) kinds: BTreeMap<Family, Counts>,
    /// How often each code was noticed.
    pub(super) codes: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn add(&mut self, family: Family, state: State) {
        let counts = self.kinds.entry(family).or_default();
        counts.expect(1);
        counts.add(state);
    }

    pub(super) fn code(&mut self, code: &str) {
        *self.codes.entry(code.to_owned()).or_default() += 1;
    }
}

/// How an item ends that could not be read.
pub(super) fn ended(problem: &Problem) -> (State, &'static str) {
    match problem.reaction() {
        Reaction::Gone => (State::Excluded, "EWS-GONE"),
        Reaction::Damaged => (State::Manual, "EWS-ITEM-DAMAGED"),
        reaction if reaction.is_passing() => (State::Failed, "EWS-ITEM-FAILED"),
        _ => (State::Manual, "EWS-ITEM-UNREADABLE"),
    }
}
