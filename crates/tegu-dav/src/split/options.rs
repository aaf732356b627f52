//! How calendars are split.

use std::sync::Arc;

use crate::Limits;
use crate::resolve::Lookup;

/// Who notifies the attendees when an uploaded meeting changes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Scheduling {
    /// The calendar program. Organisers and attendees are marked with `SCHEDULE-AGENT=CLIENT` (RFC 6638), so the
    /// server sends nothing, neither on upload nor later.
    #[default]
    Client,
    /// The server. Lines are not marked, and the upload may send invitations to every attendee.
    Server,
}

/// How calendars are split.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Limits on the input.
    pub limits: Limits,
    /// Who sends invitations.
    pub scheduling: Scheduling,
    /// Whether `calcard`, an independent parser, also reads every resource in which a line changed. Off by
    /// default, because it takes longer than everything else. [`strict`](crate::strict) checks every
    /// resource before upload in any case.
    #[cfg(feature = "calcard")]
    pub second_reader: bool,
    /// Whether components are parsed: dates, rules, zones, series, addresses. On by default.
    ///
    /// When off, lines are checked and regrouped, nothing more, which is as fast as the disk. Do not upload the
    /// result: `SCHEDULE-AGENT` is not set, so the server may send invitations.
    pub understanding: bool,
    /// Finds the mail address for an Exchange directory address.
    pub addresses: Option<Arc<dyn Lookup>>,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Options {
    /// The defaults, with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            scheduling: Scheduling::Client,
            #[cfg(feature = "calcard")]
            second_reader: false,
            understanding: true,
            addresses: None,
        }
    }

    /// Sets who notifies attendees.
    #[must_use]
    pub fn scheduling(mut self, scheduling: Scheduling) -> Self {
        self.scheduling = scheduling;
        self
    }

    /// Sets whether a second parser checks changed resources; see [`second_reader`](Self::second_reader).
    #[cfg(feature = "calcard")]
    #[must_use]
    pub fn second_reader(mut self, second_reader: bool) -> Self {
        self.second_reader = second_reader;
        self
    }

    /// Sets whether components are parsed; see [`understanding`](Self::understanding).
    #[must_use]
    pub fn understanding(mut self, understanding: bool) -> Self {
        self.understanding = understanding;
        self
    }

    /// Sets what finds mail addresses for directory addresses.
    #[must_use]
    pub fn addresses(mut self, addresses: Arc<dyn Lookup>) -> Self {
        self.addresses = Some(addresses);
        self
    }
}
