//! How calendars are split.

use std::sync::Arc;

use crate::Limits;
use crate::resolve::Lookup;

/// Who sends invitations for the events that are uploaded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Scheduling {
    /// Nobody: organisers and attendees are marked with `SCHEDULE-AGENT=CLIENT` (RFC 6638). If somebody changes such a meeting
    /// later, the calendar program notifies the attendees, not the server.
    #[default]
    Client,
    /// The server: lines stay as they are, and it may send invitations to everybody in the calendar.
    Server,
}

/// How calendars are split.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bounds on the input.
    pub limits: Limits,
    /// Who sends invitations.
    pub scheduling: Scheduling,
    /// Whether every resource in which a line was changed is read by `calcard` too, a reader that shares
    /// nothing with this crate. It takes longer than all the rest, so it is off by default; what is
    /// uploaded is looked at by [`strict`](crate::strict) in any case.
    #[cfg(feature = "calcard")]
    pub second_reader: bool,
    /// Whether components are understood: dates, rules, zones, series, addresses. On by default.
    ///
    /// Without it lines are checked, regrouped and nothing more: for taking files apart at the speed of
    /// the disk. What comes out must not be uploaded, since nothing keeps a server from sending
    /// invitations.
    pub understanding: bool,
    /// Looks up the mail addresses behind Exchange's directory addresses.
    pub addresses: Option<Arc<dyn Lookup>>,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Options {
    /// The defaults under these limits.
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

    /// Sets who sends invitations.
    #[must_use]
    pub fn scheduling(mut self, scheduling: Scheduling) -> Self {
        self.scheduling = scheduling;
        self
    }

    /// Sets whether a second reader checks changed resources; see [`second_reader`](Self::second_reader).
    #[cfg(feature = "calcard")]
    #[must_use]
    pub fn second_reader(mut self, second_reader: bool) -> Self {
        self.second_reader = second_reader;
        self
    }

    /// Sets whether components are understood; see [`understanding`](Self::understanding).
    #[must_use]
    pub fn understanding(mut self, understanding: bool) -> Self {
        self.understanding = understanding;
        self
    }

    /// Sets who knows the mail addresses behind directory addresses.
    #[must_use]
    pub fn addresses(mut self, addresses: Arc<dyn Lookup>) -> Self {
        self.addresses = Some(addresses);
        self
    }
}
