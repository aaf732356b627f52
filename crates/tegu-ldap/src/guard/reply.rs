//! Reads messages that have passed the guard.

use super::shape::{Parts, unsound};
use super::{Frame, Reply};
use crate::dn::Dn;
use crate::entry::{Entry, Named, Names};
use crate::error::over_limit;
use crate::{Error, ErrorKind, Result};

/// Paged results, RFC 2696.
pub(crate) const PAGING: &str = "1.2.840.113556.1.4.319";

/// The result of an operation (RFC 4511 section 4.1.9).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) code: u32,
    pub(crate) text: String,
    /// What the server says in a bind of several steps.
    pub(crate) sasl: Option<Vec<u8>>,
}

fn parts(content: &[u8]) -> Parts<'_> {
    Parts {
        rest: content,
        // The guard has counted.
        elements: usize::MAX,
        id: 0,
    }
}

fn text(parts: &mut Parts<'_>) -> Result<String> {
    Ok(String::from_utf8_lossy(parts.take(0x04)?.content).into_owned())
}

impl Frame<'_> {
    /// Returns the result that the message carries.
    pub(crate) fn outcome(&self) -> Result<Outcome> {
        let mut inside = parts(self.content);
        let mut out = Outcome::default();
        inside.take(0x0a)?;
        out.code = self.result_code.unwrap_or(u32::MAX);
        inside.take(0x04)?;
        out.text = text(&mut inside)?;
        if inside.is(0xa3) {
            inside.take(0xa3)?;
        }
        if self.reply == Reply::Bind && inside.is(0x87) {
            out.sasl = Some(inside.take(0x87)?.content.to_vec());
        }
        Ok(out)
    }

    /// Returns the entry that the message carries.
    pub(crate) fn entry(&self, names: &mut Names) -> Result<Entry> {
        let mut inside = parts(self.content);
        let dn = Dn::new(text(&mut inside)?);
        let mut out = Entry::of_block(dn, Vec::with_capacity(self.content.len()));
        let mut attributes = parts(inside.take(0x30)?.content);
        names.begin();
        while !attributes.is_empty() {
            let mut pair = parts(attributes.take(0x30)?.content);
            let named = names
                .get(pair.take(0x04)?.content)
                .map_err(|e| Error::new(ErrorKind::Protocol, format!("the server sent an attribute: {e}")))?;
            if out.has_too_many_attributes() {
                return Err(over_limit("the server sent an entry of too many attributes"));
            }
            let mut values = parts(pair.take(0x31)?.content);
            if values.is_empty() {
                // An attribute that was asked for and has no values, or one that changed to none.
                if let Named::Attribute(name) = named {
                    out.push_empty(name);
                }
                continue;
            }
            while !values.is_empty() {
                let value = values.take(0x04)?.content;
                match &named {
                    Named::Attribute(name) => out.push(name.clone(), value),
                    // It was not asked for; a server that sends it all the same is not rewarded with a copy.
                    Named::Secret => out.withhold(),
                }
            }
        }
        names.end(out.attributes().map(|a| a.name()));
        Ok(out)
    }

    /// Returns the value of a control that came with the message.
    pub(crate) fn control(&self, oid: &str) -> Result<Option<&[u8]>> {
        let mut behind = parts(self.controls);
        if !behind.is(0xa0) {
            return Ok(None);
        }
        let mut list = parts(behind.take(0xa0)?.content);
        while !list.is_empty() {
            let mut control = parts(list.take(0x30)?.content);
            let found = control.take(0x04)?.content;
            if control.is(0x01) {
                control.take(0x01)?;
            }
            if found == oid.as_bytes() {
                let value = if control.is_empty() {
                    &[][..]
                } else {
                    control.take(0x04)?.content
                };
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Returns the cookie of the next page, empty at the last one.
    pub(crate) fn next_page(&self) -> Result<Vec<u8>> {
        self.control(PAGING)?.map_or(Ok(Vec::new()), paging_cookie)
    }
}

/// Returns the cookie of a paged-results control (RFC 2696 section 2).
pub(crate) fn paging_cookie(value: &[u8]) -> Result<Vec<u8>> {
    let mut outer = parts(value);
    let mut pair = parts(outer.take(0x30)?.content);
    outer.end()?;
    // An estimate of the size, which nothing depends on.
    pair.take(0x02)?;
    let cookie = pair.take(0x04)?.content.to_vec();
    pair.end()?;
    if cookie.len() > 1 << 20 {
        return Err(unsound("a page with an overlong cookie"));
    }
    Ok(cookie)
}
