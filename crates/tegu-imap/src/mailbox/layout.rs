//! What names a target accepts.

use super::{Mailbox, encode_mutf7};
use crate::quirks::Quirks;

/// The target before anything is copied.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetLayout {
    /// The hierarchy delimiter.
    pub delimiter: Option<char>,
    /// The prefix of personal mailboxes other than INBOX, such as `INBOX.`; often empty.
    pub prefix: String,
    /// The mailboxes that exist.
    pub mailboxes: Vec<Mailbox>,
    /// Characters that its names cannot contain, besides the delimiter and control characters.
    pub refused_characters: String,
    /// Characters that its names cannot begin with.
    pub refused_at_start: String,
    /// The most octets of one level of a name, in modified UTF-7.
    pub part_octets: usize,
    /// The most octets of a whole name.
    pub name_octets: usize,
}

impl TargetLayout {
    /// Makes a layout from the answers to NAMESPACE and LIST, with limits that suit an unknown server.
    pub fn new(delimiter: Option<char>, prefix: &str, mailboxes: Vec<Mailbox>) -> Self {
        let layout = Self {
            delimiter,
            prefix: prefix.to_owned(),
            mailboxes,
            refused_characters: String::new(),
            refused_at_start: String::new(),
            part_octets: 0,
            name_octets: 0,
        };
        layout.with_rules_of(&Quirks::default())
    }

    /// Applies what the server is known to refuse in names.
    #[must_use]
    pub fn with_rules_of(mut self, quirks: &Quirks) -> Self {
        self.refused_characters = quirks.refused_in_names.to_owned();
        self.refused_at_start = quirks.refused_at_start.to_owned();
        self.part_octets = quirks.name_part_octets;
        self.name_octets = quirks.name_octets;
        self
    }

    /// One level of a name, as the target can hold it behind `before` octets.
    pub(super) fn part_for(&self, component: &str, at_top: bool, before: usize) -> String {
        let refused =
            |c: char| Some(c) == self.delimiter || c.is_control() || self.refused_characters.contains(c);
        let mut part: String = component
            .chars()
            .map(|c| if refused(c) { '_' } else { c })
            .collect();
        // To a server that keeps folders as folders of the file system these two are no names.
        if matches!(part.as_str(), "" | "." | "..") {
            part = "_".repeat(part.len().max(1));
        }
        let starts = |part: &str| part.starts_with(|c| self.refused_at_start.contains(c));
        if at_top && self.prefix.is_empty() && starts(&part) {
            part.insert(0, '_');
        }
        let room = self.name_octets.saturating_sub(before + 1);
        shortened(part, component, room.min(self.part_octets).saturating_sub(NUMBER))
    }
}

/// Octets that are kept free for the number of a name that is taken.
pub(super) const NUMBER: usize = " (99999)".len();
/// The least that a level of a name may take, so that it can still be told from others.
const SHORTEST: usize = 24;
/// How much a level takes that was moved to the top.
pub(super) const TOP: usize = 120;

/// A level of a name in no more than so many octets. What is cut off is replaced by a digest of the `original`, so
/// that two long names stay two.
fn shortened(part: String, original: &str, octets: usize) -> String {
    let octets = octets.max(SHORTEST);
    if encode_mutf7(&part).len() <= octets {
        part
    } else {
        cut(&part, original, octets)
    }
}

/// As much of a level of a name as there is room for, and a digest of the `original`.
pub(super) fn cut(part: &str, original: &str, octets: usize) -> String {
    let digest = blake3::hash(original.as_bytes()).to_hex();
    let digest = digest.get(..8).unwrap_or_default();
    // No character takes less than an octet.
    let mut kept: Vec<char> = part.chars().take(octets).collect();
    loop {
        let head: String = kept.iter().collect();
        let short = format!("{}… {digest}", head.trim_end());
        if kept.pop().is_none() || encode_mutf7(&short).len() <= octets {
            return short;
        }
    }
}
