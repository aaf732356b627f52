//! The filled cells of a row, and the dates in them.

use std::collections::HashMap;

use super::columns::{Column, Kind, Place};
use crate::value;

/// The filled cells of a row with their columns.
pub(super) struct Cells<'r> {
    pub(super) list: Vec<(&'r Column, &'r str)>,
    /// The first cell of each place.
    first: HashMap<Place, &'r str>,
    /// Which cells have one number.
    pub(super) numbered: HashMap<(Kind, u16), Vec<usize>>,
}

impl<'r> Cells<'r> {
    pub(super) fn of(columns: &'r [Column], record: &'r ::csv::StringRecord) -> Self {
        let cells = columns.iter().zip(record);
        let list: Vec<_> = cells
            .map(|(column, cell)| (column, cell.trim()))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        let (mut first, mut numbered) = (HashMap::new(), HashMap::<_, Vec<usize>>::new());
        for (at, (column, cell)) in list.iter().enumerate() {
            first.entry(column.place).or_insert(*cell);
            if let Place::Numbered(kind, number, _) = column.place {
                numbered.entry((kind, number)).or_default().push(at);
            }
        }
        Self {
            list,
            first,
            numbered,
        }
    }

    pub(super) fn at(&self, place: Place) -> &'r str {
        self.first.get(&place).copied().unwrap_or_default()
    }
}

pub(super) enum Day {
    None,
    Known(String),
    Ambiguous,
}

/// Dates by their separators: `5.3.1980` is the fifth of March, `1980-03-05` likewise, and of
/// `3/5/1980` nobody knows.
pub(super) fn date(cell: &str) -> Day {
    let cell = cell.split([' ', 'T']).next().unwrap_or_default();
    if matches!(
        cell,
        "0.0.00" | "0/0/00" | "0.0.0000" | "00.00.0000" | "0/0/0000" | "00/00/0000"
    ) {
        return Day::None;
    }
    let separator = cell.chars().find(|c| !c.is_ascii_digit());
    let parts: Vec<&str> = cell.split(['.', '-', '/']).collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<u32>().ok());
    let (Some(a), Some(b), Some(c), 3) = (number(0), number(1), number(2), parts.len()) else {
        return Day::Ambiguous;
    };
    let long = |at: usize| parts.get(at).is_some_and(|part| part.len() == 4);
    let (year, month, day) = match separator {
        Some('.') if long(2) => (c, b, a),
        Some('-') if long(0) => (a, b, c),
        Some('/') if long(2) && a > 12 => (c, b, a),
        Some('/') if long(2) && (b > 12 || a == b) => (c, a, b),
        _ => return Day::Ambiguous,
    };
    let compact = format!("{year:04}{month:02}{day:02}");
    match value::Moment::parse(&compact) {
        Some(_) => Day::Known(format!("{year:04}-{month:02}-{day:02}")),
        None => Day::Ambiguous,
    }
}
