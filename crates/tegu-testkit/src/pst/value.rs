//! Values of properties.

use super::Layout;

/// A value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// PtypInteger16.
    Short(i16),
    /// PtypInteger32.
    Int(i32),
    /// PtypInteger64.
    Long(i64),
    /// PtypFloating64.
    Double(f64),
    /// PtypBoolean.
    Bool(bool),
    /// PtypTime, in seconds since 1970.
    Time(i64),
    /// PtypString; PtypString8 in windows-1251 where the file is ANSI.
    Text(String),
    /// PtypString8, as it is.
    String8(Vec<u8>),
    /// PtypBinary.
    Binary(Vec<u8>),
    /// PtypGuid.
    Guid([u8; 16]),
    /// PtypMultipleString.
    Texts(Vec<String>),
    /// PtypMultipleBinary.
    Binaries(Vec<Vec<u8>>),
    /// PtypMultipleInteger32.
    Ints(Vec<i32>),
    /// A type of the caller's, with its octets.
    Raw(u16, Vec<u8>),
    /// PtypObject.
    Object(u32, u32),
}

impl Value {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The type and the octets that stand for the value.
    pub(crate) fn encode(&self, layout: Layout) -> (u16, Vec<u8>) {
        match self {
            Self::Short(value) => (0x02, value.to_le_bytes().to_vec()),
            Self::Int(value) => (0x03, value.to_le_bytes().to_vec()),
            Self::Double(value) => (0x05, value.to_le_bytes().to_vec()),
            Self::Bool(value) => (0x0b, vec![u8::from(*value)]),
            Self::Object(nid, size) => (0x0d, [nid.to_le_bytes(), size.to_le_bytes()].concat()),
            Self::Long(value) => (0x14, value.to_le_bytes().to_vec()),
            Self::String8(data) => (0x1e, data.clone()),
            Self::Text(text) if layout == Layout::Ansi => (0x1e, ansi(text)),
            Self::Text(text) => (0x1f, wide(text)),
            Self::Time(seconds) => (
                0x40,
                ((seconds + 11_644_473_600) * 10_000_000).to_le_bytes().to_vec(),
            ),
            Self::Guid(guid) => (0x48, guid.to_vec()),
            Self::Binary(data) => (0x0102, data.clone()),
            Self::Ints(values) => (
                0x1003,
                values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ),
            Self::Texts(texts) if layout == Layout::Ansi => {
                (0x101e, several(texts.iter().map(|text| ansi(text)).collect()))
            }
            Self::Texts(texts) => (0x101f, several(texts.iter().map(|text| wide(text)).collect())),
            Self::Binaries(values) => (0x1102, several(values.clone())),
            Self::Raw(kind, data) => (*kind, data.clone()),
        }
    }
}

fn several(values: Vec<Vec<u8>>) -> Vec<u8> {
    let mut data = (values.len() as u32).to_le_bytes().to_vec();
    let mut at = 4 * (values.len() + 1);
    for value in &values {
        data.extend((at as u32).to_le_bytes());
        at += value.len();
    }
    data.extend(values.concat());
    data
}

pub(crate) fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn ansi(text: &str) -> Vec<u8> {
    let (data, _, lost) = encoding_rs::WINDOWS_1251.encode(text);
    assert!(!lost, "an ANSI file is written in windows-1251: {text:?}");
    data.into_owned()
}
