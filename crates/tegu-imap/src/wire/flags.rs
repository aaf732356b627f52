//! Message flags and keywords (RFC 3501, section 2.3.2).

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The flags of a message: system flags and keywords.
///
/// Sets are compared without regard to letter case, as the RFC requires; the case that was read is
/// kept. `\Recent` belongs to a session, not to the message, and is not stored.
///
/// ```
/// use tegu_imap::Flags;
///
/// let flags: Flags = ["\\Seen", "$Forwarded"].into_iter().collect();
/// assert!(flags.contains("\\seen"));
/// assert_eq!(flags.to_string(), "\\Seen $Forwarded");
/// ```
#[derive(Clone, Default)]
pub struct Flags {
    system: u8,
    /// Sorted by lower case without doubles; absent when empty, so that a million entries stay small.
    keywords: Option<Arc<Vec<Box<str>>>>,
}

const SYSTEM: [&str; 5] = ["\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"];

impl Flags {
    /// The most flags of one message. Servers stop at a few hundred keywords a mailbox; keeping a set sorted is
    /// quadratic.
    pub(super) const MOST: usize = 4096;

    /// Makes an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.system == 0 && self.keywords.is_none()
    }

    /// Returns whether the set contains a system flag (with its backslash) or keyword, in any letter case.
    pub fn contains(&self, flag: &str) -> bool {
        match system_bit(flag) {
            Some(bit) => self.system & bit != 0,
            None => self.keywords().any(|keyword| keyword.eq_ignore_ascii_case(flag)),
        }
    }

    /// Adds a system flag or keyword. Empty names and `\Recent` are left out.
    pub fn insert(&mut self, flag: &str) {
        if let Some(bit) = system_bit(flag) {
            self.system |= bit;
        } else if !flag.is_empty() && !flag.eq_ignore_ascii_case("\\Recent") {
            let keywords = Arc::make_mut(self.keywords.get_or_insert_default());
            if let Err(at) = keywords.binary_search_by(|keyword| in_any_case(keyword, flag)) {
                keywords.insert(at, flag.into());
            }
        }
    }

    /// Returns the keywords: everything but the five system flags.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords
            .iter()
            .flat_map(|keywords| keywords.iter())
            .map(AsRef::as_ref)
    }

    /// System flags, then keywords.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let system = SYSTEM
            .iter()
            .enumerate()
            .filter(|(at, _)| self.system & (1 << at) != 0);
        system.map(|(_, name)| *name).chain(self.keywords())
    }

    /// Returns the flags of this set that `other` does not contain.
    pub fn difference(&self, other: &Self) -> Self {
        self.iter().filter(|flag| !other.contains(flag)).collect()
    }

    /// Splits the set into flags that can be sent and keywords that cannot, because they are not atoms (RFC 3501, `flag-keyword`).
    pub fn sendable(&self) -> (Self, Vec<String>) {
        let (good, bad): (Vec<&str>, Vec<&str>) = self.iter().partition(|flag| is_sendable(flag));
        (
            good.into_iter().collect(),
            bad.into_iter().map(str::to_owned).collect(),
        )
    }
}

/// The order of keywords, which does not know letter case.
fn in_any_case(one: &str, other: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}

fn system_bit(flag: &str) -> Option<u8> {
    if !flag.starts_with('\\') {
        return None;
    }
    SYSTEM
        .iter()
        .position(|name| name.eq_ignore_ascii_case(flag))
        .map(|at| 1 << at)
}

fn is_sendable(flag: &str) -> bool {
    let atom = flag.strip_prefix('\\').unwrap_or(flag);
    !atom.is_empty()
        && atom
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(&byte))
}

impl PartialEq for Flags {
    fn eq(&self, other: &Self) -> bool {
        let folded = || {
            let mut others = other.keywords();
            let same = |keyword: &str| {
                others
                    .next()
                    .is_some_and(|other| other.eq_ignore_ascii_case(keyword))
            };
            self.keywords().all(same) && others.next().is_none()
        };
        self.system == other.system && (self.keywords == other.keywords || folded())
    }
}

impl Eq for Flags {}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, flag) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(flag)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Flags {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut flags = Self::new();
        for name in names {
            flags.insert(name.as_ref());
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_whatever_the_case_and_order() {
        let a: Flags = ["\\SEEN", "$MDNSent", "b", "\\Recent"].into_iter().collect();
        let b: Flags = ["B", "$mdnsent", "\\Seen", "b"].into_iter().collect();
        assert_eq!(a, b);
        assert_eq!(a.to_string(), "\\Seen $MDNSent b");
        assert_ne!(a, Flags::new());
    }

    #[test]
    fn keywords_that_are_no_atom_are_split_off() {
        let flags: Flags = ["\\Flagged", "a]b", "%c", "ok", "важно", "x y"]
            .into_iter()
            .collect();
        let (good, bad) = flags.sendable();
        assert_eq!(good.to_string(), "\\Flagged ok");
        assert_eq!(bad, ["%c", "a]b", "x y", "важно"]);
    }

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<Flags>() <= 16);
    }
}
