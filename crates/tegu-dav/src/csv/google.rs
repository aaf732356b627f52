//! Columns of Google Contacts that belong together by their number: `E-mail 1 - Label`, `E-mail 1 - Value`.
//!
//! Google writes the names of columns in English. Programs that translate them do so in the words given here. Labels are in the
//! language of the account.

use std::collections::HashSet;

use super::cells::{Cells, Day, date};
use super::columns::{Kind, Part, Place};
use crate::error::one_line;
use crate::vcard::Version;
use crate::vcard::write::Card;
use crate::{Finding, value};

/// Several values in one cell.
const BETWEEN: &str = " ::: ";

/// Writes what is numbered.
pub(super) fn write(cells: &Cells<'_>, card: &mut Card, findings: &mut Vec<Finding>) {
    let mut writer = Writer {
        cells,
        card,
        findings,
        groups: 0,
    };
    let mut done: HashSet<(Kind, u16)> = HashSet::new();
    for (column, _) in &cells.list {
        if let Place::Numbered(kind, number, _) = column.place
            && done.insert((kind, number))
        {
            writer.numbered(kind, number);
        }
    }
}

/// The labels of a contact, without the one that every contact has.
pub(super) fn groups(cell: &str) -> Vec<&str> {
    cell.split(BETWEEN)
        .map(|group| group.trim().trim_start_matches("* ").trim())
        .filter(|group| !group.is_empty() && *group != "myContacts")
        .collect()
}

struct Writer<'w, 'r> {
    cells: &'w Cells<'r>,
    card: &'w mut Card,
    findings: &'w mut Vec<Finding>,
    /// How many labels of their own were written.
    groups: usize,
}

impl Writer<'_, '_> {
    fn numbered(&mut self, kind: Kind, number: u16) {
        let cells = self.cells;
        let cell = |part| cells.at(Place::Numbered(kind, number, part));
        let (starred, label) = label(cell(Part::Label));
        let values = || {
            cell(Part::Value)
                .split(BETWEEN)
                .map(str::trim)
                .filter(|value| !value.is_empty())
        };
        match kind {
            Kind::Email => {
                for address in values() {
                    let (types, own) = types(label, PLACES);
                    let internet = ["INTERNET"]
                        .iter()
                        .filter(|_| self.card.target == Version::V3)
                        .copied();
                    let types: Vec<&str> = internet.chain(types).collect();
                    self.property("EMAIL", &types, starred, own, &value::escape(address));
                }
            }
            Kind::Phone => {
                for phone in values() {
                    let (types, own) = types(label, PHONES);
                    self.property("TEL", &Vec::from_iter(types), starred, own, &value::escape(phone));
                }
            }
            Kind::Website => {
                for site in values() {
                    let (_, own) = types(label, PLACES);
                    self.property("URL", &[], false, own, &site.replace(['\r', '\n'], ""));
                }
            }
            Kind::Address => self.address(number, starred, label),
            Kind::Relation => match label.to_lowercase().as_str() {
                "spouse" | "partner" | "супруг" | "супруга" | "супруг(а)" => {
                    self.card.text("X-SPOUSE", cell(Part::Value));
                }
                "manager" | "руководитель" => self.card.text("X-MANAGER", cell(Part::Value)),
                "assistant" | "помощник" => self.card.text("X-ASSISTANT", cell(Part::Value)),
                _ => self.keep(kind, number),
            },
            Kind::Event => match (label.to_lowercase().as_str(), date(cell(Part::Value))) {
                ("anniversary" | "годовщина", Day::Known(day)) => {
                    self.card.raw("X-ANNIVERSARY", &day);
                }
                _ => self.keep(kind, number),
            },
            Kind::Field | Kind::Messenger => self.keep(kind, number),
        }
        // A label of nothing says nothing but itself.
        let empty = kind != Kind::Address && cell(Part::Value).is_empty();
        if empty && !label.is_empty() && !matches!(kind, Kind::Field | Kind::Messenger) {
            self.keep(kind, number);
        }
    }

    fn address(&mut self, number: u16, starred: bool, label: &str) {
        let cells = self.cells;
        let cell = |part| cells.at(Place::Numbered(Kind::Address, number, part));
        let mut parts: Vec<&str> = (0..7).map(|at| cell(Part::Adr(at))).collect();
        let formatted = cell(Part::Formatted);
        let missing = |word: &&str| !parts.iter().any(|part| part.contains(*word));
        if parts.iter().all(|part| part.is_empty()) {
            if let Some(street) = parts.get_mut(2) {
                *street = formatted;
            }
        } else if formatted
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
            .any(|word| missing(&word))
        {
            self.kept(&format!("Address {number} - Formatted"), formatted);
        }
        if parts.iter().all(|part| part.is_empty()) {
            if !label.is_empty() {
                self.keep(Kind::Address, number);
            }
            return;
        }
        let (types, own) = types(label, PLACES);
        let escaped: Vec<String> = parts.iter().map(|part| value::escape(part)).collect();
        self.property("ADR", &Vec::from_iter(types), starred, own, &escaped.join(";"));
    }

