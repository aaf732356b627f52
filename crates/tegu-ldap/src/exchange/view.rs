//! An index of the known attributes of an entry.

use crate::dn::Dn;
use crate::entry::{Entry, Known, Values, texts};

/// The object classes that say what an entry is. A class is a bit.
const CLASSES: &[&str] = &[
    "user",
    "group",
    "contact",
    "computer",
    "inetOrgPerson",
    "organizationalPerson",
    "person",
    "account",
    "posixAccount",
    "mailRecipient",
    "groupOfNames",
    "groupOfUniqueNames",
    "mailGroup",
    "posixGroup",
    "publicFolder",
    "msExchDynamicDistributionList",
    "msDS-GroupManagedServiceAccount",
    "msDS-ManagedServiceAccount",
];

pub(super) struct View<'a> {
    pub(super) entry: &'a Entry,
    /// The position of each known attribute in the entry, counted from one.
    slots: [u16; Known::COUNT],
    classes: u32,
}

impl<'a> View<'a> {
    pub(super) fn of(entry: &'a Entry) -> Self {
        let mut slots = [0; Known::COUNT];
        for (at, attribute) in entry.attributes().enumerate() {
            if let Some(slot) = attribute.name().known().and_then(|k| slots.get_mut(k as usize)) {
                *slot = u16::try_from(at + 1).unwrap_or(0);
            }
        }
        let mut out = Self {
            entry,
            slots,
            classes: 0,
        };
        for value in out.values(Known::ObjectClass) {
            let class = CLASSES
                .iter()
                .position(|c| value.eq_ignore_ascii_case(c.as_bytes()));
            out.classes |= class.map_or(0, |at| 1 << at);
        }
        out
    }

    pub(super) fn values(&self, known: Known) -> Values<'a> {
        let slot = self.slots.get(known as usize).copied().unwrap_or(0);
        self.entry.values_at(usize::from(slot).checked_sub(1))
    }

    pub(super) fn has(&self, known: Known) -> bool {
        !self.values(known).is_empty()
    }

    pub(super) fn is_a(&self, class: &str) -> bool {
        let at = CLASSES.iter().position(|c| *c == class);
        at.is_some_and(|at| self.classes & (1 << at) != 0)
    }

    /// Returns the texts of one attribute.
    pub(super) fn each(&self, known: Known) -> impl Iterator<Item = &'a str> {
        texts(self.values(known))
    }

    /// Returns the first of several attributes that has text.
    pub(super) fn text(&self, names: &[Known]) -> Option<&'a str> {
        names.iter().find_map(|&known| self.each(known).next())
    }

    pub(super) fn owned(&self, names: &[Known]) -> Option<Box<str>> {
        self.text(names).map(Into::into)
    }

    pub(super) fn names(&self, names: &[Known]) -> Vec<Dn> {
        names
            .iter()
            .flat_map(|&known| self.each(known))
            .map(Dn::new)
            .collect()
    }

    pub(super) fn integer(&self, known: Known) -> Option<i64> {
        self.text(&[known])?.trim().parse().ok()
    }

    /// A truth value (RFC 4517 section 3.3.3).
    pub(super) fn boolean(&self, known: Known) -> Option<bool> {
        match self.text(&[known])?.trim() {
            t if t.eq_ignore_ascii_case("true") => Some(true),
            t if t.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}
