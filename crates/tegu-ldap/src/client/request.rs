//! Requests as bytes (RFC 4511).

use crate::ber;
use crate::filter::Filter;
use crate::guard::PAGING;

/// Which entries a search looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    Base = 0,
    Subtree = 2,
}

/// A search (section 4.5.1), without limits of the server's own and without following aliases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'s> {
    pub(super) base: &'s str,
    pub(super) scope: Scope,
    pub(super) filter: &'s Filter,
    pub(super) attributes: &'s [&'s str],
    /// How many entries a page has, and the cookie of the page before (RFC 2696).
    pub(super) page: Option<(i32, &'s [u8])>,
}

impl<'s> Search<'s> {
    /// Reads one entry.
    pub(super) fn of_entry(base: &'s str, filter: &'s Filter, attributes: &'s [&'s str]) -> Self {
        Self {
            base,
            scope: Scope::Base,
            filter,
            attributes,
            page: None,
        }
    }

    pub(super) fn operation(&self, out: &mut Vec<u8>) {
        ber::element(out, 0x63, |out| {
            ber::octets(out, 0x04, self.base.as_bytes());
            ber::number(out, 0x0a, self.scope as i32);
            ber::number(out, 0x0a, 0);
            ber::number(out, 0x02, 0);
            ber::number(out, 0x02, 0);
            ber::truth(out, 0x01, false);
            self.filter.encode(out);
            ber::element(out, 0x30, |out| {
                let names = self.attributes.iter();
                names.for_each(|name| ber::octets(out, 0x04, name.as_bytes()));
            });
        });
    }

    pub(super) fn has_controls(&self) -> bool {
        self.page.is_some()
    }

    /// Writes the controls. All are critical: a server that cannot give pages must say so instead of sending everything at once.
    pub(super) fn controls(&self, out: &mut Vec<u8>) {
        if let Some((entries, cookie)) = self.page {
            let mut value = Vec::new();
            page_value(&mut value, entries, cookie);
            control(out, PAGING, Some(&value));
        }
    }
}

/// A simple bind (section 4.2).
pub(super) fn simple_bind(out: &mut Vec<u8>, name: &str, password: &str) {
    ber::element(out, 0x60, |out| {
        ber::number(out, 0x02, 3);
        ber::octets(out, 0x04, name.as_bytes());
        ber::octets(out, 0x80, password.as_bytes());
    });
}

/// A bind by a SASL mechanism (section 4.2), one step of it.
pub(super) fn sasl_bind(out: &mut Vec<u8>, mechanism: &str, token: &[u8]) {
    ber::element(out, 0x60, |out| {
        ber::number(out, 0x02, 3);
        ber::octets(out, 0x04, &[]);
        ber::element(out, 0xa3, |out| {
            ber::octets(out, 0x04, mechanism.as_bytes());
            ber::octets(out, 0x04, token);
        });
    });
}

/// Signing off (section 4.3).
pub(super) fn unbind(out: &mut Vec<u8>) {
    ber::octets(out, 0x42, &[]);
}

/// Giving a request up (section 4.11).
pub(super) fn abandon(out: &mut Vec<u8>, id: i32) {
    ber::number(out, 0x50, id);
}

/// A critical control (section 4.1.11).
fn control(out: &mut Vec<u8>, oid: &str, value: Option<&[u8]>) {
    ber::element(out, 0x30, |out| {
        ber::octets(out, 0x04, oid.as_bytes());
        ber::truth(out, 0x01, true);
        value.iter().for_each(|v| ber::octets(out, 0x04, v));
    });
}

/// Returns the value of the control that asks for a page (RFC 2696).
pub(super) fn page_value(out: &mut Vec<u8>, entries: i32, cookie: &[u8]) {
    ber::element(out, 0x30, |out| {
        ber::number(out, 0x02, entries);
        ber::octets(out, 0x04, cookie);
    });
}
