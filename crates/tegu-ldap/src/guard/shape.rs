//! Checks the structure of LDAP messages without recursion.

use super::Reply;
use crate::error::over_limit;
use crate::{Error, ErrorKind, Result};

pub(super) fn unsound(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Protocol, format!("the server sent {what}"))
}

/// Reads the length after a tag: the bytes that it takes, and its value. Returns `None` if more bytes are needed.
pub(super) fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    let count = match first {
        0..=0x7f => return Ok(Some((1, usize::from(first)))),
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return Err(unsound("a length that LDAP does not allow")),
    };
    let Some(digits) = bytes.get(1..=count) else {
        return Ok(None);
    };
    let value = digits.iter().fold(0_u32, |sum, &b| (sum << 8) | u32::from(b));
    Ok(Some((1 + count, usize::try_from(value).unwrap_or(usize::MAX))))
}

pub(super) fn integer(content: &[u8]) -> Result<i32> {
    match content {
        &[first, ref rest @ ..] if rest.len() < 4 && first < 0x80 => Ok(rest
            .iter()
            .fold(i32::from(first), |sum, &b| (sum << 8) | i32::from(b))),
        _ => Err(unsound("a number that is negative or too long")),
    }
}

/// The elements that are left of a constructed one.
pub(super) struct Parts<'a> {
    pub(super) rest: &'a [u8],
    /// How many more elements the message may have.
    pub(super) elements: usize,
    pub(super) id: i32,
}

pub(super) struct Part<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn inside(&self, content: &'a [u8]) -> Self {
        Parts {
            rest: content,
            elements: self.elements,
            id: self.id,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn tag(&self) -> Result<u8> {
        self.rest
            .first()
            .copied()
            .ok_or_else(|| unsound("a message that ends too early"))
    }

    pub(super) fn is(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// Returns the next element, which must have the tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<Part<'a>> {
        let found = self.tag()?;
        if found != tag {
            return Err(unsound(format!(
                "a message with the element {found:#04x} in place of {tag:#04x}"
            )));
        }
        self.elements = self
            .elements
            .checked_sub(1)
            .ok_or_else(|| over_limit("the server sent a message of too many elements"))?;
        let rest = self.rest.get(1..).unwrap_or_default();
        let too_short = || unsound("a message whose elements are longer than itself");
        let (header, length) = length(rest)?.ok_or_else(too_short)?;
        let end = header.checked_add(length).ok_or_else(too_short)?;
        let content = rest.get(header..end).ok_or_else(too_short)?;
        self.rest = rest.get(end..).unwrap_or_default();
        Ok(Part { tag: found, content })
    }

    pub(super) fn text(&mut self, tag: u8) -> Result<()> {
        std::str::from_utf8(self.take(tag)?.content)
            .map(drop)
            .map_err(|_| unsound("text that is not UTF-8"))
    }

    pub(super) fn end(&self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(unsound("a message with elements that LDAP does not know"))
        }
    }
}

/// `SearchResultEntry`: name, list of (type, set of values).
pub(super) fn entry(parts: &mut Parts<'_>) -> Result<()> {
    parts.text(0x04)?;
    let list = parts.take(0x30)?;
    parts.end()?;
    let mut attributes = parts.inside(list.content);
    while !attributes.is_empty() {
        let attribute = attributes.take(0x30)?;
        let mut pair = attributes.inside(attribute.content);
        pair.text(0x04)?;
        let values = pair.take(0x31)?;
        pair.end()?;
        let mut values = pair.inside(values.content);
        while !values.is_empty() {
            values.take(0x04)?;
        }
        attributes.elements = values.elements;
    }
    parts.elements = attributes.elements;
    Ok(())
}

/// One or more texts.
pub(super) fn texts(parts: &mut Parts<'_>) -> Result<()> {
    loop {
        parts.text(0x04)?;
        if parts.is_empty() {
            return Ok(());
        }
    }
}

/// `LDAPResult` and the fields that follow it in some messages.
pub(super) fn result(parts: &mut Parts<'_>, reply: Reply) -> Result<u32> {
    let code = integer(parts.take(0x0a)?.content)?;
    parts.text(0x04)?;
    parts.text(0x04)?;
    if parts.is(0xa3) {
        let referral = parts.take(0xa3)?;
        let mut inside = parts.inside(referral.content);
        texts(&mut inside)?;
        parts.elements = inside.elements;
    }
    if reply == Reply::Bind && parts.is(0x87) {
        parts.take(0x87)?;
    }
    if reply == Reply::Extended && parts.is(0x8a) {
        parts.text(0x8a)?;
    }
    if reply == Reply::Extended && parts.is(0x8b) {
        parts.take(0x8b)?;
    }
    parts.end()?;
    Ok(u32::try_from(code).unwrap_or(u32::MAX))
}

pub(super) fn controls(message: &mut Parts<'_>, reply: Reply) -> Result<()> {
    // Active Directory puts the name of a notice behind the operation instead of inside it.
    if reply == Reply::Extended && message.is(0x8a) {
        message.text(0x8a)?;
        return message.end();
    }
    if message.is_empty() {
        return Ok(());
    }
    let list = message.take(0xa0)?;
    message.end()?;
    let mut list = message.inside(list.content);
    while !list.is_empty() {
        let control = list.take(0x30)?;
        let mut control = list.inside(control.content);
        control.text(0x04)?;
        if control.is(0x01) && control.take(0x01)?.content.len() != 1 {
            return Err(unsound("a control with a malformed criticality"));
        }
        if !control.is_empty() {
            control.take(0x04)?;
        }
        control.end()?;
        list.elements = control.elements;
    }
    Ok(())
}
