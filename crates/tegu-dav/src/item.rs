//! The unit of accounting: what a file falls into.

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
    /// A part of the file that is none of these. Always lossy, never with a body.
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
}

/// One unit of accounting.
///
/// Every top-level component, card or row of the input ends in exactly one item;
/// [`components`](Self::components) says how many went into this one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The UID that the resource carries: the source's own, or one made from its content.
    pub uid: String,
    /// Title, name or first words for a report: one line, at most 120 characters.
    pub summary: String,
    /// The resource ready for upload: one UID, CR LF line ends, UTF-8. `None` where none can be made.
    ///
    /// Present even when there are lossy findings, so that an operator can accept them.
    pub body: Option<Vec<u8>>,
    /// The source's bytes for a person to import by hand: components as they stood, in their
    /// calendar's frame. (UTF-16 files are turned into UTF-8, nothing else.)
    pub original: Vec<u8>,
    /// What was repaired, and what would be lost.
    pub findings: Vec<Finding>,
    /// A file name for the resource: a digest of the UID with `.ics` or `.vcf`, the same in every
    /// run, safe in a URL and on a disk whatever the UID holds.
    pub resource_name: String,
    /// How many top-level components, cards or rows of the input this item accounts for.
    pub components: usize,
}

impl Item {
    /// The findings that say what would be lost.
    pub fn lossy(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_lossy())
    }

    /// Whether an automatic transfer would lose something.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.body.is_none() || self.lossy().next().is_some()
    }

    /// A file that cannot be read as a whole, as one item for a person.
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

/// What a file fell into.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Split {
    /// In the order of the input.
    pub items: Vec<Item>,
    /// The name that the file gives its calendar (`NAME` or `X-WR-CALNAME`).
    pub calendar_name: Option<String>,
    /// Findings about the file as a whole. Never lossy: what would be lost is an item.
    pub findings: Vec<Finding>,
}

/// A name for a resource that depends on the UID alone and holds only `[0-9a-f.]` and the extension.
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
