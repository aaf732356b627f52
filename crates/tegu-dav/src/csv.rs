//! Contacts in CSV as Outlook exports them, in English and in Russian: one item per row.
//!
//! Columns are known by their names, because their order differs between versions. A filled column
//! that vCard has no property for is kept as `X-OUTLOOK-FIELD;X-COLUMN=name:value`.

use std::borrow::Cow;

use crate::csv_columns::{self, Column, Place};
use crate::error::{Error, ErrorKind, one_line};
use crate::item::{content_uid, resource_name};
use crate::vcard::{self, Version};
use crate::{Finding, Item, ItemKind, Limits, Result, Split, check, line, text, value};

/// Reads an Outlook contact export.
///
/// ```
/// use tegu_dav::{Limits, csv};
///
/// let file = "\"Имя\";\"Фамилия\";\"Адрес эл. почты\"\r\n\"Иван\";\"Петров\";\"petrov@example.org\"\r\n";
/// let split = csv::contacts(file.as_bytes(), &Limits::default())?;
/// assert_eq!(split.items[0].summary, "Иван Петров");
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Unreadable`] if the first row is no header of a contact export, and
/// [`ErrorKind::Limit`].
pub fn contacts(bytes: &[u8], limits: &Limits) -> Result<Split> {
    contacts_as(bytes, Version::V3, limits)
}

/// As [`contacts`], in another version of vCard.
///
/// # Errors
///
/// As [`contacts`].
pub fn contacts_as(bytes: &[u8], target: Version, limits: &Limits) -> Result<Split> {
    if bytes.len() > limits.max_input {
        return Err(line::limit(format!("reading {} bytes", bytes.len()), "max_input"));
    }
    let bytes = text::strip_encoding(bytes);
    let mut out = Split::default();
    let text = decode(&bytes, &mut out.findings)?;
    let (delimiter, columns) = header(&text, limits)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut starts = 0;
    let mut empty = 0;
    let mut first = true;
    loop {
        let more = reader.read_record(&mut record);
        let more =
            more.map_err(|e| Error::new(ErrorKind::Unreadable, "reading a CSV file").with_source(e))?;
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let raw = text.get(starts..end).unwrap_or_default();
        starts = end;
        if !more {
            break;
        }
        if std::mem::take(&mut first) {
            continue;
        }
        if raw.len() > limits.max_line {
            return Err(line::limit("reading a CSV row".into(), "max_line"));
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            empty += 1;
            continue;
        }
        if out.items.len() >= limits.max_lines {
            return Err(line::limit("reading CSV rows".into(), "max_lines"));
        }
        let number = record
            .position()
            .map_or(0, |p| usize::try_from(p.line()).unwrap_or(usize::MAX));
        out.items.push(
            Row {
                columns: &columns,
                record: &record,
                number,
            }
            .item(target, raw.trim_matches(['\r', '\n'])),
        );
    }
    if empty > 0 {
        out.findings.push(Finding::CsvRowsEmpty { rows: empty });
    }
    vcard::merge(&mut out.items);
    Ok(out)
}

fn decode<'b>(bytes: &'b [u8], findings: &mut Vec<Finding>) -> Result<Cow<'b, str>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let lines = bytes.split(|&b| b == b'\n');
    match line::guess_for(lines.clone()) {
        Some(guess) if guess.certain => {
            let bad = lines.filter(|line| std::str::from_utf8(line).is_err()).count();
            findings.push(Finding::CharsetGuessed {
                charset: guess.encoding.name().into(),
                lines: bad,
            });
            Ok(Cow::Owned(
                guess.encoding.decode_without_bom_handling(bytes).0.into_owned(),
            ))
        }
        _ => Err(Error::new(
            ErrorKind::Unreadable,
            "reading a CSV file: neither UTF-8 nor a code page that can be told",
        )),
    }
}

/// The delimiter under which the first row has most known columns.
fn header(text: &str, limits: &Limits) -> Result<(u8, Vec<Column>)> {
    let mut best: Option<(usize, u8, Vec<Column>)> = None;
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        if !reader.read_record(&mut record).unwrap_or(false) {
            continue;
        }
        if record.len() > limits.max_columns {
            return Err(line::limit(
                "reading the header of a CSV file".into(),
                "max_columns",
            ));
        }
        let columns: Vec<Column> = record.iter().map(csv_columns::column).collect();
        let known = columns
            .iter()
            .filter(|column| column.place != Place::Other)
            .count();
        if best.as_ref().is_none_or(|(most, ..)| known > *most) {
            best = Some((known, delimiter, columns));
        }
    }
    match best {
        Some((known, delimiter, columns)) if known >= 2 => Ok((delimiter, columns)),
        _ => Err(Error::new(
            ErrorKind::Unreadable,
            "reading contacts: the first row is not the header of an Outlook contact export",
        )),
    }
}

struct Row<'r> {
    columns: &'r [Column],
    record: &'r csv::StringRecord,
    number: usize,
}

impl Row<'_> {
    /// The filled cells with their columns.
    fn cells(&self) -> impl Iterator<Item = (&Column, &str)> {
        self.columns
            .iter()
            .zip(self.record)
            .map(|(column, cell)| (column, cell.trim()))
            .filter(|(_, cell)| !cell.is_empty())
    }

    fn cell(&self, place: Place) -> &str {
        self.cells()
            .find(|(column, _)| column.place == place)
            .map_or("", |(_, cell)| cell)
    }

    fn item(&self, target: Version, raw: &str) -> Item {
        let mut findings = Vec::new();
        let filled = self
            .record
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.trim().is_empty())
            .map(|(at, _)| at + 1)
            .last()
            .unwrap_or(0);
        if filled > self.columns.len() {
            findings.push(Finding::CsvRowBroken {
                line: self.number,
                cells: filled,
                columns: self.columns.len(),
            });
        }
        if text::has_control(&raw.replace(['\r', '\n'], " ")) {
            findings.push(Finding::ControlCharacter { line: self.number });
        }
        let parts: Vec<String> = self
            .cells()
            .map(|(column, cell)| format!("{}\0{cell}", column.name))
            .collect();
        let uid = content_uid(&parts.iter().map(String::as_bytes).collect::<Vec<_>>());
        let mut card = Card {
            body: b"BEGIN:VCARD\r\n".to_vec(),
            target,
        };
        card.raw("VERSION", target.number());
        card.raw("UID", &uid);
        let name = self.name(&mut card);
        if name.is_none() {
            findings.push(Finding::CardNameless);
        }
        self.addresses(&mut card);
        for number in 1..=3 {
            self.email(number, &mut card, &mut findings);
        }
        let mut taken: Vec<Place> = Vec::new();
        for (column, cell) in self.cells() {
            let second = column.place.is_single() && taken.contains(&column.place);
            let other = Column {
                place: Place::Other,
                name: column.name.clone(),
            };
            self.property(
                if second { &other } else { column },
                cell,
                &mut card,
                &mut findings,
            );
            taken.push(column.place);
        }
        card.body.extend_from_slice(b"END:VCARD\r\n");
        Item {
            kind: ItemKind::Contact,
            summary: text::summary(name.as_deref().unwrap_or_default()),
            body: Some(card.body),
            original: raw.as_bytes().to_vec(),
            findings,
            resource_name: resource_name(&uid, "vcf"),
            components: 1,
            uid,
        }
    }

    /// Writes `N`, `FN` and `ORG`; gives the name back.
    fn name(&self, card: &mut Card) -> Option<String> {
        let part = |place| self.cell(place);
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
        let others = [part(Place::Company)].into_iter().chain(emails);
        let name = std::iter::once(full.as_str())
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

    fn addresses(&self, card: &mut Card) {
        for (at, kind) in ["WORK", "HOME", "X-OTHER"].iter().enumerate() {
            let part = |field| self.cell(Place::Address(at, field));
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

    fn email(&self, number: usize, card: &mut Card, findings: &mut Vec<Finding>) {
        let (address, kind) = (
            self.cell(Place::Email(number)),
            self.cell(Place::EmailType(number)),
        );
        let shown = self.cell(Place::EmailName(number));
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
        let ex = kind.eq_ignore_ascii_case("EX") || check::is_directory_address(address);
        if ex {
            findings.push(Finding::AddressX500 {
                address: one_line(address),
            });
        }
        let property = match (ex, number, card.target) {
            (true, ..) => "EMAIL;TYPE=EX",
            (false, 1, Version::V3) => "EMAIL;TYPE=INTERNET,PREF",
            (false, 1, Version::V4) => "EMAIL;PREF=1",
            (false, _, Version::V3) => "EMAIL;TYPE=INTERNET",
            (false, _, Version::V4) => "EMAIL",
        };
        card.text(property, address);
    }

    fn property(&self, column: &Column, cell: &str, card: &mut Card, findings: &mut Vec<Finding>) {
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
                    card.keep(column, cell);
                }
            },
            Place::Private => {
                if !csv_columns::is_false(cell) {
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
                if !csv_columns::is_default(&column.name, cell) {
                    findings.push(Finding::CsvColumnKept {
                        column: one_line(&column.name),
                    });
                    card.keep(column, cell);
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
            | Place::EmailName(_) => {}
        }
    }
}

struct Card {
    body: Vec<u8>,
    target: Version,
}

impl Card {
    fn raw(&mut self, head: &str, value: &str) {
        line::write(&mut self.body, &format!("{head}:{value}"));
    }

    fn text(&mut self, head: &str, text: &str) {
        self.raw(head, &value::escape(text));
    }

    fn keep(&mut self, column: &Column, cell: &str) {
        let name: String = column.name.chars().filter(|c| !c.is_control()).collect();
        self.text(&format!("X-OUTLOOK-FIELD;X-COLUMN={}", vcard::param(&name)), cell);
    }
}

enum Day {
    None,
    Known(String),
    Ambiguous,
}

/// Dates by their separators: `5.3.1980` is the fifth of March, `1980-03-05` likewise, and of
/// `3/5/1980` nobody knows.
fn date(cell: &str) -> Day {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn body(item: &Item) -> String {
        String::from_utf8(item.body.clone().unwrap())
            .unwrap()
            .replace("\r\n ", "")
    }

    #[test]
    fn english_with_commas() {
        let file = "Title,First Name,Last Name,Company,Business Street,Business City,Business Phone,Mobile Phone,Birthday,E-mail Address,E-mail Type,Categories,Account,Notes,Private\r\n\
                    Dr.,Anna,\"O\"\"Neil\",\"A, B\",\"Line 1\r\nLine 2\",London,1,2,5/31/1980,a@example.org,SMTP,Red;Blue,acc,\"x; y\",True\r\n,,,,,,,,,,,,,,\r\n";
        let split = contacts(file.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(split.items.len(), 1);
        let body = body(&split.items[0]);
        for expected in [
            "N:O\"Neil;Anna;;Dr.;\r\n",
            "FN:Dr. Anna O\"Neil\r\n",
            "ORG:A\\, B\r\n",
            "ADR;TYPE=WORK:;;Line 1\\nLine 2;London;;;\r\n",
            "TEL;TYPE=WORK,VOICE:1\r\n",
            "TEL;TYPE=CELL:2\r\n",
            "BDAY:1980-05-31\r\n",
            "EMAIL;TYPE=INTERNET,PREF:a@example.org\r\n",
            "CATEGORIES:Red,Blue\r\n",
            "X-OUTLOOK-FIELD;X-COLUMN=Account:acc\r\n",
            "NOTE:x\\; y\r\n",
            "CLASS:PRIVATE\r\n",
        ] {
            assert!(body.contains(expected), "{expected} in {body}");
        }
        assert!(!split.items[0].is_lossy());
        assert!(matches!(split.findings[..], [Finding::CsvRowsEmpty { rows: 1 }]));
    }

    #[test]
    fn russian_with_semicolons_in_windows_1251() {
        let file = "\"Имя\";\"Фамилия\";\"Улица  2 (другой адрес)\";\"Телефон переносной\";\"День рождения\";\"Адрес эл. почты\";\"Тип эл. почты\";\"Важность\";\"Частное\"\r\n\
                    \"Иван\";\"Петров\";\"корп. 2\";\"+7\";\"5.3.1980\";\"/o=Org/ou=A/cn=Recipients/cn=p\";\"EX\";\"Обычная\";\"Ложь\"\r\n";
        let bytes = encoding_rs::WINDOWS_1251.encode(file).0.into_owned();
        let split = contacts(&bytes, &Limits::default()).unwrap();
        let item = &split.items[0];
        let body = body(item);
        for expected in [
            "N:Петров;Иван;;;\r\n",
            "ADR;TYPE=X-OTHER:;;корп. 2;;;;\r\n",
            "TEL;TYPE=CELL:+7\r\n",
            "BDAY:1980-03-05\r\n",
        ] {
            assert!(body.contains(expected), "{expected} in {body}");
        }
        assert!(!body.contains("Обычная") && !body.contains("CLASS"));
        assert_eq!(
            item.findings.iter().map(Finding::code).collect::<Vec<_>>(),
            ["DAV-ADDRESS-X500"]
        );
        assert_eq!(
            split.findings.iter().map(Finding::code).collect::<Vec<_>>(),
            ["DAV-CHARSET-GUESSED"]
        );
    }

    #[test]
    fn doubtful_rows_are_named() {
        let file = "First Name,Last Name,Birthday\r\nA,B,3/4/1980\r\nC,D,,E\r\n,,0/0/00\r\nA,B,3/4/1980\r\n";
        let split = contacts(file.as_bytes(), &Limits::default()).unwrap();
        let codes: Vec<Vec<_>> = split
            .items
            .iter()
            .map(|i| i.findings.iter().map(Finding::code).collect())
            .collect();
        assert_eq!(
            codes,
            [
                vec!["DAV-CSV-DATE", "DAV-DUPLICATE-IDENTICAL"],
                vec!["DAV-CSV-ROW"],
                vec!["DAV-CARD-NAMELESS"]
            ]
        );
    }

    #[test]
    fn other_tables_are_refused() {
        for file in ["", "a,b\n1,2\n", "Subject,Start Date,End Date\nx,1,2\n"] {
            assert_eq!(
                contacts(file.as_bytes(), &Limits::default()).unwrap_err().kind(),
                ErrorKind::Unreadable
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_rows_make_it_panic(rows in "[\"a0./,;\\r\\n\u{0}é]{0,80}") {
            let _ = contacts(format!("First Name,Birthday,E-mail Address\r\n{rows}").as_bytes(), &Limits::default());
        }
    }
}
