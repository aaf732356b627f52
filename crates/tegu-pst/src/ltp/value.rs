//! Values of properties ([MS-OXCDATA] section 2.11.1, as [MS-PST] section 2.3.3.3 stores them).

use crate::{
    Result,
    bytes::{self, damaged, part, u32},
};

/// The type of a property.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kind(pub(crate) u16);

impl Kind {
    pub(crate) const OBJECT: Self = Self(0x000d);
    pub(crate) const UTF16: Self = Self(0x001f);
    const MULTIPLE: u16 = 0x1000;

    /// The type with this number.
    #[must_use]
    pub fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number in the file.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    pub(crate) fn is_string(self) -> bool {
        matches!(self.0, 0x1e | 0x1f)
    }

    /// Whether all values of this type have one length.
    pub(crate) fn is_fixed(self) -> bool {
        self == Self::OBJECT || self.width().is_some()
    }

    /// Octets of one value of this type, if all have the same.
    pub(crate) fn width(self) -> Option<usize> {
        match self.0 {
            0x0002 => Some(2),
            0x000b => Some(1),
            0x0003 | 0x0004 | 0x000a => Some(4),
            0x0005..=0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            _ => None,
        }
    }
}

/// The value of a property. Strings are as the file holds them: which code page they are in is known to the message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value (type 0x0001), or one of a type without data.
    Null,
    /// PtypBoolean.
    Boolean(bool),
    /// PtypInteger16.
    Integer16(i16),
    /// PtypInteger32, and PtypErrorCode.
    Integer32(i32),
    /// PtypInteger64, and PtypCurrency.
    Integer64(i64),
    /// PtypFloating32, PtypFloating64, and PtypFloatingTime.
    Floating(f64),
    /// PtypTime: 100 nanoseconds since 1601, UTC.
    Time(i64),
    /// PtypString: UTF-16, little-endian.
    Utf16(Vec<u8>),
    /// PtypString8: in a code page that the value does not tell.
    String8(Vec<u8>),
    /// PtypGuid.
    Guid([u8; 16]),
    /// PtypBinary, PtypServerId, PtypRestriction, PtypRuleAction.
    Binary(Vec<u8>),
    /// PtypObject: a sub-node and its size.
    Object {
        /// The sub-node.
        nid: u32,
        /// The size that the file declares.
        size: u32,
    },
    /// Several values of one type.
    Multiple(Vec<Self>),
}

impl Value {
    /// Reads a value from the octets that the heap or a sub-node holds for it.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if the octets are too few or inconsistent;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if the type is unknown.
    pub fn decode(kind: Kind, data: Vec<u8>) -> Result<Self> {
        if let Some(value) = Self::fixed(kind, &data) {
            return value;
        }
        if kind.0 & Kind::MULTIPLE != 0 && kind.0 & 0xe000 == 0 {
            return multiple(Kind(kind.0 & !Kind::MULTIPLE), &data).map(Self::Multiple);
        }
        Ok(match kind.0 {
            0x0001 => Self::Null,
            0x001e => Self::String8(data),
            0x001f => Self::Utf16(data),
            0x00fb | 0x00fd | 0x00fe | 0x0102 => Self::Binary(data),
            other => {
                return Err(crate::Error::new(
                    crate::ErrorKind::Unsupported,
                    format_args!("property type {other:#06x} is unknown"),
                ));
            }
        })
    }

    /// A value of a type whose values have one length all; `None` for other types.
    pub(crate) fn fixed(kind: Kind, data: &[u8]) -> Option<Result<Self>> {
        let value = match kind.0 {
            0x0002 => bytes::i16(data, 0).map(Self::Integer16),
            0x0003 | 0x000a => bytes::i32(data, 0).map(Self::Integer32),
            0x0004 => bytes::f32(data, 0).map(|value| Self::Floating(value.into())),
            0x0005 | 0x0007 => bytes::f64(data, 0).map(Self::Floating),
            0x0006 | 0x0014 => bytes::i64(data, 0).map(Self::Integer64),
            0x000b => bytes::u8(data, 0).map(|value| Self::Boolean(value != 0)),
            0x000d => u32(data, 0).and_then(|nid| {
                let size = u32(data, 4)?;
                Ok(Self::Object { nid, size })
            }),
            0x0040 => bytes::i64(data, 0).map(Self::Time),
            0x0048 => part(data, 0, 16).map(|guid| Self::Guid(guid.try_into().unwrap_or_default())),
            _ => return None,
        };
        Some(value)
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Utf16(data) | Self::String8(data) | Self::Binary(data) => data.is_empty(),
            Self::Multiple(values) => values.iter().all(Self::is_empty),
            _ => false,
        }
    }

    /// A number of any width.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer16(value) => Some((*value).into()),
            Self::Integer32(value) => Some((*value).into()),
            Self::Integer64(value) => Some(*value),
            Self::Boolean(value) => Some((*value).into()),
            _ => None,
        }
    }
}

