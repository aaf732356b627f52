//! One name of a mailbox, or one level of it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use bytes::Bytes;

use super::{decode_mutf7, encode_mutf7};
#[cfg(doc)]
use crate::ErrorKind;
use crate::{Error, Result};

/// The name of a mailbox: the octets that travel, and the text that people read.
///
/// The octets are the identity. Two names are equal if and only if their octets are, whatever they decode to: servers list `a` and
/// `&AGE-`, or two names that are not text at all, as different mailboxes.
///
/// ```
/// use tegu_imap::MailboxName;
///
/// let name = MailboxName::new("Архив/2023")?;
/// assert_eq!(name.raw(), b"&BBAEQARFBDgEMg-/2023");
/// assert_eq!(MailboxName::from_wire(name.raw()), name);
///
/// let (plain, shifted) = (MailboxName::from_wire(b"a"), MailboxName::from_wire(b"&AGE-"));
/// assert_eq!(plain.as_str(), shifted.as_str());
/// assert_ne!(plain, shifted);
/// assert_ne!(plain.label(), shifted.label());
/// # Ok::<_, tegu_imap::Error>(())
/// ```
#[derive(Clone)]
pub struct MailboxName {
    raw: Bytes,
    /// Follows from the octets.
    decoded: String,
}

/// Begins what a label says of the octets.
const RAW: &str = " [raw: ";

