//! One row -> one card.

use std::collections::{HashMap, HashSet};

use super::columns::{self, Column, Place};
use super::google::{self, Kind, Part};
use crate::error::one_line;
use crate::item::{content_uid, resource_name};
use crate::resolve::{self, Lookup};
use crate::vcard::Version;
use crate::vcard::write::Card;
use crate::{Finding, Item, ItemKind, text, value};

pub(super) struct Row<'r> {
    pub(super) columns: &'r [Column],
    pub(super) record: &'r ::csv::StringRecord,
    pub(super) number: usize,
    pub(super) addresses: Option<&'r dyn Lookup>,
}

/// The filled cells of a row with their columns.
pub(super) struct Cells<'r> {
    pub(super) list: Vec<(&'r Column, &'r str)>,
    /// The first cell of each place.
    first: HashMap<Place, &'r str>,
    /// Which cells have one number.
    pub(super) numbered: HashMap<(Kind, u16), Vec<usize>>,
}

impl<'r> Cells<'r> {
    fn of(row: &Row<'r>) -> Self {
        let cells = row.columns.iter().zip(row.record);
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

impl Row<'_> {
    pub(super) fn item(&self, target: Version, head: &str, raw: &str) -> Item {
        let mut findings = Vec::new();
        let filled = self
            .record
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.trim().is_empty())
            .map(|(at, _)| at + 1)
            .last()
            .unwrap_or(0);
        // A quote that never closes swallows the rows that follow.
        let unclosed = raw.bytes().filter(|&b| b == b'"').count() % 2 == 1;
        if filled > self.columns.len() || unclosed {
            findings.push(Finding::CsvRowBroken {
                line: self.number,
                cells: filled,
                columns: self.columns.len(),
            });
        }
        if text::has_control(&raw.replace(['\r', '\n'], " ")) {
            findings.push(Finding::ControlCharacter { line: self.number });
        }
        let cells = Cells::of(self);
        let parts: Vec<String> = cells
            .list
            .iter()
            .map(|(column, cell)| format!("{}\0{cell}", column.name))
            .collect();
        let uid = content_uid(&parts.iter().map(String::as_bytes).collect::<Vec<_>>());
        let mut card = Card::new(target, &uid);
        let name = name(&cells, &mut card);
        if name.is_none() {
            findings.push(Finding::CardNameless);
        }
        addresses(&cells, &mut card);
        for number in 1..=3 {
            self.email(&cells, number, &mut card, &mut findings);
        }
        google::write(&cells, &mut card, &mut findings);
        let mut taken: HashSet<Place> = HashSet::new();
        for (column, cell) in cells.list.iter().copied() {
            let second = column.place.is_single() && !taken.insert(column.place);
            let other = Column {
                place: Place::Other,
                name: column.name.clone(),
            };
            property(
                &cells,
                if second { &other } else { column },
                cell,
                &mut card,
                &mut findings,
            );
        }
        Item {
            kind: ItemKind::Contact,
            summary: text::summary(name.as_deref().unwrap_or_default()),
            body: Some(card.finish()),
            original: [head, raw].join("\r\n").into_bytes(),
            findings,
            resource_name: resource_name(&uid, "vcf"),
            components: 1,
            uid,
        }
    }

    fn email(&self, cells: &Cells<'_>, number: usize, card: &mut Card, findings: &mut Vec<Finding>) {
        let (address, kind) = (cells.at(Place::Email(number)), cells.at(Place::EmailType(number)));
        let shown = cells.at(Place::EmailName(number));
        if !shown.is_empty() {
            card.text(
                &format!("X-OUTLOOK-FIELD;X-COLUMN=E-mail {number} Display Name"),
                shown,
            );
        }
        if !matches!(kind.to_ascii_uppercase().as_str(), "" | "SMTP" | "EX") {
            card.text(&format!("X-OUTLOOK-FIELD;X-COLUMN=E-mail {number} Type"), kind);
        }
        if address.is_empty() {
            return;
        }
        let ex = kind.eq_ignore_ascii_case("EX") || resolve::is_directory_address(address);
        let mut found = None;
        if ex {
            let finding;
            (found, finding) = resolve::replacement(address, self.addresses);
            findings.push(finding);
        }
        let (ex, address) = match &found {
            Some(smtp) => (false, smtp.as_str()),
            None => (ex, address),
        };
        if ex {
            card.text("EMAIL;TYPE=EX", address);
        } else {
            card.email(address, number == 1);
        }
    }
}

