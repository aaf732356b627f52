use std::collections::BTreeSet;

/// The flags of a message (RFC 9051, section 2.3.2), without `\Recent`, which only a server sets.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Flags {
    /// `\Seen`
    pub seen: bool,
    /// `\Answered`
    pub answered: bool,
    /// `\Flagged`
    pub flagged: bool,
    /// `\Deleted`
    pub deleted: bool,
    /// `\Draft`
    pub draft: bool,
    /// Keywords, spelled as on the source.
    pub keywords: BTreeSet<String>,
}

impl Flags {
    /// Reads flag names as IMAP spells them, in any letter case.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut flags = Self::default();
        for name in names {
            match name.to_ascii_lowercase().as_str() {
                "\\seen" => flags.seen = true,
                "\\answered" => flags.answered = true,
                "\\flagged" => flags.flagged = true,
                "\\deleted" => flags.deleted = true,
                "\\draft" => flags.draft = true,
                "\\recent" | "" => {}
                _ => {
                    flags.keywords.insert(name.to_owned());
                }
            }
        }
        flags
    }

    /// Removes all flags and keeps the keywords.
    pub fn clear(&mut self) {
        let keywords = std::mem::take(&mut self.keywords);
        *self = Self {
            keywords,
            ..Self::default()
        };
    }

    /// Returns whether any flag is set. Keywords do not count.
    #[must_use]
    pub fn any(&self) -> bool {
        self.seen || self.answered || self.flagged || self.deleted || self.draft
    }

    /// Returns the flags and keywords that the other lacks. Keywords are compared without letter case.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let lacks = |keyword: &&String| !other.keywords.iter().any(|one| one.eq_ignore_ascii_case(keyword));
        Self {
            seen: self.seen && !other.seen,
            answered: self.answered && !other.answered,
            flagged: self.flagged && !other.flagged,
            deleted: self.deleted && !other.deleted,
            draft: self.draft && !other.draft,
            keywords: self.keywords.iter().filter(lacks).cloned().collect(),
        }
    }

    /// Returns the names as IMAP spells them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let system = [
            (self.seen, "\\Seen"),
            (self.answered, "\\Answered"),
            (self.flagged, "\\Flagged"),
            (self.deleted, "\\Deleted"),
            (self.draft, "\\Draft"),
        ];
        let system = system.into_iter().filter(|(set, _)| *set).map(|(_, name)| name);
        system.chain(self.keywords.iter().map(String::as_str))
    }

    /// Returns whether both are the same flags. Keywords are compared without case (RFC 9051, section 2.3.2).
    pub fn same_as(&self, other: &Self) -> bool {
        let folded = |flags: &Self| {
            flags
                .keywords
                .iter()
                .map(|k| k.to_ascii_lowercase())
                .collect::<BTreeSet<_>>()
        };
        self.seen == other.seen
            && self.answered == other.answered
            && self.flagged == other.flagged
            && self.deleted == other.deleted
            && self.draft == other.draft
            && folded(self) == folded(other)
    }
}

/// The keywords that a target can store.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Keywords {
    /// Every keyword.
    Any,
    /// Every keyword that IMAP can express: atoms (`flag-keyword` of RFC 9051).
    Atoms,
    /// These keywords.
    Only(BTreeSet<String>),
}

impl Keywords {
    /// Returns the keywords that both can store.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, narrow) | (narrow, Self::Any) => narrow.clone(),
            (Self::Only(known), both) | (both, Self::Only(known)) => {
                Self::Only(known.iter().filter(|known| both.hold(known)).cloned().collect())
            }
            (Self::Atoms, Self::Atoms) => Self::Atoms,
        }
    }

    /// Returns whether a keyword can be stored.
    pub fn hold(&self, keyword: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Atoms => {
                let forbidden = |byte: u8| !byte.is_ascii_graphic() || b"(){%*\"\\]".contains(&byte);
                !keyword.is_empty() && !keyword.bytes().any(forbidden)
            }
            Self::Only(known) => known.iter().any(|known| known.eq_ignore_ascii_case(keyword)),
        }
    }
}
