//! Contacts in CSV as Outlook and Google Contacts export them, in English and in Russian: one item per row.
//!
//! Columns are known by their names, because their order differs between versions. A filled column
//! that vCard has no property for is kept as `X-OUTLOOK-FIELD;X-COLUMN=name:value`.

mod cells;
mod columns;
mod google;
mod row;

use std::borrow::Cow;

use self::columns::{Column, Place};
use self::row::Row;
use crate::error::{Error, ErrorKind};
use crate::resolve::Lookup;
use crate::vcard::{self, Version};
use crate::{Finding, Limits, Result, Split, line, text};

/// Bytes of a header that are repeated in each row's original.
const MOST_HEADER: usize = 16 << 10;

/// Reads contacts that Outlook or Google Contacts exported as CSV. The original of an item is the header and its row.
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
/// [`ErrorKind::Malformed`] if the first row is not the header of a contact export, and
/// [`ErrorKind::Limit`] if the file exceeds a limit.
pub fn contacts(bytes: &[u8], limits: &Limits) -> Result<Split> {
    contacts_as(bytes, Version::V3, limits)
}

/// As [`contacts`], writing cards in the given version.
///
/// # Errors
///
/// As [`contacts`].
pub fn contacts_as(bytes: &[u8], target: Version, limits: &Limits) -> Result<Split> {
    contacts_with(bytes, target, None, limits)
}

/// As [`contacts_as`], and finds mail addresses for Exchange directory addresses.
///
/// # Errors
///
/// As [`contacts`].
pub fn contacts_with(
    bytes: &[u8],
    target: Version,
    addresses: Option<&dyn Lookup>,
    limits: &Limits,
) -> Result<Split> {
    if bytes.len() > limits.max_input {
        return Err(line::limit(format_args!("{} bytes", bytes.len()), "max_input"));
    }
    let bytes = text::strip_encoding(bytes);
    let mut out = Split::default();
    let text = decode(&bytes, &mut out.findings)?;
    let (delimiter, columns) = header(&text, limits)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut record = ::csv::StringRecord::new();
    let mut starts = 0;
    let mut empty = 0;
    let mut head: Option<&str> = None;
    loop {
        let more = reader.read_record(&mut record);
        let more = more.map_err(|e| {
            Error::new(ErrorKind::Malformed, &e)
                .doing("read", "a CSV file")
                .with_source(e)
        })?;
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let raw = text.get(starts..end).unwrap_or_default();
        starts = end;
        if !more {
            break;
        }
        let raw = raw.trim_matches(['\r', '\n']);
        let Some(head) = head else {
            // Without its header a row tells a person little; a huge one is not repeated.
            head = Some(if raw.len() <= MOST_HEADER { raw } else { "" });
            continue;
        };
        if raw.len() > limits.max_line {
            return Err(line::limit("a CSV row", "max_line"));
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            empty += 1;
            continue;
        }
        if out.items.len() >= limits.max_lines {
            return Err(line::limit("CSV rows", "max_lines"));
        }
        let number = record
            .position()
            .map_or(0, |p| usize::try_from(p.line()).unwrap_or(usize::MAX));
        out.items.push(
            Row {
                columns: &columns,
                record: &record,
                number,
                addresses,
            }
            .item(target, head, raw),
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
            ErrorKind::Malformed,
            "it is neither UTF-8 nor of a code page that can be recognised",
        )
        .doing("read", "a CSV file")),
    }
}

/// The delimiter under which the first row has most known columns.
fn header(text: &str, limits: &Limits) -> Result<(u8, Vec<Column>)> {
    let mut best: Option<(usize, u8, Vec<Column>)> = None;
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = ::csv::StringRecord::new();
        if !reader.read_record(&mut record).unwrap_or(false) {
            continue;
        }
        if record.len() > limits.max_columns {
            return Err(line::limit("the header of a CSV file", "max_columns"));
        }
        let columns: Vec<Column> = record.iter().map(columns::column).collect();
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
            ErrorKind::Malformed,
            "the first row is not the header of a contact export of Outlook or Google",
        )
        .doing("read", "a CSV file")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::Item;

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
    fn a_quote_that_never_closes_is_named() {
        let file = "First Name,Last Name\r\nA,\"B\r\nC,D\r\n";
        let split = contacts(file.as_bytes(), &Limits::default()).unwrap();
        assert!(split.items.iter().all(Item::is_lossy));
        assert_eq!(split.items[0].original, b"First Name,Last Name\r\nA,\"B\r\nC,D");
    }

    #[test]
    fn other_tables_are_refused() {
        for file in ["", "a,b\n1,2\n", "Subject,Start Date,End Date\nx,1,2\n"] {
            assert_eq!(
                contacts(file.as_bytes(), &Limits::default()).unwrap_err().kind(),
                ErrorKind::Malformed
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
