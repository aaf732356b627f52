//! Turns result codes of the server into errors.

use crate::guard::Outcome;
use crate::{Error, ErrorKind, Result};

pub(super) fn check(result: &Outcome) -> Result<()> {
    let (kind, meaning) = match result.code {
        0 => return Ok(()),
        3 => (ErrorKind::Refused, "the server's time limit was reached"),
        4 => (ErrorKind::Refused, "the server's size limit was reached"),
        7 | 48 => (
            ErrorKind::Authentication,
            "the server does not allow this way of signing in",
        ),
        8 | 13 => (
            ErrorKind::Authentication,
            "the server requires TLS before a password",
        ),
        10 => (
            ErrorKind::Refused,
            "the server refers to another server; referrals are not followed",
        ),
        11 => (
            ErrorKind::Refused,
            "an administrative limit of the server was reached",
        ),
        12 => (ErrorKind::Unsupported, "the server lacks what the search needs"),
        32 => (ErrorKind::NotFound, "there is no such entry"),
        34 => (ErrorKind::Refused, "the server refuses this as a DN"),
        49 => (ErrorKind::Authentication, "wrong user name or password"),
        50 => (ErrorKind::Refused, "this account may not read that"),
        51 => (ErrorKind::Throttled, "the server is busy"),
        52 => (ErrorKind::Connect, "the server is going down"),
        53 => (ErrorKind::Refused, "the server is unwilling"),
        _ => (ErrorKind::Refused, "the server refuses"),
    };
    let mut message = format!("{meaning} (result {})", result.code);
    let text = result
        .text
        .trim_matches(|c: char| c.is_control() || c.is_whitespace());
    if !text.is_empty() {
        let shown: String = text.chars().take(200).collect();
        message.push_str(&format!(": {shown}"));
    }
    Err(Error::new(kind, message))
}
