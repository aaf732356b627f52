//! What repeats is told once, with how often and at which places first.

use std::{collections::BTreeMap, fmt::Display};

/// Places of one thing that are told if not all are.
const FIRST: usize = 3;

/// How much is told.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Detail {
    /// Tell each finding and problem of each folder, instead of each code once with the first places
    #[arg(long = "all")]
    pub(crate) all: bool,
}

/// Things that are the same but for their places.
pub(crate) struct Groups {
    detail: Detail,
    groups: BTreeMap<String, Group>,
}

struct Group {
    text: String,
    items: u64,
    places: usize,
    first: Vec<String>,
}

impl Groups {
    pub(crate) fn new(detail: Detail) -> Self {
        Self {
            detail,
            groups: BTreeMap::new(),
        }
    }

    /// Something that concerns so many items at a place. `key` is what makes two of them the same; the first one's `text` is told.
    pub(crate) fn add(
        &mut self,
        key: impl Into<String>,
        place: impl Display,
        items: u64,
        text: impl Display,
    ) {
        if self.detail.all {
            say!("{items:>8}  {text}: {place}");
            return;
        }
        let group = self.groups.entry(key.into()).or_insert_with(|| Group {
            text: text.to_string(),
            items: 0,
            places: 0,
            first: Vec::new(),
        });
        group.items += items;
        group.places += 1;
        if group.first.len() < FIRST {
            group.first.push(place.to_string());
        }
    }

    /// Tells what was not told yet.
    pub(crate) fn tell(self) {
        for group in self.groups.into_values() {
            say!("{}", group.line());
        }
    }
}

impl Group {
    fn line(&self) -> String {
        let Self {
            text,
            items,
            places,
            first,
        } = self;
        let more = match places.saturating_sub(first.len()) {
            0 => String::new(),
            more => format!("; and {more} more, which --all tells"),
        };
        format!("{items:>8}  {text}: {}{more}", first.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_once_with_its_first_places() {
        let mut groups = Groups::new(Detail { all: false });
        for number in 1..=8_000 {
            groups.add("B", format!("folder {number}"), 2, format!("B: text {number}"));
        }
        groups.add("A", "INBOX", 1, "A: once");
        let lines: Vec<String> = groups.groups.values().map(Group::line).collect();
        assert_eq!(
            lines,
            [
                "       1  A: once: INBOX",
                "   16000  B: text 1: folder 1; folder 2; folder 3; and 7997 more, which --all tells",
            ]
        );
    }
}
