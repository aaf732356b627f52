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

/// A search (section 4.5.1): without limits of the server's own and without following aliases.
pub(super) fn search(
    out: &mut Vec<u8>,
    base: &str,
    scope: Scope,
    filter: &Filter,
    attributes: impl Iterator<Item = impl AsRef<str>>,
) {
    ber::element(out, 0x63, |out| {
        ber::octets(out, 0x04, base.as_bytes());
        ber::number(out, 0x0a, scope as i32);
        ber::number(out, 0x0a, 0);
        ber::number(out, 0x02, 0);
        ber::number(out, 0x02, 0);
        ber::truth(out, 0x01, false);
        filter.encode(out);
        ber::element(out, 0x30, |out| {
            attributes.for_each(|name| ber::octets(out, 0x04, name.as_ref().as_bytes()));
        });
    });
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

/// A control (section 4.1.11).
pub(super) fn control(out: &mut Vec<u8>, oid: &str, critical: bool, value: Option<&[u8]>) {
    ber::element(out, 0x30, |out| {
        ber::octets(out, 0x04, oid.as_bytes());
        if critical {
            ber::truth(out, 0x01, true);
        }
        value.iter().for_each(|v| ber::octets(out, 0x04, v));
    });
}

/// The control that asks for a page (RFC 2696). Critical: a server that cannot give pages must say so instead of
/// sending everything at once.
pub(super) fn page(out: &mut Vec<u8>, entries: i32, cookie: &[u8]) {
    let mut value = Vec::new();
    ber::element(&mut value, 0x30, |out| {
        ber::number(out, 0x02, entries);
        ber::octets(out, 0x04, cookie);
    });
    control(out, PAGING, true, Some(&value));
}
