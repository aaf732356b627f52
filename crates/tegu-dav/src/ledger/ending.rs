//! How an item ended, with the evidence where it is on the server.

use tegu_outcome::State;

use super::digest;
use crate::prove::{self, Difference};

/// Shows that a server holds an item: what the server returned was compared with what was sent.
///
/// Only a comparison makes one. So nothing can be recorded as moved or present that was not read back.
///
/// ```
/// use tegu_dav::ledger::{Ending, Evidence};
///
/// let sent = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// let ending = Ending::Moved(Evidence::of_calendar(sent, sent).unwrap());
/// assert!(ending.state().is_on_target());
/// assert!(Evidence::of_calendar(sent, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").is_err());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    accepted: bool,
    returned: String,
}

impl Evidence {
    /// Compares a calendar resource with what the server returned; see [`prove::calendar`].
    ///
    /// # Errors
    ///
    /// The differences, at least one.
    pub fn of_calendar(sent: &[u8], returned: &[u8]) -> Result<Self, Vec<Difference>> {
        prove::calendar(sent, returned)?;
        Ok(Self::stored(false, digest(returned)))
    }

    /// Compares a vCard with what the server returned; see [`prove::contact`].
    ///
    /// # Errors
    ///
    /// The differences, at least one.
    pub fn of_contact(sent: &[u8], returned: &[u8]) -> Result<Self, Vec<Difference>> {
        prove::contact(sent, returned)?;
        Ok(Self::stored(false, digest(returned)))
    }

    /// The server returned something else, and the operator accepts each of the differences.
    #[cfg_attr(not(feature = "client"), allow(dead_code))] // the import asks the operator
    pub(crate) fn of_accepted(
        returned: &[u8],
        findings: &[crate::Finding],
        accepts: impl Fn(&crate::Finding) -> bool,
    ) -> Option<Self> {
        let all = !findings.is_empty() && findings.iter().all(accepts);
        all.then(|| Self::stored(true, digest(returned)))
    }

    fn stored(accepted: bool, returned: String) -> Self {
        Self { accepted, returned }
    }

    /// Returns whether the server holds it with differences that the operator accepts. Otherwise it has the same meaning.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// Returns the [digest] of what the server returned.
    #[must_use]
    pub fn returned(&self) -> &str {
        &self.returned
    }
}

/// How an item ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// It has not ended yet, or it failed: a later run tries again.
    #[default]
    Failed,
    /// This upload put it on the server.
    Moved(Evidence),
    /// It was on the server already.
    Present(Evidence),
    /// A person has to transfer it.
    Manual,
    /// The operator left it out, or its owner deleted it on the server.
    Excluded,
}

impl Ending {
    /// Returns the state.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Failed => State::Failed,
            Self::Moved(_) => State::Moved,
            Self::Present(_) => State::Present,
            Self::Manual => State::Manual,
            Self::Excluded => State::Excluded,
        }
    }

    /// Returns what shows that the server holds it.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Moved(evidence) | Self::Present(evidence) => Some(evidence),
            _ => None,
        }
    }

    /// The stored form; the digest has a field of its own.
    pub(super) fn encode(&self) -> String {
        let how = match self.evidence() {
            None => "",
            Some(evidence) if evidence.accepted => " accepted",
            Some(_) => " same",
        };
        format!("{}{how}", self.state().name())
    }

    /// Reads the stored form. What is on the server, but says neither how nor what was returned, has to be proved again.
    pub(super) fn decode(text: &str, returned: Option<&str>) -> Option<Self> {
        let (name, how) = text.split_once(' ').unwrap_or((text, ""));
        let evidence = |accepted| returned.map(|returned| Evidence::stored(accepted, returned.to_owned()));
        let evidence = match how {
            "" => None,
            "same" => evidence(false),
            "accepted" => evidence(true),
            _ => return None,
        };
        let state = State::ALL.into_iter().find(|state| state.name() == name)?;
        Some(match (state, evidence) {
            (State::Moved, Some(evidence)) => Self::Moved(evidence),
            (State::Present, Some(evidence)) => Self::Present(evidence),
            (State::Manual, _) => Self::Manual,
            (State::Excluded, _) => Self::Excluded,
            _ => Self::Failed,
        })
    }
}
