//! One spelling for values that mean the same.

use super::Format;
use super::kind::{self, Kind};
use super::uri;
use crate::content::Content;
use crate::value;
use crate::vcard::convert;

/// Stands between the parts of a value; no text holds it.
const BETWEEN: &str = "\u{1f}";

/// The values of a property, each in one spelling. A list makes one for each of its members.
pub(super) fn values(name: &str, content: &Content<'_>, format: Format) -> Vec<String> {
    let text = content.value.trim_end();
    let (usual, _) = kind::of(name, format);
    let kind = match content.param("VALUE").and_then(kind::named) {
        // What a card's property is made of does not follow from `VALUE`.
        Some(Kind::Text) if matches!(usual, Kind::List | Kind::Word | Kind::Parts | Kind::PartLists) => usual,
        Some(Kind::Text)
            if matches!(usual, Kind::Mail | Kind::Uri | Kind::Offset) && format == Format::Card =>
        {
            usual
        }
        Some(Kind::Moments) if usual == Kind::CardDate => usual,
        Some(Kind::Uri) if usual == Kind::Floats => Kind::Uri,
        Some(named) => named,
        None => usual,
    };
    let encoded = content.param("ENCODING").is_some_and(|encoding| {
        encoding.eq_ignore_ascii_case("b") || encoding.eq_ignore_ascii_case("base64")
    });
    if encoded {
        return vec![binary(text)];
    }
    match kind {
        Kind::List => list(text),
        _ => vec![value(kind, text)],
    }
}

fn value(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Text | Kind::List => value::unescape(text),
        Kind::Parts => parts(text, value::unescape),
        Kind::PartLists => parts(text, |part| list(part).join("\u{1e}")),
        Kind::Word => value::unescape(text.trim()).to_ascii_lowercase(),
        Kind::Uri | Kind::Binary => {
            let text = value::unescape(text.trim());
            data(&text).unwrap_or_else(|| uri::normal(&text))
        }
        Kind::Mail => uri::address_of(&value::unescape(text.trim())),
        Kind::Integer => text
            .trim()
            .parse::<i64>()
            .map_or_else(|_| text.to_owned(), |n| n.to_string()),
        Kind::Floats if text.to_ascii_lowercase().starts_with("geo:") => uri::normal(text),
        Kind::Floats => {
            let numbers: Vec<String> = text
                .replace("\\;", ";")
                .split(';')
                .map(super::number::float)
                .collect();
            numbers.join(";")
        }
        Kind::Duration => duration(text.trim()),
        Kind::Recurrence => recurrence(text),
        Kind::Offset => offset(&value::unescape(text.trim())),
        Kind::Moments => {
            let mut moments: Vec<String> = text.split(',').map(moment).collect();
            moments.sort();
            moments.join(BETWEEN)
        }
        Kind::CardDate => card_date(text.trim()),
    }
}

/// Durations are compared in seconds: a day has 24 hours, as in all programs that we know.
fn duration(text: &str) -> String {
    if let Some(seconds) = value::duration(&text.to_ascii_uppercase()) {
        return format!("{seconds}s");
    }
    moment(text)
}

fn moment(text: &str) -> String {
    let text = text.trim().to_ascii_uppercase();
    match text.split_once('/') {
        Some((start, length)) => match value::duration(length) {
            Some(seconds) => format!("{start}/{seconds}s"),
            None => text,
        },
        None => text,
    }
}

/// The parts of a rule in any order, and the numbers of each; what is the default says nothing.
pub(super) fn recurrence(text: &str) -> String {
    let text = text.to_ascii_uppercase();
    let mut parts: Vec<String> = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty() && !matches!(*part, "INTERVAL=1" | "WKST=MO"))
        .map(|part| match part.split_once('=') {
            Some((name, values)) if name.starts_with("BY") => {
                let mut values: Vec<&str> = values
                    .split(',')
                    .map(|n| n.strip_prefix('+').unwrap_or(n))
                    .collect();
                values.sort_unstable();
                values.dedup();
                format!("{name}={}", values.join(","))
            }
            _ => part.to_owned(),
        })
        .collect();
    parts.sort();
    parts.join(";")
}

/// `+0300`, `+03:00` and `+030000`.
fn offset(text: &str) -> String {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    if !value::utc_offset(&digits) {
        return text.to_owned();
    }
    let short = digits.strip_suffix("00").filter(|_| digits.len() == 7);
    match short.unwrap_or(&digits) {
        "-0000" => "+0000".to_owned(),
        digits => digits.to_owned(),
    }
}

/// `1996-04-15T10:20:30Z` in the basic form of ISO 8601, without fractions that are zero.
fn card_date(text: &str) -> String {
    let (date, time) = text
        .split_once(['T', 't'])
        .map_or((text, None), |(date, time)| (date, Some(time)));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = date.split('-').collect();
    let date = match parts[..] {
        [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
            format!("{year}{month}{day}")
        }
        ["", "", month, day] if month.len() == 2 && day.len() == 2 && digits(month) => {
            format!("--{month}{day}")
        }
        _ => date.to_owned(),
    };
    let Some(time) = time else { return date };
    let at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(at);
    let clock: String = clock.chars().filter(|c| *c != ':').collect();
    let clock = match clock.split_once(['.', ',']) {
        Some((clock, fraction)) if fraction.bytes().all(|b| b == b'0') => clock.to_owned(),
        _ => clock,
    };
    let zone = match zone {
        "z" | "Z" => "Z".to_owned(),
        "" => String::new(),
        zone => match offset(zone).as_str() {
            "+0000" => "Z".to_owned(),
            zone => zone.to_owned(),
        },
    };
    format!("{date}T{clock}{zone}")
}

fn binary(text: &str) -> String {
    value::base64(text).map_or_else(|| text.to_owned(), |bytes| hash(&bytes))
}

/// A `data` URI (RFC 2397) by the octets that it holds.
fn data(text: &str) -> Option<String> {
    let rest = text
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("data:"))
        .and(text.get(5..))?;
    let (media, octets) = rest.split_once(',')?;
    let media = media.to_ascii_lowercase();
    let octets = value::base64(octets).filter(|_| media.ends_with(";base64"))?;
    Some(format!("data:{media},{}", hash(&octets)))
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn parts(text: &str, one: impl Fn(&str) -> String) -> String {
    let mut parts: Vec<String> = convert::components(text).iter().map(|part| one(part)).collect();
    while parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    parts.join(BETWEEN)
}

/// The parts between commas that are not escaped.
fn list(text: &str) -> Vec<String> {
    let (mut parts, mut begin, mut escaped) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        if byte == b',' && !escaped {
            parts.push(value::unescape(text.get(begin..at).unwrap_or_default().trim()));
            begin = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    parts.push(value::unescape(text.get(begin..).unwrap_or_default().trim()));
    parts
}
