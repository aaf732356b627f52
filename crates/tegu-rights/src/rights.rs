//! Rights of RFC 4314 and its predecessor, RFC 2086.

use std::fmt;

/// A set of rights on a mailbox, each a letter or digit (RFC 4314, section 2.1).
///
/// | right | allows to |
/// |---|---|
/// | `l` | see the mailbox in a list |
/// | `r` | open it and read |
/// | `s` | keep the seen state |
/// | `w` | change flags and keywords |
/// | `i` | store and copy messages into it |
/// | `p` | send mail to it |
/// | `k` | create mailboxes below it |
/// | `x` | delete or rename it |
/// | `t` | mark messages as deleted |
/// | `e` | remove messages that are marked as deleted |
/// | `a` | change the rights |
///
/// ```
/// use tegu_rights::Rights;
///
/// let rights: Rights = "rsl".parse().unwrap_or_default();
/// assert!(rights.contains('l') && !rights.contains('w'));
/// assert_eq!(rights.to_string(), "lrs");
/// assert_eq!(rights | Rights::of("ia"), Rights::of("lrsia"));
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Rights(u64);

/// The order in which the RFC lists them.
const ORDER: &str = "lrswipkxteacd";

impl Rights {
    /// No rights.
    pub const NONE: Self = Self(0);

    /// Makes a set of these letters and digits. Other characters are ignored.
    pub fn of(letters: &str) -> Self {
        Self(letters.bytes().filter_map(bit).fold(0, |set, bit| set | bit))
    }

    /// Returns whether the set contains a right.
    pub fn contains(self, right: char) -> bool {
        u8::try_from(right)
            .ok()
            .and_then(bit)
            .is_some_and(|bit| self.0 & bit != 0)
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the rights of this set that `other` does not contain.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns the rights in the order of the RFC, others after them.
    pub fn iter(self) -> impl Iterator<Item = char> {
        let rest = ('a'..='z')
            .chain('0'..='9')
            .filter(|right| !ORDER.contains(*right));
        ORDER
            .chars()
            .chain(rest)
            .filter(move |right| self.contains(*right))
    }

    /// Returns the set without the letters of RFC 2086 that stand for several rights: `c` (create) and `d` (delete).
    ///
    /// Servers return them beside the new rights, for old clients. If an old server returns only them, `d` becomes `te` and `c`
    /// becomes `k`. `x` (delete the mailbox) needs both, so that nobody gets more rights than he had.
    #[must_use]
    pub fn modern(self) -> Self {
        let old = Self::of("cd");
        let plain = self.without(old);
        if self.contains('k') || self.contains('x') || self.contains('t') || self.contains('e') {
            return plain;
        }
        let when = |right, gives| {
            if self.contains(right) {
                Self::of(gives)
            } else {
                Self::NONE
            }
        };
        let both = if self.0 & old.0 == old.0 {
            Self::of("x")
        } else {
            Self::NONE
        };
        plain | when('d', "te") | when('c', "k") | both
    }

    /// Returns the set in the letters of RFC 2086, for a server that does not announce `RIGHTS=`. It never grants more: `d` needs both
    /// `t` and `e`. Since `c` and `d` together allow to delete the mailbox, `c` beside `d` also needs `x`.
    #[must_use]
    pub fn old(self) -> Self {
        let plain = self.without(Self::of("kxte"));
        let delete = self.contains('t') && self.contains('e');
        let create = self.contains('k') && (self.contains('x') || !delete);
        plain | Self::of(if delete { "d" } else { "" }) | Self::of(if create { "c" } else { "" })
    }
}

/// What an entry of an access control list gives: [`Rights`] on a mailbox, or [`Privileges`](crate::Privileges) on a calendar or an address book.
///
/// Its text says all of it: two sets are the same if their texts are.
pub trait AccessSet:
    Copy + Default + Eq + fmt::Debug + fmt::Display + Send + Sync + std::ops::BitOr<Output = Self> + 'static
{
    /// Returns whether it gives nothing.
    fn gives_nothing(self) -> bool;
}

impl AccessSet for Rights {
    fn gives_nothing(self) -> bool {
        self.is_empty()
    }
}

impl AccessSet for crate::Privileges {
    fn gives_nothing(self) -> bool {
        self.is_empty()
    }
}

fn bit(letter: u8) -> Option<u64> {
    match letter {
        b'a'..=b'z' => Some(1 << (letter - b'a')),
        b'0'..=b'9' => Some(1 << (26 + letter - b'0')),
        _ => None,
    }
}

impl std::ops::BitOr for Rights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl std::str::FromStr for Rights {
    type Err = tegu_outcome::Error;

    /// Reads rights as a person writes them.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](tegu_outcome::ErrorKind::Config) for anything but lower-case letters and digits.
    fn from_str(letters: &str) -> tegu_outcome::Result<Self> {
        match letters.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9')) {
            Some(c) => {
                Err(tegu_outcome::Error::config(format!("{c:?} is no right")).doing("read rights", ""))
            }
            None => Ok(Self::of(letters)),
        }
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|right| write!(f, "{right}"))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_in_any_order_become_a_set() {
        assert_eq!(Rights::of("aetxkpiwsrl").to_string(), "lrswipkxtea");
        assert_eq!(Rights::of("l r(S)\u{e9}9n").to_string(), "lrn9");
        assert!(Rights::of("").is_empty() && "lR".parse::<Rights>().is_err());
        assert_eq!(Rights::of("lrs").without(Rights::of("s")), "lr".parse().unwrap());
    }

    #[test]
    fn rights_of_rfc_2086() {
        for (told, modern) in [
            // Old servers.
            ("lrswipcda", "lrswipkxtea"),
            ("lrswipda", "lrswiptea"),
            ("lrc", "lrk"),
            ("lr", "lr"),
            // New servers, which add the old letters.
            ("lrswipkxtecda", "lrswipkxtea"),
            ("lrtd", "lrt"),
            ("lrkc", "lrk"),
        ] {
            assert_eq!(Rights::of(told).modern().to_string(), modern, "{told}");
        }
        for (modern, old) in [
            ("lrswipkxtea", "lrswipacd"),
            ("lrt", "lr"),
            ("lrx", "lr"),
            ("lrte", "lrd"),
        ] {
            assert_eq!(Rights::of(modern).old().to_string(), old, "{modern}");
        }
    }

    proptest! {
        /// Through an old server and back: never a right more than before.
        #[test]
        fn translation_never_grants_more(letters in "[lrswipkxtea]{0,12}") {
            let rights = Rights::of(&letters);
            prop_assert!(rights.old().modern().without(rights).is_empty());
            prop_assert_eq!(rights.modern(), rights);
            prop_assert_eq!(rights.to_string().parse::<Rights>().unwrap(), rights);
        }
    }
}
