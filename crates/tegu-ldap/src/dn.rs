//! Distinguished names (RFC 4514), compared as directories compare them.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::tailed::Tailed;

/// A distinguished name: the text as the source wrote it, compared by meaning.
///
/// Two names are equal when they differ only in the case of letters, in spaces around separators, in runs of
/// spaces, or in the way in which a character is escaped. The comparison ignores case in every value; a
/// directory with case-sensitive naming attributes is not known among those that this crate reads.
///
/// ```
/// use tegu_ldap::dn::Dn;
///
/// assert_eq!(Dn::new(r"CN=Smith\, Ann,OU=Staff,DC=example"), Dn::new(r"cn=smith\2c ann, ou=staff, dc=example"));
/// ```
#[derive(Clone)]
pub struct Dn {
    /// The name, and the stable identity of the object that has it, if that is known.
    text: Tailed,
}

impl Dn {
    /// Wraps a DN. Any text is accepted; text that is not a DN is compared as
    /// text without regard to case.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: text.as_ref().into(),
        }
    }

    /// A name with the stable identity of its object. An identity that is longer than any directory has is left out.
    pub(crate) fn identified(text: &str, id: &str) -> Self {
        Self {
            text: Tailed::new(text, id).unwrap_or_else(|| text.into()),
        }
    }

    /// Returns the name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.text()
    }

    /// Returns the identity of the object, which is the name itself where no other was given.
    pub(crate) fn id(&self) -> &str {
        self.text.tail().unwrap_or_else(|| self.as_str())
    }

    /// Returns the canonical form: equal names have equal keys. It is made anew with each call.
    #[must_use]
    pub fn key(&self) -> String {
        let text = self.as_str();
        plain(text)
            .or_else(|| canonical(text))
            .unwrap_or_else(|| text.trim().to_lowercase())
    }

    /// Returns whether this name is `base` or below it.
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        let base = base.key();
        match self.key().strip_suffix(base.as_str()) {
            Some(rest) => rest.is_empty() || base.is_empty() || ends_in_separator(rest),
            None => false,
        }
    }

    /// Returns the organisational units (`ou=`) above the entry, unescaped, nearest first.
    #[must_use]
    pub fn units(&self) -> Vec<String> {
        let parts = split(self.as_str(), &[',', ';']).unwrap_or_default();
        parts
            .into_iter()
            .skip(1)
            .filter_map(|part| part.split_once('='))
            .filter(|(kind, _)| kind.trim().eq_ignore_ascii_case("ou"))
            .filter_map(|(_, value)| unescape(value))
            .collect()
    }

    /// Returns the value of the RDN, unescaped: `Ann` for `cn=Ann,dc=example`.
    #[must_use]
    pub fn first_value(&self) -> Option<String> {
        let rdn = split(self.as_str(), &[',', ';'])?.into_iter().next()?;
        let part = split(rdn, &['+'])?.into_iter().next()?;
        let (_, value) = part.split_once('=')?;
        unescape(value)
    }
}

/// Returns whether the text ends in a comma that no backslash escapes.
fn ends_in_separator(text: &str) -> bool {
    let Some(before) = text.strip_suffix(',') else {
        return false;
    };
    before.bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 0
}

/// A name, compared octet by octet: found by its text, and copied where others share the text.
#[derive(Clone, Debug)]
pub(crate) struct SharedText(pub(crate) Dn);

impl std::borrow::Borrow<str> for SharedText {
    fn borrow(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for SharedText {}

impl Hash for SharedText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() || self.key() == other.key()
    }
}

impl Eq for Dn {}

