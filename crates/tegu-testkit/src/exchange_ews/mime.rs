//! Parts and headers of messages.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A part with its headers, in base64.
pub(super) fn part(content_type: &str, more: &str, octets: &[u8]) -> String {
    let mut out = format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n{more}\r\n");
    let text = STANDARD.encode(octets);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    out
}

pub(super) fn multipart(kind: &str, boundary: &str, parts: &[String]) -> String {
    let mut out = format!("Content-Type: multipart/{kind};\r\n\tboundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        out.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
    out
}

/// A header's text as encoded words (RFC 2047), where it needs them.
pub(super) fn word(text: &str) -> String {
    if text.is_ascii() && !text.contains(['\r', '\n', '"']) && text.bytes().all(|octet| octet >= 0x20) {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut chunk = String::new();
    for char in text.chars() {
        if chunk.len() + char.len_utf8() > 42 {
            words.push(std::mem::take(&mut chunk));
        }
        chunk.push(char);
    }
    words.push(chunk);
    let words: Vec<String> = words
        .iter()
        .map(|chunk| format!("=?utf-8?B?{}?=", STANDARD.encode(chunk)))
        .collect();
    words.join("\r\n ")
}

/// The date of a header (RFC 5322).
pub(super) fn date(time: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let unix = super::zone::seconds(time);
    let (year, month, day) = super::zone::date(unix.div_euclid(86_400));
    let weekday = DAYS[unix.div_euclid(86_400).rem_euclid(7) as usize];
    let month = &super::recurrence::MONTHS[month as usize - 1][..3];
    format!("{weekday}, {day} {month} {year} {} +0000", &time[11..19])
}

/// Fowler, Noll and Vo's hash 1a, 64 bits.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    })
}
