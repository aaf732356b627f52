//! The map of named properties ([MS-PST] section 2.4.7).

use crate::{
    Result,
    bytes::{u16, u32},
    ltp::{Properties, Value},
    ndb::{Ndb, Node},
    tag::{nid, set},
};
use std::collections::{HashMap, HashSet};

/// The name of a property: a number or a string in a set.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NameKey {
    /// A number, as in PSETID_Appointment.
    Number(u32),
    /// A string, as in PS_PUBLIC_STRINGS and PS_INTERNET_HEADERS.
    String(String),
}

/// Which identifiers the named properties have in this file.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<([u8; 16], NameKey), u16>,
    names: HashMap<u16, ([u8; 16], NameKey)>,
    /// Identifiers whose entries of the map make no sense, and how many such entries there are.
    damaged: HashSet<u16>,
    damage: usize,
}

impl Names {
    pub(crate) fn open(ndb: &Ndb) -> Result<Self> {
        let Some(entry) = ndb.find_node(nid::NAMES)? else {
            return Ok(Self::default());
        };
        let properties = Properties::open(Node::open(ndb, entry)?)?;
        let stream = |id| -> Result<Vec<u8>> {
            Ok(match properties.get(id)? {
                Some(Value::Binary(data)) => data,
                _ => Vec::new(),
            })
        };
        Ok(Self::read(&stream(2)?, &stream(3)?, &stream(4)?))
    }

    /// Reads the three streams of the map. An entry that makes no sense is left out: its property has no name then.
    #[must_use]
    pub fn read(guids: &[u8], entries: &[u8], strings: &[u8]) -> Self {
        let mut names = Self::default();
        for entry in entries.chunks_exact(8) {
            match one(entry, guids, strings) {
                Some((id, set, key)) => {
                    names.names.entry(id).or_insert_with(|| (set, key.clone()));
                    names.ids.entry((set, key)).or_insert(id);
                }
                None => {
                    names.damaged.extend(identifier(entry));
                    names.damage += 1;
                }
            }
        }
        names
    }

    /// How many entries of the map make no sense.
    pub(crate) fn damage(&self) -> usize {
        self.damage
    }

    /// Whether an identifier had a name that can no longer be read.
    pub(crate) fn is_damaged(&self, id: u16) -> bool {
        self.damaged.contains(&id) && !self.names.contains_key(&id)
    }

    /// The identifier of a named property.
    pub(crate) fn id(&self, set: [u8; 16], number: u32) -> Option<u16> {
        self.ids.get(&(set, NameKey::Number(number))).copied()
    }

    /// The identifier of a property whose name is a string.
    pub(crate) fn string_id(&self, set: [u8; 16], name: &str) -> Option<u16> {
        self.ids.get(&(set, NameKey::String(name.to_owned()))).copied()
    }

    /// The set and the name of an identifier.
    #[must_use]
    pub fn name(&self, id: u16) -> Option<(&[u8; 16], &NameKey)> {
        self.names.get(&id).map(|(set, key)| (set, key))
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

fn identifier(entry: &[u8]) -> Option<u16> {
    u16(entry, 6).ok()?.checked_add(0x8000)
}

fn one(entry: &[u8], guids: &[u8], strings: &[u8]) -> Option<(u16, [u8; 16], NameKey)> {
    let number = u32(entry, 0).ok()?;
    let guid = u16(entry, 4).ok()?;
    let id = identifier(entry)?;
    let set = match guid >> 1 {
        0 => [0; 16],
        1 => set::MAPI,
        2 => set::PUBLIC_STRINGS,
        index => *guids.get(16 * (usize::from(index) - 3)..)?.first_chunk()?,
    };
    let key = if guid & 1 == 0 {
        NameKey::Number(number)
    } else {
        let start = number as usize;
        let length = u32(strings, start).ok()? as usize;
        let data = strings.get(start.checked_add(4)?..)?.get(..length)?;
        NameKey::String(match crate::ltp::utf16(data) {
            (text, true) => text,
            // Some writers keep ASCII here.
            _ if data.is_ascii() => data.iter().copied().map(char::from).collect(),
            _ => return None,
        })
    };
    Some((id, set, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings() {
        let mut guids = [7; 16].to_vec();
        guids.extend([8; 16]);
        let mut strings = 4_u32.to_le_bytes().to_vec();
        strings.extend([b'a', 0, b'b', 0]);
        let entry = |number: u32, guid: u16, index: u16| {
            let mut entry = number.to_le_bytes().to_vec();
            entry.extend(guid.to_le_bytes());
            entry.extend(index.to_le_bytes());
            entry
        };
        let entries = [
            entry(0x820d, 4 << 1, 1),
            entry(0, 2 << 1 | 1, 2),
            entry(9, 9 << 1, 3),
            entry(90, 2 << 1 | 1, 4),
        ];
        let names = Names::read(&guids, &entries.concat(), &strings);
        assert_eq!(names.id([8; 16], 0x820d), Some(0x8001));
        assert_eq!(names.string_id(set::PUBLIC_STRINGS, "ab"), Some(0x8002));
        assert_eq!(names.name(0x8002).unwrap().1, &NameKey::String("ab".to_owned()));
        assert_eq!((names.len(), names.damage()), (2, 2));
        assert!(names.is_damaged(0x8003) && !names.is_damaged(0x8002));
    }
}
