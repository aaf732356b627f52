//! Contacts: vCard 2.1, 3.0 and 4.0 in, 3.0 or 4.0 out.
//!
//! A card that is 3.0 or 4.0 already keeps its version, because servers store both and a change of
//! version would only lose; its lines are sent as they stood, but for the repairs that are listed. A
//! 2.1 card, or one that does not say what it is, is written anew in the version asked for: code
//! pages and quoted-printable become UTF-8, nameless parameters get their names, and unknown
//! properties and parameters stay where they were.

mod card;
pub(crate) mod convert;
mod downgrade;
mod duplicates;
mod lines;
pub(crate) mod write;

pub use downgrade::to_version_3;
pub use duplicates::mark_duplicates;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use self::card::Reading;
use self::lines::CardLine;
use crate::error::{Error, ErrorKind, one_line};
use crate::resolve::Lookup;
use crate::{Finding, Item, Limits, Result, Split, content, line, text};

/// The version in which 2.1 cards and CSV rows are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Version {
    /// vCard 3.0 (RFC 2426), which every server accepts.
    #[default]
    V3,
    /// vCard 4.0 (RFC 6350).
    V4,
}

impl Version {
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::V3 => "3.0",
            Self::V4 => "4.0",
        }
    }
}

/// Reads a file of vCards: one item per card.
///
/// ```
/// use tegu_dav::{Limits, vcard};
///
/// let card = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED\r\nEND:VCARD\r\n";
/// let split = vcard::cards(card, vcard::Version::V3, &Limits::default())?;
/// let body = split.items[0].body.as_deref().unwrap();
/// assert!(std::str::from_utf8(body).unwrap().contains("FN:Иван\r\n"));
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Malformed`] if the file has no card, and [`ErrorKind::Limit`] if it exceeds a limit.
pub fn cards(bytes: &[u8], target: Version, limits: &Limits) -> Result<Split> {
    cards_with(bytes, target, None, limits)
}

/// As [`cards`], and finds mail addresses for Exchange directory addresses in `EMAIL` properties and in members
/// of lists.
///
/// ```
/// use tegu_dav::{Limits, resolve::Table, vcard};
///
/// let card = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Petrova;Anna\r\nEMAIL;EX:/o=Org/ou=First/cn=Recipients/cn=anna\r\nEND:VCARD\r\n";
/// let table = Table::new([("/o=Org/ou=First/cn=Recipients/cn=anna", "anna@example.org")]);
/// let split = vcard::cards_with(card, vcard::Version::V3, Some(&table), &Limits::default())?;
/// let body = split.items[0].body.as_deref().unwrap();
/// assert!(std::str::from_utf8(body).unwrap().contains("EMAIL;TYPE=INTERNET:anna@example.org\r\n"));
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// As [`cards`].
pub fn cards_with(
    bytes: &[u8],
    target: Version,
    addresses: Option<&dyn Lookup>,
    limits: &Limits,
) -> Result<Split> {
    let source = text::strip_encoding(bytes);
    let whole = simdutf8::basic::from_utf8(&source).ok();
    let mut out = Split::default();
    let guess = match whole {
        Some(_) => None,
        None => guess(&source, limits, &mut out.findings)?,
    };
    let mut lines = lines::read(&source, whole, limits)?;
    let mut junk: Vec<CardLine<'_>> = Vec::new();
    let mut card: Option<Reading<'_>> = None;
    let mut found = false;
    for line in &mut lines {
        let line = line?;
        let word = keyword(&line);
        match (&mut card, word) {
            (None, Some(Keyword::Begin)) => {
                found = true;
                card = Some(Reading {
                    lines: vec![line],
                    depth: 1,
                    nested: false,
                });
            }
            (None, _) => junk.push(line),
            (Some(reading), word) => {
                reading.lines.push(line);
                match word {
                    Some(Keyword::Begin) => {
                        reading.depth += 1;
                        reading.nested = true;
                    }
                    Some(Keyword::End) => reading.depth -= 1,
                    None => {}
                }
                if reading.depth == 0
                    && let Some(reading) = card.take()
                {
                    out.items
                        .push(reading.item(target, addresses, guess, limits, true));
                }
            }
        }
    }
    if lines.blank > 0 {
        out.findings
            .push(Finding::RepairBlankLines { lines: lines.blank });
    }
    if let Some(reading) = card {
        out.items
            .push(reading.item(target, addresses, guess, limits, false));
    }
    if !found {
        return Err(Error::new(ErrorKind::Malformed, "it holds no card").doing("read", "a vCard file"));
    }
    merge(&mut out.items);
    if let Some(first) = junk.first() {
        let finding = Finding::JunkLine {
            line: first.number,
            text: one_line(&String::from_utf8_lossy(&first.bytes)),
        };
        let bytes: Vec<&[u8]> = junk.iter().map(|line| line.raw).collect();
        out.items
            .push(Item::remainder(&bytes.join(&b"\r\n"[..]), finding));
    }
    Ok(out)
}

