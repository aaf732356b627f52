//! A whole collection in one request, for servers that split it themselves.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use crate::client::Kind;
use crate::zone;

/// Fewer items than this are sent one by one.
pub(super) const LEAST: usize = 8;
/// Bytes of one request.
const MOST: usize = 64 << 20;

/// Returns whether a resource that a server names by this UID can be reached by its name everywhere. Radicale 3.9 refuses requests for
/// names with `:`, `'`, `?`, `#` or `,`, which it has made itself.
pub(super) fn is_plain(uid: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@".contains(&b);
    (1..=150).contains(&uid.len()) && !uid.starts_with('.') && uid.bytes().all(plain)
}

/// Items put together to one file, and which of them did not fit in: those whose zones contradict the
/// others', and those beyond the largest request.
pub(super) fn together<'b>(
    kind: Kind,
    bodies: impl Iterator<Item = (usize, &'b [u8])>,
) -> (Bytes, Vec<usize>, Vec<usize>) {
    let (mut taken, mut left, mut size) = (Vec::new(), Vec::new(), 0);
    let mut out = Vec::new();
    if kind == Kind::Contacts {
        for (at, body) in bodies {
            if out.len() + body.len() > MOST {
                left.push(at);
            } else {
                out.extend_from_slice(body);
                taken.push(at);
            }
        }
        return (out.into(), taken, left);
    }
    let mut zones: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    let mut years = Years::default();
    let mut components: Vec<u8> = Vec::new();
    for (at, body) in bodies {
        let Some((mine, rest)) = parts(body) else {
            left.push(at);
            continue;
        };
        let fits = mine.iter().all(|(name, zone)| match zones.get(name) {
            Some(known) if known != zone => years.of(name, known).is_some() && years.of(name, zone).is_some(),
            _ => true,
        });
        size += rest.len();
        if !fits || size > MOST {
            left.push(at);
            continue;
        }
        for (name, zone) in mine {
            let known = zones.entry(name).or_insert(zone);
            // Of the database's rules those that begin earlier say all that the others say.
            if *known != zone && years.of(name, zone) < years.of(name, known) {
                *known = zone;
            }
        }
        components.extend_from_slice(rest);
        taken.push(at);
    }
    out.extend_from_slice(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tegu//tegu-dav//EN\r\n");
    zones.values().for_each(|zone| out.extend_from_slice(zone));
    out.extend_from_slice(&components);
    out.extend_from_slice(b"END:VCALENDAR\r\n");
    (out.into(), taken, left)
}

/// Which zones hold the database's rules, and from which year on.
#[derive(Default)]
struct Years<'b> {
    known: HashMap<&'b [u8], Option<i16>>,
}

impl<'b> Years<'b> {
    fn of(&mut self, name: &[u8], zone: &'b [u8]) -> Option<i16> {
        *self.known.entry(zone).or_insert_with(|| {
            let name = std::str::from_utf8(name)
                .ok()
                .filter(|name| zone::is_iana(name))?;
            let at = memchr::memmem::find(zone, b"\r\nDTSTART:")? + 10;
            let year = std::str::from_utf8(zone.get(at..at + 4)?).ok()?.parse().ok()?;
            let ours = zone::vtimezone_since(name, year)?;
            (ours.as_bytes() == zone).then_some(year)
        })
    }
}

type Parts<'b> = (Vec<(&'b [u8], &'b [u8])>, &'b [u8]);

/// The zones of a resource by name, and its components. Resources that are sent begin with the
/// calendar's properties, then have zones, then components: that is how they were written.
fn parts(body: &[u8]) -> Option<Parts<'_>> {
    let mut zones = Vec::new();
    let mut at = memchr::memmem::find(body, b"\r\nBEGIN:V")? + 2;
    while body.get(at..)?.starts_with(b"BEGIN:VTIMEZONE\r\n") {
        let rest = body.get(at..)?;
        let end = memchr::memmem::find(rest, b"\r\nEND:VTIMEZONE\r\n")? + 17;
        let zone = rest.get(..end)?;
        let name = memchr::memmem::find(zone, b"\r\nTZID:")? + 7;
        let length = memchr::memchr(b'\r', zone.get(name..)?)?;
        zones.push((zone.get(name..name + length)?, zone));
        at += end;
    }
    let end = memchr::memmem::rfind(body, b"END:VCALENDAR\r\n")?;
    Some((zones, body.get(at..end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(zone: &str, uid: u8) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Z\r\n{zone}END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }

    #[test]
    fn zones_are_there_once_and_contradictions_stay_out() {
        let items = [item("X:1\r\n", 1), item("X:1\r\n", 2), item("X:2\r\n", 3)];
        let bodies = items.iter().map(String::as_bytes).enumerate();
        let (file, taken, left) = together(Kind::Calendars, bodies);
        let text = String::from_utf8_lossy(&file);
        assert_eq!((taken, left), (vec![0, 1], vec![2]));
        assert_eq!(text.matches("VTIMEZONE").count(), 2, "{text}");
        assert_eq!(text.matches("UID:").count(), 2, "{text}");
        // The database's rules since different years are no contradiction.
        let zones = [2020, 2010, 2015].map(|year| zone::vtimezone_since("Europe/Moscow", year));
        let items = zones.clone().map(|zone| {
            let zone = zone.unwrap_or_default();
            format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
        });
        let (file, taken, _) = together(Kind::Calendars, items.iter().map(String::as_bytes).enumerate());
        assert_eq!(taken.len(), 3);
        assert!(String::from_utf8_lossy(&file).contains(zones[1].as_deref().unwrap_or("none")));
    }
}
