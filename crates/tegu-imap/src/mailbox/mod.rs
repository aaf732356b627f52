//! Mailbox names: their encoding, hierarchy, roles, and how a source name becomes a target name.

mod layout;
mod map;
mod role;
mod utf7;

use std::fmt;

use bytes::Bytes;

#[cfg(doc)]
use crate::ErrorKind;
use crate::{Error, Result};

pub use layout::TargetLayout;
pub use map::{Mapping, NamePlan, plan_names, plan_names_again};
pub use role::{FolderRole, is_non_mail, role_of};
pub use utf7::{decode_mutf7, encode_mutf7};

/// The name of a mailbox: as it travels, and as people read it.
///
/// ```
/// use tegu_imap::MailboxName;
///
/// let name = MailboxName::new("Архив/2023")?;
/// assert_eq!(name.raw(), b"&BBAEQARFBDgEMg-/2023");
/// assert_eq!(MailboxName::from_wire(name.raw()), name);
/// # Ok::<_, tegu_imap::Error>(())
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MailboxName {
    raw: Bytes,
    decoded: String,
}

impl MailboxName {
    /// A name for people, encoded in modified UTF-7 (RFC 3501, section 5.1.3).
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for an empty name and for control characters.
    pub fn new(name: &str) -> Result<Self> {
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("mailbox name {name:?} is empty or holds control characters");
            return Err(Error::config(message));
        }
        Ok(Self {
            raw: encode_mutf7(name).into(),
            decoded: name.to_owned(),
        })
    }

    /// A name that a server sent. What is no modified UTF-7 is read as UTF-8; what is neither shows as U+FFFD, yet
    /// the mailbox can be opened, since [`raw`](Self::raw) is what is sent back.
    pub fn from_wire(raw: &[u8]) -> Self {
        let decoded = std::str::from_utf8(raw).ok().and_then(decode_mutf7);
        let decoded = decoded.unwrap_or_else(|| String::from_utf8_lossy(raw).into_owned());
        Self {
            raw: Bytes::copy_from_slice(raw),
            decoded,
        }
    }

    /// A name that a server sent under `UTF8=ACCEPT` (RFC 6855), where `&` is a character as any other.
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
            Ok(name) => Self {
                raw: encode_mutf7(name).into(),
                decoded: name.to_owned(),
            },
            Err(_) => Self::from_wire(raw),
        }
    }

    /// The octets that travel, unless `UTF8=ACCEPT` is enabled; see [`wire`](Self::wire).
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The octets that travel, with or without `UTF8=ACCEPT` enabled.
    pub fn wire(&self, utf8: bool) -> &[u8] {
        // What is no UTF-8 was never readable, and goes back as it came.
        if utf8 && std::str::from_utf8(&self.raw).is_ok() {
            self.decoded.as_bytes()
        } else {
            &self.raw
        }
    }

    /// The name that people read.
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// Whether it is the one name that means the same in any letter case.
    pub fn is_inbox(&self) -> bool {
        self.raw.eq_ignore_ascii_case(b"INBOX")
    }

    /// Whether both are one name to the protocol, whatever encoding and letter case INBOX came in.
    #[cfg(feature = "client")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.decoded == other.decoded || (self.is_inbox() && other.is_inbox())
    }

    /// The parts of the name between delimiters; one part where there is no delimiter.
    pub fn components(&self, delimiter: Option<char>) -> Vec<&str> {
        match delimiter {
            Some(delimiter) => self.decoded.split(delimiter).collect(),
            None => vec![&self.decoded],
        }
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tegu_outcome::one_line(&self.decoded))
    }
}

impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.decoded)
    }
}

/// What a mailbox is for, as the server says (RFC 6154).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SpecialUse {
    /// Every message.
    All,
    /// The archive.
    Archive,
    /// Drafts.
    Drafts,
    /// Flagged messages.
    Flagged,
    /// Spam.
    Junk,
    /// Sent messages.
    Sent,
    /// Deleted messages.
    Trash,
}

impl SpecialUse {
    /// The special use that a LIST attribute names.
    pub fn from_attribute(attribute: &str) -> Option<Self> {
        Some(match attribute.to_ascii_lowercase().as_str() {
            "\\all" | "\\allmail" => Self::All,
            "\\archive" => Self::Archive,
            "\\drafts" => Self::Drafts,
            "\\flagged" | "\\starred" => Self::Flagged,
            "\\junk" | "\\spam" => Self::Junk,
            "\\sent" => Self::Sent,
            "\\trash" => Self::Trash,
            _ => return None,
        })
    }
}

/// One mailbox of a server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mailbox {
    /// Its name.
    pub name: MailboxName,
    /// What parts the levels of its name; a flat name has none.
    pub delimiter: Option<char>,
    /// All attributes as the server wrote them.
    pub attributes: Vec<String>,
    /// What it is for, where the server says so.
    pub special_use: Option<SpecialUse>,
    /// Whether it can hold messages.
    pub selectable: bool,
}

impl Mailbox {
    /// A mailbox of its name, delimiter and LIST attributes.
    pub fn new(name: MailboxName, delimiter: Option<char>, attributes: Vec<String>) -> Self {
        let special_use = attributes
            .iter()
            .find_map(|attribute| SpecialUse::from_attribute(attribute));
        let mut mailbox = Self {
            name,
            delimiter,
            special_use,
            selectable: true,
            attributes,
        };
        mailbox.selectable = !mailbox.has("\\Noselect") && !mailbox.has("\\NonExistent");
        mailbox
    }

    /// Whether an attribute (with its backslash, in any letter case) is among those of LIST.
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes
            .iter()
            .any(|one| one.eq_ignore_ascii_case(attribute))
    }

    /// What it is for: the server's word first, then its name, which counts at the top level and below INBOX.
    pub fn role(&self) -> Option<FolderRole> {
        if self.name.is_inbox() {
            return Some(FolderRole::Inbox);
        }
        let from_server = self.special_use.and_then(FolderRole::from_special_use);
        from_server.or_else(|| match self.name.components(self.delimiter).as_slice() {
            [name] => role_of(name),
            [inbox, name] if inbox.eq_ignore_ascii_case("INBOX") => role_of(name),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
    fn the_servers_word_comes_before_the_name() {
        let named = |name: &str, attributes: &[&str]| {
            let attributes = attributes
                .iter()
                .map(|attribute| (*attribute).to_owned())
                .collect();
            Mailbox::new(MailboxName::new(name).unwrap(), Some('/'), attributes)
        };
        assert_eq!(named("Drafts", &["\\Sent"]).role(), Some(FolderRole::Sent));
        assert_eq!(named("INBOX/Отправленные", &[]).role(), Some(FolderRole::Sent));
        assert_eq!(named("Projects/Sent", &[]).role(), None);
        assert_eq!(named("inbox", &[]).role(), Some(FolderRole::Inbox));
        assert!(!named("x", &["\\NOSELECT"]).selectable);
    }
}
