//! Entry identifiers: what they refer to ([MS-OXCDATA] section 2.2).

use crate::{
    Result,
    bytes::{Cursor, damaged, part, u32},
    codepage,
    ltp::utf16,
};
use encoding_rs::Encoding;

const ADDRESS_BOOK: [u8; 16] = [
    0xdc, 0xa7, 0x40, 0xc8, 0xc0, 0x42, 0x10, 0x1a, 0xb4, 0xb9, 0x08, 0x00, 0x2b, 0x2f, 0xe1, 0x82,
];
const ONE_OFF: [u8; 16] = [
    0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d, 0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02,
];
const WRAPPED: [u8; 16] = [
    0xc0, 0x91, 0xad, 0xd3, 0x51, 0x9d, 0xcf, 0x11, 0xa4, 0xa9, 0x00, 0xaa, 0x00, 0x47, 0xfa, 0xa4,
];

/// What an entry identifier refers to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EntryId {
    /// An entry of Exchange's address book, by its distinguished name (X.500).
    AddressBook(String),
    /// An address with its name, kept in the identifier itself.
    OneOff {
        /// The name to display.
        name: String,
        /// The type of the address, such as `SMTP`.
        kind: String,
        /// The address.
        address: String,
    },
    /// A contact or a list of this or another store, by another entry identifier.
    Wrapped {
        /// The low bits: 0 one-off, 3 contact, 4 list, 5 and 6 address book.
        kind: u8,
        /// The entry identifier.
        inner: Vec<u8>,
    },
    /// An object of a store.
    Store {
        /// The identifier of the store.
        store: [u8; 16],
        /// The node.
        nid: u32,
    },
}

impl EntryId {
    /// Reads an entry identifier.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it is of no known form.
    pub fn read(data: &[u8], page: Option<&'static Encoding>) -> Result<Self> {
        let provider: [u8; 16] = part(data, 4, 16)?.try_into().unwrap_or_default();
        let mut rest = Cursor::new(data.get(20..).unwrap_or_default());
        match provider {
            ADDRESS_BOOK => {
                rest.take(8)?;
                let name = terminated(rest.rest(), 1)?;
                Ok(Self::AddressBook(codepage::ascii(name).0))
            }
            ONE_OFF => {
                rest.take(2)?;
                let wide = rest.u16()? & 0x8000 != 0;
                let mut texts = [const { String::new() }; 3];
                for text in &mut texts {
                    let unit = if wide { 2 } else { 1 };
                    let found = terminated(rest.rest(), unit)?;
                    rest.take((found.len() + unit).min(rest.rest().len()))?;
                    let (decoded, _) = match (wide, page) {
                        (true, _) => utf16(found),
                        (false, Some(page)) => codepage::decode(page, found),
                        (false, None) => codepage::ascii(found),
                    };
                    *text = decoded;
                }
                let [name, kind, address] = texts;
                Ok(Self::OneOff { name, kind, address })
            }
            WRAPPED => Ok(Self::Wrapped {
                kind: rest.u8()? & 0x0f,
                inner: rest.rest().to_vec(),
            }),
            store if data.len() == 24 => Ok(Self::Store {
                store,
                nid: u32(data, 20)?,
            }),
            _ => Err(damaged("an entry identifier of an unknown form")),
        }
    }
}

/// The octets before a terminator of `unit` zeros. It may be missing at the end.
fn terminated(data: &[u8], unit: usize) -> Result<&[u8]> {
    let length = data
        .chunks_exact(unit)
        .position(|character| character.iter().all(|octet| *octet == 0))
        .map_or(data.len() / unit * unit, |position| position * unit);
    part(data, 0, length)
}

/// A list of entry identifiers ([MS-OXCDATA] section 2.3.3, FlatEntryList).
pub(crate) fn flat_list(data: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut rest = Cursor::new(data);
    let count = rest.u32()?;
    rest.take(4)?;
    let count = rest.count(count, 4)?;
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let length = rest.u32()? as usize;
        entries.push(rest.take(length)?.to_vec());
        // Each entry is padded to a multiple of four.
        let padding = (length.next_multiple_of(4) - length).min(rest.rest().len());
        rest.take(padding)?;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_off_and_address_book() {
        let mut data = vec![0; 4];
        data.extend(ONE_OFF);
        data.extend([0, 0, 1, 0x90]);
        for text in ["Иван", "SMTP", "ivan@example.org"] {
            data.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            data.extend([0, 0]);
        }
        let EntryId::OneOff { name, kind, address } = EntryId::read(&data, None).unwrap() else {
            panic!("a one-off entry")
        };
        assert_eq!(
            (name.as_str(), kind.as_str(), address.as_str()),
            ("Иван", "SMTP", "ivan@example.org")
        );

        let mut data = vec![0; 4];
        data.extend(ADDRESS_BOOK);
        data.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        data.extend(b"/o=Org/cn=ivan\0");
        assert_eq!(
            EntryId::read(&data, None).unwrap(),
            EntryId::AddressBook("/o=Org/cn=ivan".to_owned())
        );
    }

    #[test]
    fn lists_are_checked() {
        assert!(flat_list(&[255, 255, 255, 255, 0, 0, 0, 0]).is_err());
        let data = [1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0];
        assert_eq!(flat_list(&data).unwrap(), [vec![9]]);
    }
}
