//! Cards that seem to describe the same person.

use std::collections::HashMap;

use crate::content::Content;
use crate::error::one_line;
use crate::{Finding, Item, ItemKind, Limits, line, value};

/// What of a card tells whom it stands for.
struct Face {
    name: String,
    shared: Vec<String>,
}

/// Most cards with one address or number that are compared; more of them share a switchboard, not a person.
const MOST: usize = 50;

/// Marks cards that seem to describe the same person, and returns how many were marked.
///
/// Two cards are marked when both hold:
///
/// - they share a mail address (ignoring case) or a telephone number (its last ten digits; at least seven);
/// - their names are equal, ignoring case, spaces and `ё`, or one of them has no name.
///
/// Both get a [`Finding::CardDuplicate`]. Nothing is merged.
pub fn mark_duplicates(items: &mut [Item]) -> usize {
    let faces: Vec<Option<Face>> = items
        .iter()
        .map(|item| (item.kind == ItemKind::Contact).then(|| face(item)).flatten())
        .collect();
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, face) in faces.iter().enumerate() {
        for key in face.iter().flat_map(|face| &face.shared) {
            by_key.entry(key).or_default().push(at);
        }
    }
    let mut found: HashMap<usize, (usize, String)> = HashMap::new();
    let mut keys: Vec<_> = by_key
        .into_iter()
        .filter(|(_, all)| (2..=MOST).contains(&all.len()))
        .collect();
    keys.sort();
    for (key, all) in keys {
        for (order, &one) in all.iter().enumerate() {
            for &other in all.iter().skip(order + 1) {
                let names = (faces.get(one), faces.get(other));
                let (Some(Some(first)), Some(Some(second))) = names else {
                    continue;
                };
                if one != other
                    && (first.name == second.name || first.name.is_empty() || second.name.is_empty())
                {
                    found.entry(one).or_insert_with(|| (other, key.to_owned()));
                    found.entry(other).or_insert_with(|| (one, key.to_owned()));
                }
            }
        }
    }
    let marks: Vec<(usize, Finding)> = found
        .into_iter()
        .filter_map(|(at, (other, shared))| {
            let other = items.get(other)?;
            let finding = Finding::CardDuplicate {
                other: one_line(&format!("{} ({})", other.summary, other.uid)),
                shared: one_line(&shared),
            };
            Some((at, finding))
        })
        .collect();
    let count = marks.len();
    for (at, finding) in marks {
        if let Some(item) = items.get_mut(at) {
            item.findings.push(finding);
        }
    }
    count
}

fn face(item: &Item) -> Option<Face> {
    let read = line::read(item.body.as_deref()?, &Limits::default()).ok()?;
    let mut face = Face {
        name: String::new(),
        shared: Vec::new(),
    };
    for line in &read.lines {
        let Some(content) = Content::parse(&line.text) else {
            continue;
        };
        let text = || value::unescape(content.value);
        match content.name.to_ascii_uppercase().as_str() {
            "FN" => {
                let folded = text().to_lowercase().replace('ё', "е");
                face.name = folded.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            "EMAIL" => {
                let address = text().trim().to_lowercase();
                // A name that is only the address is no name.
                if address.contains('@') {
                    face.shared.push(address);
                }
            }
            "TEL" => {
                let digits: Vec<char> = text().chars().filter(char::is_ascii_digit).collect();
                if digits.len() >= 7 {
                    let from = digits.len().saturating_sub(10);
                    face.shared.push(digits.into_iter().skip(from).collect());
                }
            }
            _ => {}
        }
    }
    if face.shared.contains(&face.name) {
        face.name.clear();
    }
    face.shared.sort();
    face.shared.dedup();
    Some(face)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::vcard::{Version, cards, mark_duplicates};
    use crate::{Item, Limits};

    fn read(cards_text: &[(&str, &str)]) -> Vec<Item> {
        let text: String = cards_text
            .iter()
            .enumerate()
            .map(|(n, (name, line))| {
                format!(
                    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{n}\r\nFN:{name}\r\nN:;;;;\r\n{line}\r\nEND:VCARD\r\n"
                )
            })
            .collect();
        cards(text.as_bytes(), Version::V3, &Limits::default())
            .unwrap()
            .items
    }

    #[test]
    fn the_rule() {
        let mut items = read(&[
            ("Пётр Иванов", "EMAIL:Petr@example.org"),
            ("петр  иванов", "EMAIL:petr@EXAMPLE.org"),
            ("Анна", "EMAIL:petr@example.org"),
            ("Пётр Иванов", "TEL:+7 (495) 123-45-67"),
            ("Пётр Иванов", "TEL:8 495 1234567"),
            ("info@example.org", "EMAIL:info@example.org"),
            ("Бюро", "EMAIL:info@example.org"),
            ("Пётр Иванов", "TEL:112"),
            ("Пётр Иванов", "TEL:112"),
        ]);
        assert_eq!(mark_duplicates(&mut items), 6);
        let marked: Vec<bool> = items
            .iter()
            .map(|item| item.findings.iter().any(|f| f.code() == "DAV-CARD-DUPLICATE"))
            .collect();
        assert_eq!(marked, [true, true, false, true, true, true, true, false, false]);
        assert!(!items.iter().any(Item::is_lossy));
    }
}
