//! Positions of calendars and components in a file.

use std::sync::Arc;

use crate::text;

/// A place in the file: bytes without the last line end, and the number of the first line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) line: usize,
}

/// One component right below a calendar, or outside of any.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Index of the calendar; 0 stands for none.
    pub(super) calendar: usize,
    pub(super) span: Span,
    /// Whether every line is one that a strict writer writes, and all pair.
    pub(super) strict: bool,
}

/// A calendar's own lines.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    pub(super) header: Vec<Span>,
    pub(super) zones: Vec<Span>,
    pub(super) closed: bool,
}

/// Lines that no resource holds: they make an item of their own, for a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    pub(super) span: Span,
    pub(super) why: Why,
}

/// Why lines make no resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Why {
    /// A component that calendar collections do not take.
    Unsupported,
    /// A component whose `BEGIN` is missing.
    NoBegin,
    /// A time zone with lines that no time zone has.
    Zone,
}

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The first is the place of components outside of any calendar.
    pub(super) calendars: Arc<Vec<Calendar>>,
    /// Events, tasks, journals and free/busy, by UID in the order of their first component.
    pub(super) groups: Vec<Group>,
    /// Components without a UID, to be put into groups by their content.
    pub(super) nameless: Vec<Unit>,
    /// What is made into no resource.
    pub(super) others: Vec<Other>,
    /// Lines that belong to nothing.
    pub(super) junk: Vec<Span>,
    /// Blank lines before the last line.
    pub(super) blank: usize,
    /// Whether any component of a calendar was there.
    pub(super) found: bool,
    pub(super) guess: Option<text::Guess>,
    /// How much of the file holds lines.
    pub(super) octets: u64,
    /// The byte that ends lines.
    pub(super) line_end: u8,
}

impl Index {
    /// What resources share, without them and without what is left over.
    pub(super) fn without_resources(&self) -> Self {
        Self {
            calendars: Arc::clone(&self.calendars),
            guess: self.guess,
            line_end: self.line_end,
            found: self.found,
            ..Self::default()
        }
    }
}

/// Components of one UID.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The UID that was made for components that have none.
    pub(super) made: Option<String>,
    pub(super) units: Vec<Unit>,
}

impl Group {
    /// The bytes of its components.
    pub(super) fn octets(&self) -> u64 {
        self.units
            .iter()
            .map(|unit| unit.span.end - unit.span.start)
            .sum()
    }
}