impl Hash for Dn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialOrd for Dn {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dn {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Debug for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Dn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Dn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Escapes a value for use in a distinguished name (RFC 4514, section 2.4).
///
/// ```
/// assert_eq!(tegu_ldap::dn::escape_value("a,b=c "), r"a\,b=c\ ");
/// ```
#[must_use]
pub fn escape_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 4);
    let last = value.chars().count().saturating_sub(1);
    for (i, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '#' if i == 0 => out.push_str("\\#"),
            ' ' if i == 0 || i == last => out.push_str("\\ "),
            c if c.is_ascii_control() => {
                out.push_str(&format!("\\{:02x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Returns the canonical form of a name that needs nothing but small letters, as most do: one pass over the bytes. `None` for
/// names that have escapes, quotes, spaces to remove, several parts in a level, or letters other than Latin and Cyrillic.
fn plain(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let (mut before, mut in_kind) = (b',', true);
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => out.push(b),
            b'A'..=b'Z' => out.push(b.to_ascii_lowercase()),
            b',' if !in_kind && before != b' ' => {
                in_kind = true;
                out.push(b);
            }
            b'=' if in_kind && before != b',' => {
                in_kind = false;
                out.push(b);
            }
            _ if in_kind => return None,
            b' ' if before != b' ' && before != b'=' => out.push(b),
            b'=' | b'!' | b'$'..=b'*' | b'/' | b':' | b'?'..=b'@' | b'['..=b'`' | b'{'..=b'~'
                if b != b'\\' =>
            {
                out.push(b);
            }
            // U+0400 to U+045F: capitals stand at fixed distances from their small letters.
            0xd0 | 0xd1 => {
                let low = bytes.next()?;
                match (b, low) {
                    (0xd0, 0x80..=0x8f) => out.extend([0xd1, low + 0x10]),
                    (0xd0, 0x90..=0x9f) => out.extend([0xd0, low + 0x20]),
                    (0xd0, 0xa0..=0xaf) => out.extend([0xd1, low - 0x20]),
                    (0xd0, 0xb0..) | (0xd1, ..=0x9f) => out.extend([b, low]),
                    _ => return None,
                }
            }
            _ => return None,
        }
        before = b;
    }
    if in_kind || before == b' ' {
        return None;
    }
    String::from_utf8(out).ok()
}

/// Returns the canonical form of a well-formed name.
fn canonical(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(String::new());
    }
    let mut out = String::with_capacity(text.len());
    for rdn in split(text, &[',', ';'])? {
        let mut parts = Vec::new();
        for part in split(rdn, &['+'])? {
            let (kind, value) = part.split_once('=')?;
            let kind = kind.trim();
            if kind.is_empty()
                || !kind
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            {
                return None;
            }
            let value = unescape(value)?.to_lowercase();
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            parts.push(format!("{}={}", kind.to_ascii_lowercase(), escape_value(&value)));
        }
        parts.sort();
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&parts.join("+"));
    }
    Some(out)
}

/// Splits at separators that are neither escaped nor quoted. `None`: an escape or a quote does not end.
fn split<'a>(text: &'a str, separators: &[char]) -> Option<Vec<&'a str>> {
    let mut out = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if !quoted && separators.contains(&c) {
            out.push(text.get(start..at)?);
            start = at + c.len_utf8();
        }
    }
    out.push(text.get(start..)?);
    (!quoted && !escaped).then_some(out)
}

/// Returns the plain value: escapes and quotes resolved, unescaped spaces at both ends cut.
fn unescape(value: &str) -> Option<String> {
    let value = value.trim_start_matches(' ');
    let mut bytes = Vec::with_capacity(value.len());
    let mut keep = 0;
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next()?;
                let low = next
                    .to_digit(16)
                    .and_then(|h| Some((h, chars.peek()?.to_digit(16)?)));
                if let Some((high, low)) = low {
                    chars.next();
                    bytes.push(u8::try_from(high * 16 + low).ok()?);
                } else {
                    bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
                }
                keep = bytes.len();
            }
            '"' => {}
            ' ' => bytes.push(b' '),
            c => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                keep = bytes.len();
            }
        }
    }
    bytes.truncate(keep);
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => e.into_bytes().iter().map(|&b| char::from(b)).collect(),
    })
}

#[cfg(test)]
mod tests;
