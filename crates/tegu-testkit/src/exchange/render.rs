//! What is told of an item: its size, its octets, or a placeholder.

use super::store::{Item, Kind};

/// The octets that a FETCH of the whole item tells; `None` where it tells none.
pub(super) fn octets(item: &Item, rerender: Option<u64>) -> Option<Vec<u8>> {
    match item.kind {
        Kind::Silent => None,
        Kind::Placeholder => Some(placeholder(item)),
        Kind::Mail | Kind::WithoutDate | Kind::NilDate => Some(match rerender {
            None => item.octets.to_vec(),
            Some(number) => rerendered(&item.octets, number),
        }),
    }
}

/// The size of the item as it is stored, which is not that of the mail that is made of it.
pub(super) fn estimated_size(item: &Item) -> u64 {
    let octets = item.octets.len() as u64;
    // Users saw three times as much, and less too.
    if item.uid.is_multiple_of(3) {
        octets * 3 / 4
    } else {
        octets * 3 + 613
    }
}

fn placeholder(item: &Item) -> Vec<u8> {
    let text = String::from_utf8_lossy(&item.octets);
    let header = |name: &str| {
        let lines = text.lines().take_while(|line| !line.is_empty());
        let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        values.next().unwrap_or_default().trim().to_owned()
    };
    format!(
        "From: \"Microsoft Exchange Server 2010\" <postmaster@corp.example>\r\n\
         Subject: Retrieval using the IMAP4 protocol failed for the following message: {uid}\r\n\
         Date: Mon, 1 Jan 2024 12:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\n\r\n\
         The server couldn't retrieve the following message:\r\n\r\nSubject: \"{}\"\r\nFrom: {}\r\nSent date: {}\r\n\r\n\
         The message hasn't been deleted. You might be able to view it using either Outlook or Outlook Web App.\r\n",
        header("Subject"),
        header("From"),
        header("Date"),
        uid = item.uid,
    )
    .into_bytes()
}

/// The same mail as another rendering tells it.
fn rerendered(octets: &[u8], number: u64) -> Vec<u8> {
    let mut out = format!("X-MS-Exchange-Rendering: {number}\r\n").into_bytes();
    let boundary = find(octets, b"boundary=\"").map(|at| at + 10).and_then(|start| {
        let length = octets[start..].iter().position(|octet| *octet == b'"')?;
        Some(&octets[start..start + length])
    });
    let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else {
        out.extend(octets);
        return out;
    };
    let mut rest = octets;
    while let Some(at) = find(rest, boundary) {
        out.extend(&rest[..at]);
        out.extend(format!("_000_{number:08x}_").as_bytes());
        rest = &rest[at + boundary.len()..];
    }
    out.extend(rest);
    out
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The part of a message that a section names: `""`, `HEADER`, `HEADER.FIELDS (…)`, `TEXT`.
pub(super) fn section(octets: &[u8], section: &str) -> Vec<u8> {
    let end = if octets.starts_with(b"\r\n") {
        2
    } else {
        find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 4)
    };
    let upper = section.to_ascii_uppercase();
    if let Some(fields) = upper.strip_prefix("HEADER.FIELDS ") {
        let wanted: Vec<&str> = fields.trim_matches(['(', ')']).split_whitespace().collect();
        return fields_of(&octets[..end], &wanted);
    }
    match upper.as_str() {
        "HEADER" => octets[..end].to_vec(),
        "TEXT" => octets[end..].to_vec(),
        _ => octets.to_vec(),
    }
}

fn fields_of(header: &[u8], wanted: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut keep = false;
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
            let name = String::from_utf8_lossy(name).trim().to_ascii_uppercase();
            keep = wanted.iter().any(|field| field.trim_matches('"') == name);
        }
        if keep {
            out.extend(line);
        }
    }
    out.extend(b"\r\n");
    out
}
