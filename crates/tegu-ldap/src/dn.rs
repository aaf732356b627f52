//! Distinguished names (RFC 4514), compared as directories compare them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

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
    text: Arc<str>,
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

    /// Returns the name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the canonical form: equal names have equal keys. It is made anew with each call.
    #[must_use]
    pub fn key(&self) -> String {
        plain(&self.text)
            .or_else(|| canonical(&self.text))
            .unwrap_or_else(|| self.text.trim().to_lowercase())
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
        let parts = split(&self.text, &[',', ';']).unwrap_or_default();
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
        let rdn = split(&self.text, &[',', ';'])?.into_iter().next()?;
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
        &self.0.text
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for SharedText {}

impl Hash for SharedText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || self.key() == other.key()
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
        self.text.fmt(f)
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Dn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_by_meaning() {
        let equal = [
            ("CN=A,DC=B", "cn=a, dc=b"),
            ("cn=a  b,dc=c", "CN=A b , DC=C"),
            (r"cn=a\2Cb,dc=c", r"cn=a\,b,dc=c"),
            (r#"cn="a,b",dc=c"#, r"cn=a\,b,dc=c"),
            ("ou=x+cn=y,dc=c", "cn=y+ou=x,dc=c"),
            (r"cn=\D0\98,dc=c", "cn=и,dc=c"),
        ];
        for (a, b) in equal {
            assert_eq!(Dn::new(a), Dn::new(b), "{a} / {b}");
        }
        assert_ne!(Dn::new(r"cn=a\,dc=c"), Dn::new("cn=a,dc=c"));
        assert_ne!(Dn::new("cn=a,dc=c"), Dn::new("cn=a,dc=d"));
    }

    #[test]
    fn most_names_go_the_quick_way() {
        for (text, key) in [
            (
                "CN=Ёлкин Пётр 01,OU=Staff,DC=corp",
                "cn=ёлкин пётр 01,ou=staff,dc=corp",
            ),
            ("CN=O'Neil (X) [y]_z@a,DC=b", "cn=o'neil (x) [y]_z@a,dc=b"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(key));
            assert_eq!(canonical(text).as_deref(), Some(key));
        }
        for text in [
            "",
            "cn",
            "cn=a,",
            "cn=a, dc=b",
            r"cn=a\,b",
            "cn= a",
            "cn=a ",
            "cn=a  b",
            "cn=a+sn=b",
            "=a",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn within_stops_at_separators() {
        let base = Dn::new("dc=example");
        assert!(Dn::new("cn=a,DC=Example").is_within(&base));
        assert!(base.is_within(&base));
        assert!(!Dn::new("xdc=example").is_within(&base));
        assert!(!Dn::new(r"cn=a\,dc=example").is_within(&base));
    }

    #[test]
    fn conflict_objects_of_active_directory_keep_their_shape() {
        let dn = Dn::new(r"CN=Ann\0ACNF:11111111-2222-3333-4444-555555555555,DC=example");
        assert_eq!(
            dn.first_value().as_deref(),
            Some("Ann\nCNF:11111111-2222-3333-4444-555555555555")
        );
    }

    proptest! {
        #[test]
        fn the_quick_way_gives_what_the_careful_one_gives(
            text in "((cn|OU|dc|o)=[a-zA-ZА-яЁёЀџ0-9 .'=&#+,;\u{a0}ßΣ\"<-]{0,8},?){0,4}"
        ) {
            if let Some(quick) = plain(&text) {
                prop_assert_eq!(Some(quick), canonical(&text));
            }
        }

        #[test]
        fn any_text_is_taken(text in ".{0,60}") {
            let dn = Dn::new(text.as_str());
            prop_assert_eq!(dn.as_str(), text.as_str());
            prop_assert!(dn == dn.clone());
        }

        #[test]
        fn an_escaped_value_comes_back(value in "[ -~а-я\u{1}\n]{0,20}") {
            let dn = Dn::new(format!("cn={},dc=example", escape_value(&value)));
            prop_assert_eq!(dn.first_value(), Some(value));
        }
    }
}