impl MailboxName {
    /// Encodes a name for people in modified UTF-7 (RFC 3501, section 5.1.3).
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for an empty name and for control characters.
    pub fn new(name: &str) -> Result<Self> {
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("mailbox name {name:?} is empty or contains control characters");
            return Err(Error::config(message));
        }
        Ok(Self::encoded(name))
    }

    /// A name that is not empty and holds no control characters.
    pub(super) fn encoded(name: &str) -> Self {
        Self {
            raw: encode_mutf7(name).into(),
            decoded: name.to_owned(),
        }
    }

    /// A name that a server sent. What is not modified UTF-7 is read as UTF-8; what is neither shows as U+FFFD, but
    /// the mailbox can still be opened, since [`raw`](Self::raw) is what is sent back.
    pub fn from_wire(raw: &[u8]) -> Self {
        Self::from_bytes(Bytes::copy_from_slice(raw))
    }

    fn from_bytes(raw: Bytes) -> Self {
        let decoded = std::str::from_utf8(&raw).ok().and_then(decode_mutf7);
        let decoded = decoded.unwrap_or_else(|| String::from_utf8_lossy(&raw).into_owned());
        Self { raw, decoded }
    }

    /// A name that a server sent under `UTF8=ACCEPT` (RFC 6855), where `&` is a character like any other.
    ///
    /// ```
    /// use tegu_imap::MailboxName;
    ///
    /// let name = MailboxName::from_wire_utf8("R&-D/Архив".as_bytes());
    /// assert_eq!(name, MailboxName::new("R&-D/Архив")?);
    /// # Ok::<_, tegu_imap::Error>(())
    /// ```
    pub fn from_wire_utf8(raw: &[u8]) -> Self {
        match std::str::from_utf8(raw) {
            Ok(name) => Self::encoded(name),
            Err(_) => Self::from_wire(raw),
        }
    }

    /// The octets that travel, unless `UTF8=ACCEPT` is enabled; see [`wire`](Self::wire).
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The octets that travel, with or without `UTF8=ACCEPT` enabled.
    pub fn wire(&self, utf8: bool) -> &[u8] {
        // An encoding that is not ours came from the server, and goes back as it came.
        if utf8 && self.is_canonical() {
            self.decoded.as_bytes()
        } else {
            &self.raw
        }
    }

    /// The name that people read. Different mailboxes may have the same: never use it as a key.
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// Whether the octets are what [`new`](Self::new) makes of the text, so that the text tells this name from all others.
    fn is_canonical(&self) -> bool {
        encode_mutf7(&self.decoded).as_bytes() == self.raw
    }

    /// Returns a text that no other name has: the name that people read, followed by the octets in hexadecimal form where the
    /// text alone does not determine them.
    ///
    /// ```
    /// use tegu_imap::MailboxName;
    ///
    /// assert_eq!(MailboxName::from_wire(b"&BBAEQARFBDgEMg-").label(), "Архив");
    /// assert_eq!(MailboxName::from_wire(b"\xff").label(), "\u{fffd} [raw: ff]");
    /// ```
    pub fn label(&self) -> String {
        let plain = |c: char| !c.is_control();
        if self.is_canonical() && self.decoded.chars().all(plain) && octets_of(&self.decoded).is_none() {
            return self.decoded.clone();
        }
        let shown = self.decoded.chars();
        let mut label: String = shown
            .map(|c| if plain(c) { c } else { char::REPLACEMENT_CHARACTER })
            .collect();
        label.push_str(RAW);
        for octet in &self.raw {
            label.push_str(&format!("{octet:02x}"));
        }
        label.push(']');
        label
    }

    /// Returns the name that has this [label](Self::label). A text that is no name's label is encoded as
    /// [`new`](Self::new) does.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_label(label: &str) -> Result<Self> {
        let named = octets_of(label).map(|octets| Self::from_bytes(octets.into()));
        match named.filter(|name| name.label() == label) {
            Some(name) => Ok(name),
            None => Self::new(label),
        }
    }

    /// Returns whether it is the one name that means the same in any letter case.
    pub fn is_inbox(&self) -> bool {
        self.raw.eq_ignore_ascii_case(b"INBOX")
    }

    /// Returns whether both are one mailbox to the protocol: the same octets, or INBOX in any letter case.
    #[cfg(feature = "client")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self == other || (self.is_inbox() && other.is_inbox())
    }

    /// Splits the name at its delimiters; without a delimiter it is one level. A delimiter that is encoded is part of its level.
    ///
    /// ```
    /// use tegu_imap::MailboxName;
    ///
    /// let levels = MailboxName::from_wire(b"&BBAEQARFBDgEMg-/1&AC8-2").levels(Some('/'));
    /// let levels: Vec<&str> = levels.iter().map(MailboxName::as_str).collect();
    /// assert_eq!(levels, ["Архив", "1/2"]);
    /// ```
    pub fn levels(&self, delimiter: Option<char>) -> Vec<Self> {
        let Some(delimiter) = delimiter else {
            return vec![self.clone()];
        };
        if !delimiter.is_ascii() && self.is_canonical() {
            return self.decoded.split(delimiter).map(Self::encoded).collect();
        }
        let shifts = std::str::from_utf8(&self.raw)
            .ok()
            .and_then(decode_mutf7)
            .is_some();
        let mut encoded = [0; 4];
        let mark: &[u8] = delimiter.encode_utf8(&mut encoded).as_bytes();
        let (mut levels, mut start, mut at, mut shifted) = (Vec::new(), 0, 0, false);
        while let Some(&octet) = self.raw.get(at) {
            if shifted || (shifts && octet == b'&') {
                shifted = octet != b'-';
            } else if self.raw.get(at..at + mark.len()) == Some(mark) {
                levels.push(Self::from_bytes(self.raw.slice(start..at)));
                start = at + mark.len();
                at = start;
                continue;
            }
            at += 1;
        }
        levels.push(Self::from_bytes(self.raw.slice(start..)));
        levels
    }
}

/// The octets that a label says behind its text.
fn octets_of(label: &str) -> Option<Vec<u8>> {
    let (_, digits) = label.strip_suffix(']')?.rsplit_once(RAW)?;
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let octet = |[high, low]: &[u8; 2]| u8::try_from(digit(high)? << 4 | digit(low)?).ok();
    pairs.iter().map(octet).collect()
}

impl PartialEq for MailboxName {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for MailboxName {}

impl Hash for MailboxName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl PartialOrd for MailboxName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MailboxName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.raw.cmp(&other.raw)
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tegu_outcome::one_line(&self.decoded))
    }
}

impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.label())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn raw_octets_survive_whatever_they_are() {
        for raw in [
            &b"&BBAEQARFBDgEMg-"[..],
            "Входящие".as_bytes(),
            b"\xff\xfe",
            b"&broken",
            b"a&-b",
            b"a\"b\\",
        ] {
            assert_eq!(MailboxName::from_wire(raw).raw(), raw);
        }
        assert_eq!(MailboxName::from_wire("Входящие".as_bytes()).as_str(), "Входящие");
        assert_eq!(MailboxName::from_wire(b"&broken").as_str(), "&broken");
    }

    #[test]
    fn control_characters_are_refused() {
        for name in ["", "a\r\nb", "a\0"] {
            assert_eq!(
                MailboxName::new(name).unwrap_err().kind(),
                crate::ErrorKind::Config
            );
        }
    }

    #[test]
    fn an_encoding_that_is_not_ours_goes_back_as_it_came() {
        for raw in [&b"&AGE-"[..], b"\xff", b"&broken", "Входящие".as_bytes()] {
            assert_eq!(MailboxName::from_wire(raw).wire(true), raw);
        }
        assert_eq!(MailboxName::from_wire(b"R&-D").wire(true), b"R&D");
    }

    #[test]
    fn a_delimiter_within_a_shift_parts_nothing() {
        let raw = |name: &[u8], delimiter| -> Vec<Bytes> {
            let levels = MailboxName::from_wire(name).levels(Some(delimiter));
            levels.into_iter().map(|level| level.raw).collect()
        };
        // `+` is a letter of the encoding: U+BEFB is `&vvs-`, U+FBEF is `&++8-`.
        assert_eq!(raw(b"a+&++8-+b", '+'), [&b"a"[..], b"&++8-", b"b"]);
        assert_eq!(raw(b"&a+b", '+'), [&b"&a"[..], b"b"]);
        assert_eq!(raw(b"\xff/\xfe/", '/'), [&b"\xff"[..], b"\xfe", b""]);
    }

    fn octets() -> impl Strategy<Value = Vec<u8>> {
        let pieces = prop_oneof![
            Just(b"a".to_vec()),
            Just(b"&AGE-".to_vec()),
            Just(b"&-".to_vec()),
            Just(b"&".to_vec()),
            Just(b"/".to_vec()),
            Just(b"&AC8-".to_vec()),
            Just(b"\xff".to_vec()),
            Just(b"\x01".to_vec()),
            Just(" [raw: 61]".into()),
            Just("я".into()),
            Just(b"&BE8-".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..3),
        ];
        proptest::collection::vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn octets_are_the_identity(one in octets(), other in octets()) {
            let (first, second) = (MailboxName::from_wire(&one), MailboxName::from_wire(&other));
            let same = one == other;
            prop_assert_eq!(first == second, same);
            prop_assert_eq!(first.cmp(&second).is_eq(), same);
            prop_assert_eq!(first.label() == second.label(), same);
            prop_assert_eq!(first.wire(false) == second.wire(false), same);
        }

        #[test]
        fn a_label_names_its_mailbox(raw in octets()) {
            let name = MailboxName::from_wire(&raw);
            let label = name.label();
            prop_assert!(!label.chars().any(char::is_control));
            if !raw.is_empty() {
                prop_assert_eq!(MailboxName::from_label(&label).unwrap(), name);
            }
        }

        #[test]
        fn levels_join_again(raw in octets(), delimiter in proptest::sample::select(&['/', '.', '+', 'я'][..])) {
            let name = MailboxName::from_wire(&raw);
            let levels = name.levels(Some(delimiter));
            let mut mark = [0; 4];
            let mark = delimiter.encode_utf8(&mut mark).as_bytes().to_vec();
            if delimiter.is_ascii() {
                let joined: Vec<&[u8]> = levels.iter().map(MailboxName::raw).collect();
                prop_assert_eq!(joined.join(&mark[..]), raw);
            }
        }
    }
}