/// Writes `N`, `FN` and `ORG`; gives the name back.
fn name(cells: &Cells<'_>, card: &mut Card) -> Option<String> {
    let part = |place| cells.at(place);
    let words = [
        Place::Prefix,
        Place::Given,
        Place::Additional,
        Place::Family,
        Place::Suffix,
    ]
    .map(part);
    let full = words
        .iter()
        .copied()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let emails = [Place::Email(1), Place::Email(2), Place::Email(3)].map(part);
    let google = part(Place::Numbered(Kind::Email, 1, Part::Value));
    let others = [part(Place::Company)].into_iter().chain(emails).chain([google]);
    let name = [full.as_str(), part(Place::Whole)]
        .into_iter()
        .chain(others)
        .find(|name| !name.is_empty())
        .map(str::to_owned);
    let n = [
        Place::Family,
        Place::Given,
        Place::Additional,
        Place::Prefix,
        Place::Suffix,
    ]
    .map(|p| value::escape(part(p)));
    card.raw("N", &n.join(";"));
    if let Some(name) = &name {
        card.text("FN", name);
    }
    let (company, department) = (part(Place::Company), part(Place::Department));
    if !company.is_empty() || !department.is_empty() {
        let mut organisation = value::escape(company);
        if !department.is_empty() {
            organisation.push(';');
            organisation.push_str(&value::escape(department));
        }
        card.raw("ORG", &organisation);
    }
    name
}

fn addresses(cells: &Cells<'_>, card: &mut Card) {
    for (at, kind) in ["WORK", "HOME", "X-OTHER"].iter().enumerate() {
        let part = |field| cells.at(Place::Address(at, field));
        let street: Vec<&str> = [1, 2, 3]
            .map(part)
            .into_iter()
            .filter(|s| !s.is_empty())
            .collect();
        let parts = [
            part(0).to_owned(),
            String::new(),
            street.join("\n"),
            part(4).to_owned(),
            part(5).to_owned(),
            part(6).to_owned(),
            part(7).to_owned(),
        ];
        if parts.iter().any(|part| !part.is_empty()) {
            let escaped = parts.map(|part| value::escape(&part));
            card.raw(&format!("ADR;TYPE={kind}"), &escaped.join(";"));
        }
    }
}

fn property(cells: &Cells<'_>, column: &Column, cell: &str, card: &mut Card, findings: &mut Vec<Finding>) {
    match column.place {
        Place::Text(property) => card.text(property, cell),
        Place::Phone(types) => card.text(&format!("TEL;TYPE={types}"), cell),
        Place::List(property) => {
            let items: Vec<String> = cell
                .split(';')
                .map(|item| value::escape(item.trim()))
                .filter(|i| !i.is_empty())
                .collect();
            card.raw(property, &items.join(","));
        }
        Place::Date(property) => match date(cell) {
            Day::None => {}
            Day::Known(day) => card.raw(property, &day),
            Day::Ambiguous => {
                findings.push(Finding::CsvDateAmbiguous {
                    column: one_line(&column.name),
                    value: one_line(cell),
                });
                card.keep(&column.name, cell);
            }
        },
        Place::Whole => {
            // It mostly says what the other columns say.
            let parts = [
                Place::Prefix,
                Place::Given,
                Place::Additional,
                Place::Family,
                Place::Suffix,
            ]
            .map(|place| cells.at(place));
            let said = |word: &str| {
                parts
                    .iter()
                    .any(|part| part.split_whitespace().any(|w| w == word))
            };
            let alone = parts.iter().all(|part| part.is_empty());
            if !alone && !cell.split_whitespace().all(said) {
                findings.push(Finding::CsvColumnKept {
                    column: one_line(&column.name),
                });
                card.keep(&column.name, cell);
            }
        }
        Place::Groups => {
            let groups: Vec<String> = google::groups(cell).into_iter().map(value::escape).collect();
            if !groups.is_empty() {
                card.raw("CATEGORIES", &groups.join(","));
            }
        }
        Place::Photo => {
            let head = match card.target {
                Version::V3 => "PHOTO;VALUE=uri",
                Version::V4 => "PHOTO",
            };
            card.raw(head, &cell.replace(['\r', '\n'], ""));
        }
        Place::Private => {
            if !columns::is_false(cell) {
                card.raw(
                    if card.target == Version::V3 {
                        "CLASS"
                    } else {
                        "X-CLASS"
                    },
                    "PRIVATE",
                );
            }
        }
        Place::Other => {
            if !columns::is_default(&column.name, cell) {
                findings.push(Finding::CsvColumnKept {
                    column: one_line(&column.name),
                });
                card.keep(&column.name, cell);
            }
        }
        Place::Prefix
        | Place::Given
        | Place::Additional
        | Place::Family
        | Place::Suffix
        | Place::Company
        | Place::Department
        | Place::Address(..)
        | Place::Email(_)
        | Place::EmailType(_)
        | Place::EmailName(_)
        | Place::Numbered(..) => {}
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
