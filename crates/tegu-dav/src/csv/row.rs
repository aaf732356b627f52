//! One row -> one card.

use std::collections::HashSet;

use super::cells::{Cells, Day, date};
use super::columns::{self, Column, Kind, Part, Place};
use super::google;
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
        let cells = Cells::of(self.columns, self.record);
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
