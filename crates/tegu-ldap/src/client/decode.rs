//! A search result of the library -> an entry.
//!
//! The library's own conversion panics on what it does not expect and sorts values by whether their bytes happen to
//! be UTF-8; here a value stays the bytes that it is.

use ldap3::asn1::{PL, StructureTag};

use crate::dn::Dn;
use crate::entry::{Attribute, AttributeName, Entry};
use crate::error::{Error, ErrorKind, Result};

fn unsound() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "the server sent an entry that cannot be understood",
    )
}

fn parts(tag: StructureTag) -> Result<std::vec::IntoIter<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Ok(parts.into_iter()),
        PL::P(_) => Err(unsound()),
    }
}

fn bytes(tag: Option<StructureTag>) -> Result<Vec<u8>> {
    match tag.map(|t| t.payload) {
        Some(PL::P(bytes)) => Ok(bytes),
        _ => Err(unsound()),
    }
}

fn text(tag: Option<StructureTag>) -> Result<String> {
    String::from_utf8(bytes(tag)?).map_err(|_| unsound())
}

pub(super) fn entry(tag: StructureTag) -> Result<Entry> {
    let mut pair = parts(tag)?;
    let mut out = Entry::new(Dn::new(text(pair.next())?));
    for attribute in parts(pair.next().ok_or_else(unsound)?)? {
        let mut attribute = parts(attribute)?;
        let name = text(attribute.next())?;
        let values = parts(attribute.next().ok_or_else(unsound)?)?;
        if AttributeName::is_secret(&name) {
            // It was not asked for; a server that sends it all the same is not rewarded with a copy.
            values.for_each(|_| out.withhold());
            continue;
        }
        let name = AttributeName::new(name)
            .map_err(|e| Error::new(ErrorKind::Protocol, format!("the server sent an attribute: {e}")))?;
        let values = values.map(|v| bytes(Some(v))).collect::<Result<Vec<_>>>()?;
        out.push_attribute(Attribute::new(name, values));
    }
    Ok(out)
}
