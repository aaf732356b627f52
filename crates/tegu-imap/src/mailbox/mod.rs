//! Mailbox names: their encoding, hierarchy, roles, and how a source name becomes a target name.

mod layout;
mod map;
mod name;
mod utf7;

pub use layout::TargetLayout;
#[cfg(feature = "store")]
pub(crate) use map::plan_names_of_mail;
pub use map::{Mapping, NamePlan, plan_names, plan_names_again};
pub use name::MailboxName;
#[doc(no_inline)]
pub use tegu_message::FolderRole;
pub use utf7::{decode_mutf7, encode_mutf7};

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

    /// The LIST attribute that says it.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::All => "\\All",
            Self::Archive => "\\Archive",
            Self::Drafts => "\\Drafts",
            Self::Flagged => "\\Flagged",
            Self::Junk => "\\Junk",
            Self::Sent => "\\Sent",
            Self::Trash => "\\Trash",
        }
    }

    /// The special use of a folder role, where there is one.
    #[must_use]
    pub fn of_role(role: FolderRole) -> Option<Self> {
        Some(match role {
            FolderRole::Archive => Self::Archive,
            FolderRole::Drafts => Self::Drafts,
            FolderRole::Junk => Self::Junk,
            FolderRole::Sent => Self::Sent,
            FolderRole::Trash => Self::Trash,
            _ => return None,
        })
    }

    /// The folder role that says the same. `\All` and `\Flagged` are views, not folders, and have none.
    pub fn role(self) -> Option<FolderRole> {
        Some(match self {
            Self::Sent => FolderRole::Sent,
            Self::Drafts => FolderRole::Drafts,
            Self::Trash => FolderRole::Trash,
            Self::Junk => FolderRole::Junk,
            Self::Archive => FolderRole::Archive,
            Self::All | Self::Flagged => return None,
        })
    }
}

/// One mailbox of a server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mailbox {
    /// Its name.
    pub name: MailboxName,
    /// The hierarchy delimiter; `None` for a flat name.
    pub delimiter: Option<char>,
    /// All attributes as the server wrote them.
    pub attributes: Vec<String>,
    /// What it is for, if the server says so.
    pub special_use: Option<SpecialUse>,
    /// Whether it can hold messages.
    pub selectable: bool,
}

impl Mailbox {
    /// Makes a mailbox from its name, delimiter and LIST attributes.
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

    /// Returns whether LIST returned this attribute (with its backslash, in any letter case).
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes
            .iter()
            .any(|one| one.eq_ignore_ascii_case(attribute))
    }

    /// Returns what it is for: by the server's attribute, otherwise by its name at the top level or below INBOX.
    pub fn role(&self) -> Option<FolderRole> {
        if self.name.is_inbox() {
            return Some(FolderRole::Inbox);
        }
        let from_server = self.special_use.and_then(SpecialUse::role);
        from_server.or_else(|| match self.name.levels(self.delimiter).as_slice() {
            [name] => FolderRole::of_name(name.as_str()),
            [inbox, name] if inbox.is_inbox() => FolderRole::of_name(name.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
