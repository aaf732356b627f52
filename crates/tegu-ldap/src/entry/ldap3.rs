//! Entries from the crate `ldap3`.

use ldap3::asn1::{PL, StructureTag};
use ldap3::{ResultEntry, SearchEntry};

use super::{Entry, Names};
use crate::dn::Dn;
use crate::error::over_limit;
use crate::{Error, ErrorKind, Result};

/// Takes an entry over. Attributes come in the order of their names. Those that hold passwords or keys are
/// [withheld](Entry::withheld).
///
/// `ldap3` sorts the values of an attribute with a value that is not UTF-8, and [`SearchEntry::construct`] panics on malformed
/// messages. A [`ResultEntry`] keeps the order and does not panic.
///
/// ```
/// use std::collections::HashMap;
/// use tegu_ldap::Entry;
///
/// let found = ldap3::SearchEntry {
///     dn: "CN=Ann,DC=x".into(),
///     attrs: HashMap::from([("mail".into(), vec!["ann@x.example".into()])]),
///     bin_attrs: HashMap::from([("objectGUID".into(), vec![vec![0xff; 16]])]),
/// };
/// let entry = Entry::try_from(found)?;
/// assert_eq!(entry.text("mail"), Some("ann@x.example"));
/// assert_eq!(entry.get("objectguid").first(), Some(&[0xff; 16][..]));
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Malformed`] for a name that no attribute can have.
impl TryFrom<SearchEntry> for Entry {
    type Error = Error;

    fn try_from(found: SearchEntry) -> Result<Self> {
        let texts = found.attrs.into_iter().map(|(name, values)| {
            let values: Vec<Vec<u8>> = values.into_iter().map(String::into_bytes).collect();
            (name, values)
        });
        let mut attributes: Vec<_> = texts.chain(found.bin_attrs).collect();
        attributes.sort();
        let mut out = Self::new(Dn::new(found.dn));
        let mut names = Names::default();
        for (name, values) in attributes {
            out.take_values(names.get(name.as_bytes())?, values.iter().map(Vec::as_slice));
        }
        Ok(out)
    }
}

/// Takes an entry over, with all values in the order of the server.
///
/// # Errors
///
/// [`ErrorKind::Protocol`] for what is not an entry of RFC 4511, section 4.5.2.
impl TryFrom<ResultEntry> for Entry {
    type Error = Error;

    fn try_from(found: ResultEntry) -> Result<Self> {
        of_result(found, &mut Names::default())
    }
}

/// `SearchResultEntry`.
const ENTRY: u64 = 4;

pub(crate) fn of_result(found: ResultEntry, names: &mut Names) -> Result<Entry> {
    let tag = found.0;
    let [name, list] = parts(&tag)? else {
        return Err(unsound());
    };
    if tag.id != ENTRY {
        return Err(unsound());
    }
    let mut out = Entry::new(Dn::new(text(name)?));
    names.begin();
    for attribute in parts(list)? {
        let [name, values] = parts(attribute)? else {
            return Err(unsound());
        };
        let named = names
            .get(octets(name)?)
            .map_err(|e| e.context("the server sent an attribute"))?;
        if out.has_too_many_attributes() {
            return Err(over_limit("the server sent an entry of too many attributes"));
        }
        let values = parts(values)?.iter().map(octets).collect::<Result<Vec<_>>>()?;
        out.take_values(named, values.into_iter());
    }
    names.end(out.attributes().map(|a| a.name()));
    Ok(out)
}

/// Returns how many bytes and elements a message has. Without recursion, since it may be nested without a bound.
pub(crate) fn measure(tag: &StructureTag) -> (usize, usize) {
    let (mut bytes, mut elements) = (0_usize, 0_usize);
    let mut left = vec![tag];
    while let Some(tag) = left.pop() {
        elements += 1;
        match &tag.payload {
            PL::P(content) => bytes = bytes.saturating_add(content.len()),
            PL::C(inside) => left.extend(inside),
        }
    }
    (bytes, elements)
}

fn parts(tag: &StructureTag) -> Result<&[StructureTag]> {
    match &tag.payload {
        PL::C(inside) => Ok(inside),
        PL::P(_) => Err(unsound()),
    }
}

fn octets(tag: &StructureTag) -> Result<&[u8]> {
    match &tag.payload {
        PL::P(content) => Ok(content),
        PL::C(_) => Err(unsound()),
    }
}

fn text(tag: &StructureTag) -> Result<&str> {
    std::str::from_utf8(octets(tag)?)
        .map_err(|e| Error::new(ErrorKind::Protocol, "the server sent text that is not UTF-8").with_source(e))
}

fn unsound() -> Error {
    Error::new(ErrorKind::Protocol, "the server sent an entry of the wrong form")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ldap3::asn1::TagClass;

    fn primitive(content: &[u8]) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id: 4,
            payload: PL::P(content.to_vec()),
        }
    }

    fn constructed(id: u64, inside: Vec<StructureTag>) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id,
            payload: PL::C(inside),
        }
    }

    fn attribute(name: &[u8], values: &[&[u8]]) -> StructureTag {
        let values = values.iter().map(|v| primitive(v)).collect();
        constructed(16, vec![primitive(name), constructed(17, values)])
    }

    #[test]
    fn values_keep_their_order_and_passwords_stay_behind() {
        let list = vec![
            attribute(b"description", &[b"ok", b"\xff\xfe", b"fine"]),
            attribute(b"userPassword", &[b"hash"]),
            attribute(b"member", &[]),
        ];
        let tag = constructed(4, vec![primitive(b"cn=a"), constructed(16, list)]);
        assert_eq!(measure(&tag).0, 4 + 11 + 8 + 12 + 4 + 6);
        let entry = of_result(result(tag), &mut Names::default()).unwrap();
        assert!(entry.get("description").eq([&b"ok"[..], b"\xff\xfe", b"fine"]));
        assert_eq!((entry.withheld(), entry.has("userPassword")), (1, false));
        assert!(entry.attributes().any(|a| a.name().as_str() == "member"));

        let found = SearchEntry {
            dn: "cn=a".into(),
            attrs: [("userPassword".to_owned(), vec!["hash".to_owned()])].into(),
            bin_attrs: [].into(),
        };
        assert_eq!(Entry::try_from(found).unwrap().withheld(), 1);
    }

    #[test]
    fn what_is_no_entry_is_an_error() {
        let list = || constructed(16, vec![attribute(b"c n", &[b"a"])]);
        for tag in [
            primitive(b""),
            constructed(4, vec![]),
            constructed(5, vec![primitive(b"cn=a"), constructed(16, vec![])]),
            constructed(4, vec![primitive(b"\xff"), constructed(16, vec![])]),
            constructed(4, vec![primitive(b"cn=a"), list()]),
            constructed(4, vec![primitive(b"cn=a"), constructed(16, vec![primitive(b"")])]),
        ] {
            assert!(Entry::try_from(result(tag)).is_err());
        }
    }

    fn result(tag: StructureTag) -> ResultEntry {
        ResultEntry::new(tag)
    }
}
