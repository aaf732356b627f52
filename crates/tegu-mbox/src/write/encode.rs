//! From a message to the bytes that stand for it in a file.

use std::io::{self, Write};

use crate::header::{body_start, fields, length_of};
use crate::quote::{from_lines, write_quoted};
use crate::variant::Variant;
use crate::{Envelope, Error, ErrorKind, Finding, Result};

/// Why `variant` cannot carry `message` so that it reads back the same, if it cannot.
///
/// No variant can carry a message that does not end with a line feed. mboxo and mboxcl cannot carry a line that
/// starts with `From `: they would change it, and nobody could change it back. mboxcl and mboxcl2 need a blank line
/// behind the headers within 64 KiB, and a `Content-Length` of the message's own must be right.
///
/// ```
/// use tegu_mbox::{Variant, write::check};
///
/// assert_eq!(check(Variant::Mboxrd, b"Subject: s\n\nFrom me\n"), None);
/// assert_eq!(check(Variant::Mboxo, b"Subject: s\n\nFrom me\n").unwrap().code(), "MBOX-BODY-FROM");
/// ```
pub fn check(variant: Variant, message: &[u8]) -> Option<Finding> {
    if message.last().is_some_and(|&last| last != b'\n') {
        return Some(Finding::MissingFinalNewline);
    }
    if matches!(variant, Variant::Mboxo | Variant::Mboxcl)
        && let Some(line) = from_lines(message).find(|&line| message.get(line) == Some(&b'F'))
    {
        return Some(Finding::BodyFromLine { offset: line as u64 });
    }
    if variant.has_length() {
        return check_head(message, message.len() as u64);
    }
    None
}

/// Why no `Content-Length` can be added to a message that begins like this and has so many bytes, if none can.
pub(super) fn check_head(head: &[u8], length: u64) -> Option<Finding> {
    // The added field must not carry the blank line out of the reader's sight.
    let room = 64;
    let Some(body) = body_start(head).filter(|&body| body + room < crate::header::MAX_BLOCK) else {
        return Some(Finding::HeadersUnbounded);
    };
    let headers = head.get(..body).unwrap_or_default();
    let mut own = fields(headers).filter(|field| field.is("Content-Length"));
    let wrong = own.any(|field| length_of(&field) != length.checked_sub(body as u64));
    wrong.then_some(Finding::ContentLengthOwn)
}

/// [`check`], as an error.
pub(super) fn accept(variant: Variant, message: &[u8]) -> Result<()> {
    check(variant, message).map_or(Ok(()), |finding| Err(unrepresentable(variant, finding)))
}

/// Nothing of this kind can be written as `variant`.
pub(super) fn unrepresentable(variant: Variant, finding: Finding) -> Error {
    Error::new(ErrorKind::Lossy, &finding)
        .doing("write a message as", variant.name())
        .with_source(finding)
}

/// Writes an [accepted](accept) message as it stands in a file, `From_` line and blank line included.
pub(super) fn encode(
    variant: Variant,
    envelope: &Envelope,
    message: &[u8],
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(envelope.to_line().as_bytes())?;
    match variant {
        Variant::Mboxrd => write_quoted(message, out)?,
        Variant::Mboxo => out.write_all(message)?,
        Variant::Mboxcl | Variant::Mboxcl2 => with_length(message, out)?,
    }
    out.write_all(b"\n")
}

/// Adds `Content-Length` as the last header, in the line ends of the blank line behind it.
fn with_length(message: &[u8], out: &mut impl Write) -> io::Result<()> {
    let (at, field) = length_field(message, message.len() as u64);
    out.write_all(message.get(..at).unwrap_or_default())?;
    out.write_all(&field)?;
    out.write_all(message.get(at..).unwrap_or_default())
}

/// The `Content-Length` of a message that begins like this and has so many bytes, and where it belongs.
pub(super) fn length_field(head: &[u8], length: u64) -> (usize, Vec<u8>) {
    let body = body_start(head).unwrap_or(0);
    let crlf = head.get(..body).is_some_and(|head| head.ends_with(b"\r\n"));
    let line_end = if crlf { "\r\n" } else { "\n" };
    let length = length.saturating_sub(body as u64);
    let field = format!("Content-Length: {length}{line_end}").into_bytes();
    (body.saturating_sub(line_end.len()), field)
}