fn multiple(kind: Kind, data: &[u8]) -> Result<Vec<Value>> {
    if let Some(width) = kind.width() {
        if !data.len().is_multiple_of(width) {
            return Err(damaged("a list of values ends within one"));
        }
        return data
            .chunks_exact(width)
            .map(|value| Value::decode(kind, value.to_vec()))
            .collect();
    }
    if data.is_empty() {
        return Ok(Vec::new());
    }
    let count = u32(data, 0)? as usize;
    if count > data.len() / 4 {
        return Err(damaged(format_args!(
            "a list of {count} values in {} octets",
            data.len()
        )));
    }
    let mut values = Vec::with_capacity(count);
    for index in 0..count {
        let start = u32(data, 4 + 4 * index)? as usize;
        let end = if index + 1 < count {
            u32(data, 8 + 4 * index)? as usize
        } else {
            data.len()
        };
        let value = end.checked_sub(start).filter(|_| start >= 4 * (count + 1));
        let Some(length) = value else {
            return Err(damaged("the places of a list of values do not ascend"));
        };
        values.push(Value::decode(kind, part(data, start, length)?.to_vec())?);
    }
    Ok(values)
}

/// The value that a table row holds in place, or that a property context holds in its record: `slot` has 4 or 8 octets.
pub(crate) fn inline(kind: Kind, slot: &[u8]) -> Option<Result<Value>> {
    let width = kind.width().filter(|width| *width <= slot.len())?;
    Value::fixed(kind, slot.get(..width)?)
}

/// The characters of a UTF-16 string, and whether all of them are sound.
pub(crate) fn utf16(data: &[u8]) -> (String, bool) {
    let (units, odd) = data.as_chunks::<2>();
    // Most strings are short and ASCII.
    if odd.is_empty()
        && units
            .iter()
            .fold(true, |ascii, [low, high]| ascii & (*high == 0) & low.is_ascii())
    {
        return (units.iter().map(|[low, _]| char::from(*low)).collect(), true);
    }
    let even = data.get(..data.len() & !1).unwrap_or_default();
    let (text, damaged) = encoding_rs::UTF_16LE.decode_without_bom_handling(even);
    (text.into_owned(), !damaged && even.len() == data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_strings_end_where_the_next_begins() {
        let data = [2, 0, 0, 0, 12, 0, 0, 0, 13, 0, 0, 0, b'a', b'b', b'c'].to_vec();
        let value = Value::decode(Kind(0x101e), data).unwrap();
        assert_eq!(
            value,
            Value::Multiple(vec![
                Value::String8(b"a".to_vec()),
                Value::String8(b"bc".to_vec())
            ])
        );
        assert_eq!(
            Value::decode(Kind(0x101f), Vec::new()).unwrap(),
            Value::Multiple(Vec::new())
        );
    }

    #[test]
    fn counts_and_places_of_lists_are_checked() {
        assert!(Value::decode(Kind(0x101e), vec![255, 255, 255, 255]).is_err());
        let descending = [2, 0, 0, 0, 14, 0, 0, 0, 12, 0, 0, 0, b'a', b'b', b'c'].to_vec();
        assert!(Value::decode(Kind(0x101e), descending).is_err());
        let into_the_places = [1, 0, 0, 0, 4, 0, 0, 0, b'a'].to_vec();
        assert!(Value::decode(Kind(0x101e), into_the_places).is_err());
    }

    #[test]
    fn lone_surrogates_are_told() {
        assert_eq!(utf16(&[0x41, 0, 0x00, 0xd8]), ("A\u{fffd}".to_owned(), false));
        assert_eq!(utf16(&[0x41, 0]), ("A".to_owned(), true));
    }
}
