//! `Get-MailboxAutoReplyConfiguration`.

use super::{Encoding, Limits, malformed};
use jiff::Timestamp;
use serde::Serialize;
use tegu_outcome::Result;
use tegu_shell::{Value, rows};

/// The automatic replies of a mailbox.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AutoReply {
    /// What the export calls the mailbox.
    pub mailbox: String,
    /// Whether replies are sent.
    pub state: ReplyState,
    /// Who of the senders outside gets a reply.
    pub audience: ExternalAudience,
    /// When scheduled replies begin.
    #[serde(serialize_with = "crate::stamp::text")]
    pub start: Option<Timestamp>,
    /// When scheduled replies end.
    #[serde(serialize_with = "crate::stamp::text")]
    pub end: Option<Timestamp>,
    /// The reply to colleagues, as HTML or text.
    pub internal: String,
    /// The reply to everybody else, as HTML or text.
    pub external: String,
    /// Settings that have no equal outside of Exchange, such as that new meetings are declined.
    pub unknown: Vec<String>,
}

/// Whether replies are sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum ReplyState {
    /// No.
    #[default]
    Disabled,
    /// Until they are switched off.
    Enabled,
    /// Between two instants.
    Scheduled,
}

/// Who of the senders outside gets a reply.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum ExternalAudience {
    /// Nobody.
    #[default]
    None,
    /// Those among the owner's contacts.
    Known,
    /// Everybody.
    All,
}

impl ReplyState {
    /// The state that Exchange calls so, in the shell and in Exchange Web Services.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Disabled" | "0" => Self::Disabled,
            "Enabled" | "1" => Self::Enabled,
            "Scheduled" | "2" => Self::Scheduled,
            _ => return None,
        })
    }
}

impl ExternalAudience {
    /// The audience that Exchange calls so, in the shell and in Exchange Web Services.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "None" | "0" => Self::None,
            "Known" | "1" => Self::Known,
            "All" | "2" => Self::All,
            _ => return None,
        })
    }
}

impl AutoReply {
    /// Makes replies that are switched off.
    pub fn new(mailbox: impl Into<String>) -> Self {
        Self {
            mailbox: mailbox.into(),
            ..Self::default()
        }
    }

    /// Whether there is anything to carry over: replies that are on, or a text that was written for some other time.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.state != ReplyState::Disabled
            || !self.internal.trim().is_empty()
            || !self.external.trim().is_empty()
    }
}

/// Reads an export of `Get-MailboxAutoReplyConfiguration`.
///
/// # Errors
///
/// As [`rules`](super::rules); also for times without an offset from UTC, which CSV has.
pub fn replies(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<AutoReply>> {
    let what = "the export of Get-MailboxAutoReplyConfiguration";
    let mut all = Vec::new();
    for row in rows(octets, encoding, limits).map_err(|error| error.doing("read", what))? {
        let wrong = |why: &str| malformed(format!("{}: {why}", row.place)).doing("read", what);
        let owner = row
            .text("Mailbox")
            .or_else(|| row.text("MailboxOwnerId"))
            .or_else(|| row.text("Identity"));
        let mut reply = AutoReply::new(owner.unwrap_or_default().trim());
        reply.state = row
            .text("AutoReplyState")
            .and_then(ReplyState::from_name)
            .ok_or_else(|| wrong("AutoReplyState is none of Disabled, Enabled and Scheduled"))?;
        reply.audience = ExternalAudience::from_name(row.text("ExternalAudience").unwrap_or("None"))
            .ok_or_else(|| wrong("ExternalAudience is none of None, Known and All"))?;
        reply.start = row.get("StartTime").and_then(Value::instant);
        reply.end = row.get("EndTime").and_then(Value::instant);
        if reply.state == ReplyState::Scheduled && (reply.start.is_none() || reply.end.is_none()) {
            return Err(wrong(
                "StartTime or EndTime has no offset from UTC; export as CLIXML",
            ));
        }
        reply.internal = row.text("InternalMessage").unwrap_or_default().to_owned();
        reply.external = row.text("ExternalMessage").unwrap_or_default().to_owned();
        for name in [
            "AutoDeclineFutureRequestsWhenOOF",
            "CreateOOFEvent",
            "DeclineAllEventsForScheduledOOF",
            "DeclineEventsForScheduledOOF",
        ] {
            if row.get(name).is_some_and(|value| !value.is_empty()) {
                reply.unknown.push(name.to_owned());
            }
        }
        all.push(reply);
    }
    Ok(all)
}
