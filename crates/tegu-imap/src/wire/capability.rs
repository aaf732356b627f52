//! Capabilities of a server (`CAPABILITY`, RFC 3501, section 7.2.1).

use std::collections::BTreeSet;

/// The capabilities of a server, compared without regard to letter case.
///
/// ```
/// use tegu_imap::wire::Capabilities;
///
/// let offered: Capabilities = ["IMAP4rev1", "literal+", "AUTH=PLAIN"].into_iter().collect();
/// assert!(offered.has("LITERAL+") && offered.has("auth=plain") && !offered.has("MOVE"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Capabilities {
    names: BTreeSet<String>,
}

impl Capabilities {
    /// Returns whether a capability is offered, in any letter case.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_uppercase())
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns all of them in upper case, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// How a literal may be sent without waiting for the server.
    pub fn literals(&self) -> super::LiteralMode {
        if self.has("LITERAL+") {
            super::LiteralMode::NonSynchronising
        } else if self.has("LITERAL-") {
            super::LiteralMode::SmallNonSynchronising
        } else {
            super::LiteralMode::Synchronising
        }
    }

    /// Returns the largest message that the server accepts, in octets (RFC 7889), if it says so for all mailboxes at once.
    pub fn append_limit(&self) -> Option<u64> {
        self.iter()
            .find_map(|name| name.strip_prefix("APPENDLIMIT=")?.parse().ok())
    }

    /// Adds capabilities.
    #[cfg(feature = "client")]
    pub(crate) fn extend(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
    }

    pub(super) fn read(text: &str) -> Self {
        text.split_ascii_whitespace().collect()
    }
}

impl<'a> FromIterator<&'a str> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self {
            names: names.into_iter().map(str::to_ascii_uppercase).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_literals() {
        let offered = Capabilities::read("IMAP4rev1 appendlimit=35651584  LITERAL-");
        assert_eq!(offered.append_limit(), Some(35_651_584));
        assert!(offered.literals().skips_wait(4096) && !offered.literals().skips_wait(4097));
        assert_eq!(Capabilities::read("APPENDLIMIT").append_limit(), None);
        assert!(!Capabilities::default().literals().skips_wait(0));
    }
}
