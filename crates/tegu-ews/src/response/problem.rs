//! What went wrong with one part of an answer, or with all of it.

use super::Reaction;
use crate::{Error, ErrorKind, xml::Element};
use std::{fmt, time::Duration};

/// What the server has against one thing that was asked, or against the whole request.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The response code: `ErrorItemNotFound`.
    pub code: String,
    /// The server's own words.
    pub message: String,
    /// How long the server asks to wait.
    pub back_off: Option<Duration>,
}

impl Problem {
    /// Makes a problem of a code and the server's words.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            back_off: None,
        }
    }

    /// The answer has not the shape that the schema gives it.
    pub(crate) fn ours(why: &str) -> Self {
        Self::new("AnswerUnreadable", why)
    }

    /// Reads a response message; `None` if it says success or warns only.
    pub(super) fn of(message: Element<'_>) -> Option<Self> {
        let code = message.value("ResponseCode").unwrap_or("NoError");
        let error = match message.attribute("ResponseClass") {
            Some("Error") => true,
            // A warning that a part was not processed is no success.
            Some("Warning") => code == "ErrorBatchProcessingStopped",
            Some(_) => false,
            None => code != "NoError",
        };
        error.then(|| Self {
            code: code.to_owned(),
            message: message.value("MessageText").unwrap_or_default().to_owned(),
            back_off: back_off(message),
        })
    }

    /// Reads a SOAP fault.
    pub(super) fn fault(fault: Element<'_>) -> Self {
        let said = fault.value("faultstring").unwrap_or_default();
        let detail = fault.child("detail");
        let value = |name| detail.and_then(|detail| detail.value(name));
        // Exchange 2007 gives the code only as the fault's own: `a:ErrorSchemaValidation`.
        let code = value("ResponseCode").or_else(|| fault.value("faultcode")?.rsplit(':').next());
        Self {
            code: code.unwrap_or("Fault").to_owned(),
            message: value("Message").unwrap_or(said).to_owned(),
            back_off: detail.and_then(back_off),
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn reaction(&self) -> Reaction {
        Reaction::to(&self.code)
    }

    /// Whether the server could not make MIME content, and perhaps can tell the properties.
    #[cfg(feature = "client")]
    pub(crate) fn is_about_mime(&self) -> bool {
        const CODES: [&str; 5] = [
            "ErrorContentConversionFailed",
            "ErrorMimeContentConversionFailed",
            "ErrorMimeContentInvalid",
            "ErrorMimeContentInvalidBase64String",
            "ErrorUnsupportedMimeConversion",
        ];
        CODES.contains(&self.code.as_str())
    }

    /// What an error asks for, if it is what a server answered.
    #[cfg(feature = "client")]
    pub(crate) fn reaction_to(error: &Error) -> Option<Reaction> {
        error.find_source::<Self>().map(Self::reaction)
    }

    /// Whether an error is what a server answered by this code.
    #[cfg(feature = "client")]
    pub(crate) fn is_of(error: &Error, code: &str) -> bool {
        error
            .find_source::<Self>()
            .is_some_and(|problem| problem.code == code)
    }
}

/// `MessageXml` with `Value Name="BackOffMilliseconds"`, in a fault's detail or in a response message.
fn back_off(element: Element<'_>) -> Option<Duration> {
    let values = element.child("MessageXml")?;
    let value = values
        .children()
        .find(|value| value.attribute("Name") == Some("BackOffMilliseconds"))?;
    Some(Duration::from_millis(value.text().trim().parse().ok()?))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// What an administrator does about a code.
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "ErrorImpersonateUserDenied" | "ErrorImpersonationDenied" | "ErrorImpersonationFailed" => {
            "the account lacks the role: New-ManagementRoleAssignment -Role ApplicationImpersonation -User ACCOUNT"
        }
        "ErrorNonExistentMailbox" | "ErrorMissingEmailAddress" => {
            "no mailbox has this address: Get-Recipient ADDRESS shows what it is"
        }
        "ErrorAccessDenied" => {
            "the account may not open the mailbox: Add-MailboxPermission MAILBOX -User ACCOUNT -AccessRights FullAccess, and Set-CASMailbox -EwsEnabled $true"
        }
        _ => return None,
    })
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let (kind, again) = match problem.reaction() {
            Reaction::Wait => (ErrorKind::Throttled, true),
            Reaction::FewerConnections => (ErrorKind::Throttled, true),
            Reaction::SmallerBatch => (ErrorKind::Timeout, true),
            Reaction::SmallerPage => (ErrorKind::Refused, true),
            Reaction::Retry => (ErrorKind::Refused, true),
            Reaction::Gone => (ErrorKind::NotFound, false),
            Reaction::StartOver | Reaction::Permanent | Reaction::Denied => (ErrorKind::Refused, false),
            Reaction::OlderVersion => (ErrorKind::Unsupported, false),
            Reaction::Damaged => (ErrorKind::Malformed, false),
        };
        let text = match advice(&problem.code) {
            Some(advice) => format!("{problem} ({advice})"),
            None => problem.to_string(),
        };
        let back_off = problem.back_off;
        Self::new(kind, text)
            .with_blame(crate::Blame::Peer)
            .retryable(again)
            .after(back_off)
            .with_source(problem)
    }
}