    /// Writes a property, with a label of its own where no type says the same.
    fn property(&mut self, name: &str, types: &[&str], preferred: bool, label: Option<&str>, value: &str) {
        let mut types = types.to_vec();
        let mut head = String::new();
        if let Some(label) = label {
            self.groups += 1;
            head = format!("item{}.", self.groups);
            self.card.text(&format!("{head}X-ABLabel"), label);
        }
        head.push_str(name);
        let version = self.card.target;
        if preferred && version == Version::V3 {
            types.push("PREF");
        }
        if !types.is_empty() {
            head.push_str(&format!(";TYPE={}", types.join(",")));
        }
        if preferred && version == Version::V4 {
            head.push_str(";PREF=1");
        }
        self.card.raw(&head, value);
    }

    /// Keeps all cells of something that has no property of its own.
    fn keep(&mut self, kind: Kind, number: u16) {
        for at in self.cells.numbered.get(&(kind, number)).into_iter().flatten() {
            if let Some((column, cell)) = self.cells.list.get(*at) {
                self.kept(&column.name, cell);
            }
        }
    }

    fn kept(&mut self, name: &str, cell: &str) {
        self.findings.push(Finding::CsvColumnKept {
            column: one_line(name),
        });
        self.card.keep(name, cell);
    }
}

/// Whether a label is marked as the preferred one, and what it says.
fn label(cell: &str) -> (bool, &str) {
    match cell.strip_prefix('*') {
        Some(label) => (true, label.trim()),
        None => (false, cell),
    }
}

type Labels = &'static [(&'static [&'static str], &'static str)];

const PLACES: Labels = &[
    (&["", "other", "другой", "другое"], ""),
    (&["work", "business", "рабочий", "работа"], "WORK"),
    (&["home", "домашний", "дом"], "HOME"),
];

const PHONES: Labels = &[
    (&["", "other", "другой"], "VOICE"),
    (&["mobile", "мобильный"], "CELL"),
    (&["work", "рабочий"], "WORK,VOICE"),
    (&["home", "домашний"], "HOME,VOICE"),
    (&["main", "основной"], "VOICE,X-MAIN"),
    (&["work fax", "workfax", "рабочий факс"], "WORK,FAX"),
    (&["home fax", "homefax", "домашний факс"], "HOME,FAX"),
    (&["pager", "пейджер"], "PAGER"),
];

