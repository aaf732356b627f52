//! A message as it travels from a source to a target.

mod body;
mod content;

pub use body::{Body, BodyReader, BodyWriter, Spool};
pub use content::Content;

use std::collections::BTreeSet;

/// IMAP's flags of a message (RFC 9051, section 2.3.2). `\Recent` is the server's own and never travels.
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
    /// Keywords, as they are written on the source.
    pub keywords: BTreeSet<String>,
}

impl Flags {
    /// Reads names as IMAP writes them; letter case does not count.
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

    /// Takes all flags away, and leaves the keywords.
    pub(crate) fn clear(&mut self) {
        let keywords = std::mem::take(&mut self.keywords);
        *self = Self {
            keywords,
            ..Self::default()
        };
    }

    /// Whether any flag is set; keywords do not count.
    pub(crate) fn any(&self) -> bool {
        self.seen || self.answered || self.flagged || self.deleted || self.draft
    }

    /// The names as IMAP writes them.
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

    /// Whether both sides mean the same; keywords are compared without case (RFC 9051, section 2.3.2).
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

/// Keywords that a target can store.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Keywords {
    /// All.
    Any,
    /// All that IMAP can carry: atoms (RFC 9051, `flag-keyword`).
    Atoms,
    /// These.
    Only(BTreeSet<String>),
}

impl Keywords {
    /// Those that are in both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, narrow) | (narrow, Self::Any) => narrow.clone(),
            (Self::Only(known), both) | (both, Self::Only(known)) => {
                Self::Only(known.iter().filter(|known| both.hold(known)).cloned().collect())
            }
            (Self::Atoms, Self::Atoms) => Self::Atoms,
        }
    }

    /// Whether a keyword can be stored.
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

/// When a message arrived: IMAP's INTERNALDATE.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InternalDate {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub unix_seconds: i64,
    /// The zone it was written in, as minutes east of Greenwich.
    pub offset_minutes: i16,
}

impl InternalDate {
    /// An instant and the zone it is shown in.
    pub fn new(unix_seconds: i64, offset_minutes: i16) -> Self {
        Self {
            unix_seconds,
            offset_minutes,
        }
    }

    /// Returns the instant, or `None` if it lies outside the years -9999 to 9999.
    #[must_use]
    pub fn timestamp(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_second(self.unix_seconds).ok()
    }
}

/// What a source lists of a message before it is read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// Identity on the source, the same in every run.
    pub id: String,
    /// Size in octets; only a hint, since Exchange estimates it.
    pub size_hint: u64,
    /// Where the source finds it again; means nothing to others.
    pub locator: u64,
    /// When it arrived, where the source tells before it is read.
    pub date: Option<InternalDate>,
}

impl Listed {
    /// A message that can be asked for.
    pub fn new(id: impl Into<String>, size_hint: u64, locator: u64) -> Self {
        Self {
            id: id.into(),
            size_hint,
            locator,
            date: None,
        }
    }

    /// Adds when it arrived.
    #[must_use]
    pub fn dated(mut self, date: Option<InternalDate>) -> Self {
        self.date = date;
        self
    }
}

/// A message with all that moves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// Its flags.
    pub flags: Flags,
    /// When it arrived, where the source knows.
    pub date: Option<InternalDate>,
    /// Its octets, exactly as the source gave them.
    pub body: Body,
}

impl Message {
    /// A message.
    pub fn new(flags: Flags, date: Option<InternalDate>, body: impl Into<Body>) -> Self {
        Self {
            flags,
            date,
            body: body.into(),
        }
    }
}