/// The code page of the lines that name none and are not UTF-8.
fn guess(source: &[u8], limits: &Limits, findings: &mut Vec<Finding>) -> Result<Option<text::Guess>> {
    let lines: Vec<CardLine<'_>> = lines::read(source, None, limits)?.collect::<Result<_>>()?;
    let silent = lines.iter().filter(|line| !declares_charset(line));
    let guess = line::guess_for(silent.map(|line| &*line.bytes));
    if let Some(guess) = guess.filter(|guess| guess.certain) {
        let bad = |line: &&CardLine<'_>| std::str::from_utf8(&line.bytes).is_err();
        findings.push(Finding::CharsetGuessed {
            charset: guess.encoding.name().into(),
            lines: lines.iter().filter(bad).count(),
        });
    }
    Ok(guess)
}

/// The same card twice is one item; different cards of one UID all go to a person, since only he
/// knows which is right.
pub(crate) fn merge(items: &mut Vec<Item>) {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(items.len());
    let mut again: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        match first.entry(&item.uid) {
            Entry::Vacant(entry) => {
                entry.insert(index);
            }
            Entry::Occupied(entry) => again.entry(*entry.get()).or_default().push(index),
        }
    }
    if again.is_empty() {
        return;
    }
    let mut drop = vec![false; items.len()];
    for (first, others) in again {
        let indices: Vec<usize> = [first].into_iter().chain(others).collect();
        let uid = items.get(first).map(|item| item.uid.clone()).unwrap_or_default();
        let Some(first) = indices.first().and_then(|&at| items.get(at)) else {
            continue;
        };
        let body = first.body.clone();
        let same = indices
            .iter()
            .filter_map(|&at| items.get(at))
            .all(|item| item.body == body);
        for (order, &at) in indices.iter().enumerate() {
            let Some(item) = items.get_mut(at) else { continue };
            if !same {
                item.findings.push(Finding::UidDuplicate { uid: one_line(&uid) });
            } else if order == 0 {
                item.components = indices.len();
                item.findings.push(Finding::DuplicateIdentical {
                    uid: one_line(&uid),
                    copies: indices.len(),
                });
            } else if let Some(flag) = drop.get_mut(at) {
                *flag = true;
            }
        }
    }
    let mut flags = drop.into_iter();
    items.retain(|_| !flags.next().unwrap_or(false));
}

enum Keyword {
    Begin,
    End,
}

fn keyword(line: &CardLine<'_>) -> Option<Keyword> {
    let bytes = line.bytes.trim_ascii();
    if bytes.eq_ignore_ascii_case(b"BEGIN:VCARD") {
        Some(Keyword::Begin)
    } else if bytes.eq_ignore_ascii_case(b"END:VCARD") {
        Some(Keyword::End)
    } else {
        None
    }
}

fn declares_charset(line: &CardLine<'_>) -> bool {
    let head = line.bytes.split(|&b| b == b':').next().unwrap_or_default();
    head.to_ascii_uppercase()
        .windows(8)
        .any(|window| window == b"CHARSET=")
}

/// Quotes a parameter value for either version.
pub(crate) fn param(value: &str) -> String {
    content::quote(value).into_owned()
}

#[cfg(test)]
mod tests;