/// The types that a label stands for; or the label itself, where it stands for none.
fn types(label: &str, known: Labels) -> (Option<&'static str>, Option<&str>) {
    let wanted = label.to_lowercase();
    match known.iter().find(|(names, _)| names.contains(&wanted.as_str())) {
        Some((_, types)) => (Some(*types).filter(|types| !types.is_empty()), None),
        None => (None, Some(label)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::vcard::Version;
    use crate::{Finding, Item, Limits, csv};

    const HEADER: &str = "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Relation 1 - Label,Relation 1 - Value,Website 1 - Label,Website 1 - Value,Event 1 - Label,Event 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value\r\n";

    fn body(item: &Item) -> String {
        let body = String::from_utf8(item.body.clone().unwrap()).unwrap();
        assert!(item.is_lossy() || crate::strict::card(body.as_bytes()).is_ok());
        body.replace("\r\n ", "")
    }

    #[test]
    fn a_table_of_today() {
        let row = "Anna,M.,Petrova,Ana,Dr.,,Anya,\"Petrova, A\",\"A, B\",Boss,Sales,1980-05-31,\"x\ny\",https://p.example/1,* myContacts ::: Friends,* Work,a@example.org,Second,b@example.org ::: c@example.org,Mobile,1 ::: 2,Рабочий факс,3,Home,\"Street 1\nTown, 100\nRU\",Street 1,Town,,,100,RU,,Spouse,Ivan,Blog,http://w.example,Anniversary,2001-02-03,Size,42\r\n";
        for version in [Version::V3, Version::V4] {
            let split =
                csv::contacts_as(format!("{HEADER}{row}").as_bytes(), version, &Limits::default()).unwrap();
            let item = &split.items[0];
            assert!(!item.is_lossy());
            let body = body(item);
            for expected in [
                "N:Petrova;Anna;M.;Dr.;\r\n",
                "FN:Dr. Anna M. Petrova\r\n",
                "ORG:A\\, B;Sales\r\n",
                "TITLE:Boss\r\n",
                "NICKNAME:Anya\r\n",
                "BDAY:1980-05-31\r\n",
                "NOTE:x\\ny\r\n",
                "CATEGORIES:Friends\r\n",
                ":a@example.org\r\n",
                ":b@example.org\r\n",
                ":c@example.org\r\n",
                "X-ABLabel:Second\r\n",
                "TEL;TYPE=CELL:1\r\n",
                "TEL;TYPE=CELL:2\r\n",
                "TEL;TYPE=WORK,FAX:3\r\n",
                "ADR;TYPE=HOME:;;Street 1;Town;;100;RU\r\n",
                "X-SPOUSE:Ivan\r\n",
                "URL:http://w.example\r\n",
                "X-ABLabel:Blog\r\n",
                "X-ANNIVERSARY:2001-02-03\r\n",
                "https://p.example/1\r\n",
                ":42\r\n",
                ":Ana\r\n",
                ":Size\r\n",
            ] {
                assert!(body.contains(expected), "{expected} in {body}");
            }
            assert!(
                body.contains(if version == Version::V3 {
                    "EMAIL;TYPE=INTERNET,WORK,PREF:a@"
                } else {
                    "EMAIL;TYPE=WORK;PREF=1:a@"
                }),
                "{body}"
            );
            assert!(!body.contains("myContacts") && !body.contains("Formatted"));
        }
    }

    #[test]
    fn tables_of_earlier_years_and_in_russian() {
        let old = "Name,Given Name,Additional Name,Family Name,Name Prefix,Birthday,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,IM 1 - Type,IM 1 - Service,IM 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,Organization 1 - Title\r\nIvan Petrov,Ivan,,Petrov,, --05-31,,* Friends ::: * myContacts,* Home,a@b.c,Other,Jabber,j@b.c,Main,1,Org,Boss\r\n,,,,,,,,Home,,,,,,,,\r\n";
        let split = csv::contacts(old.as_bytes(), &Limits::default()).unwrap();
        let text = body(&split.items[0]);
        for expected in [
            "N:Petrov;Ivan;;;\r\n",
            "FN:Ivan Petrov\r\n",
            "EMAIL;TYPE=INTERNET,HOME,PREF:a@b.c",
            ":j@b.c\r\n",
            ":Jabber\r\n",
            "TEL;TYPE=VOICE,X-MAIN:1",
            "ORG:Org\r\n",
            "TITLE:Boss",
            "CATEGORIES:Friends",
            ":--05-31\r\n",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        // A row with nothing but a label is not lost either.
        assert!(split.items[1].is_lossy() && body(&split.items[1]).contains(":Home"));
        let russian = "Имя,Отчество,Фамилия,Ярлыки,Эл. почта 1 - Ярлык,Эл. почта 1 - Значение,Телефон 1 – Ярлык,Телефон 1 – Значение,Адрес 1 - Город\r\nИван,П.,Петров,* myContacts,Рабочий,a@b.c,Мобильный,1,Томск\r\n";
        let split = csv::contacts(russian.as_bytes(), &Limits::default()).unwrap();
        let text = body(&split.items[0]);
        for expected in [
            "N:Петров;Иван;П.;;\r\n",
            "EMAIL;TYPE=INTERNET,WORK:a@b.c",
            "TEL;TYPE=CELL:1",
            "ADR:;;;Томск;;;\r\n",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }

    /// Whatever is in the cells, each of them is in the card.
    #[test]
    fn no_cell_vanishes() {
        let columns: Vec<&str> = HEADER.trim().split(',').collect();
        for (at, column) in columns.iter().enumerate() {
            let cell = if *column == "Birthday" {
                "1980-05-31"
            } else {
                "c311"
            };
            let row: Vec<&str> = (0..columns.len())
                .map(|index| if index == at { cell } else { "" })
                .collect();
            let split = csv::contacts(
                format!("{HEADER}{}\r\n", row.join(",")).as_bytes(),
                &Limits::default(),
            )
            .unwrap();
            assert!(body(&split.items[0]).contains(cell), "{column}");
            let kept = split.items[0]
                .findings
                .iter()
                .any(|finding| matches!(finding, Finding::CsvColumnKept { .. }));
            assert!(
                !kept || body(&split.items[0]).contains("X-OUTLOOK-FIELD"),
                "{column}"
            );
        }
    }
}
