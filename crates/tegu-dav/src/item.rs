//! Items: what a file is split into.

use crate::Finding;

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ItemKind {
    /// One person or organisation: a vCard.
    Contact,
    /// `VEVENT` with its overrides.
    Event,
    /// `VFREEBUSY`: derived data, which no calendar collection keeps.
    FreeBusy,
    /// A vCard that stands for a distribution list.
    Group,
    /// `VJOURNAL` with its overrides.
    Journal,
    /// `VTODO` with its overrides.
    Todo,
    /// A part of the file that is nothing of the above. It is always lossy and has no body.
    Unknown,
}

impl ItemKind {
    /// The name in reports: `event`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Event => "event",
            Self::FreeBusy => "freebusy",
            Self::Group => "group",
            Self::Journal => "journal",
            Self::Todo => "todo",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of a [name](Self::name).
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Contact,
            Self::Event,
            Self::FreeBusy,
            Self::Group,
            Self::Journal,
            Self::Todo,
            Self::Unknown,
        ];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// One event with its overrides, one task, one contact: the unit that is counted and transferred.
///
/// Each top-level component, card or row of the input is part of exactly one item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The UID that the resource carries: the source's own, or one made from its content.
    pub uid: String,
    /// Title, name or first words, for reports: one line of at most 120 characters.
    pub summary: String,
    /// The resource to upload: one UID, CR LF line ends, UTF-8. `None` if none can be made.
    ///
    /// It is present even if there are lossy findings, so that an operator can accept them.
    pub body: Option<Vec<u8>>,
    /// The original for a person to import by hand: the source's components unchanged, within their calendar's properties and
    /// zones. UTF-16 is converted to UTF-8.
    pub original: Vec<u8>,
    /// What was repaired, and what would be lost.
    pub findings: Vec<Finding>,
    /// A file name for the resource: a digest of the UID with `.ics` or `.vcf`. It is the same in every run, and safe in URLs and
    /// file systems.
    pub resource_name: String,
    /// How many top-level components, cards or rows of the input this item accounts for.
    pub components: usize,
}

impl Item {
    /// Returns the findings that say what would be lost.
    pub fn lossy(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_lossy())
    }

    /// Returns whether an automatic transfer would lose something.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.body.is_none() || self.lossy().next().is_some()
    }

    /// Makes one item for a person of a file that cannot be read.
    #[must_use]
    pub fn of_file(name: &str, original: &[u8], finding: Finding) -> Self {
        let mut item = Self::remainder(original, finding);
        item.summary = crate::text::summary(name);
        item
    }

    /// A part of the input that cannot be made into anything.
    pub(crate) fn remainder(original: &[u8], finding: Finding) -> Self {
        let uid = content_uid(&[original]);
        Self {
            kind: ItemKind::Unknown,
            summary: crate::text::summary(&String::from_utf8_lossy(original)),
            body: None,
            original: original.to_vec(),
            findings: vec![finding],
            resource_name: resource_name(&uid, "txt"),
            components: 1,
            uid,
        }
    }
}

/// The items of a file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Split {
    /// In the order of the input.
    pub items: Vec<Item>,
    /// The calendar's name in the file (`NAME` or `X-WR-CALNAME`).
    pub calendar_name: Option<String>,
    /// Findings about the file as a whole. Never lossy: what would be lost is an item.
    pub findings: Vec<Finding>,
}

/// Makes a file name for a resource from its UID: hexadecimal digits and the extension.
#[must_use]
pub fn resource_name(uid: &str, extension: &str) -> String {
    let hash = blake3::hash(uid.as_bytes()).to_hex();
    format!("{}.{extension}", hash.get(..32).unwrap_or_default())
}

/// A UID for something that has none: the same in every run as long as the content is the same.
pub(crate) fn content_uid(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hash = hasher.finalize().to_hex();
    format!("tegu-{}", hash.get(..32).unwrap_or_default())
}
