//! An item with its MIME content (behind a NUL octet): what it becomes is one event, task, note or card that the family's own reader takes
//! whole, in lines of iCalendar and vCard, and what is allocated is bounded.
#![no_main]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use tegu_dav::{split, vcard};
use tegu_ews::convert::Context;
use tegu_ews::xml::Splitter;
use tegu_ews::{Kind, Limits, Whole, response};
use tegu_fuzz::{Bound, scratch, warm_up, within};
use tegu_message::Spool;

/// The answer, its tree, the item, its text, and a message that is parsed.
const COST: Bound = Bound {
    base: 8 << 20,
    per_byte: 4 << 10,
};

const HEAD: &str = "<Envelope><Body><GetItemResponse><ResponseMessages><GetItemResponseMessage><ResponseCode>NoError</ResponseCode><Items>";
const TAIL: &str = "</Items></GetItemResponseMessage></ResponseMessages></GetItemResponse></Body></Envelope>";

/// Lines of at most 75 octets that end in CRLF, hold no control character, and whose components end where they should.
fn well_formed(text: &str) {
    let mut open = Vec::new();
    let unfolded = text
        .strip_suffix("\r\n")
        .expect("the last line has an end")
        .replace("\r\n ", "");
    for line in text.trim_end().split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    for line in unfolded.split("\r\n") {
        if let Some(name) = line.strip_prefix("BEGIN:") {
            open.push(name.to_owned());
        } else if let Some(name) = line.strip_prefix("END:") {
            assert_eq!(open.pop().as_deref(), Some(name));
        }
    }
    assert!(open.is_empty());
}

fuzz_target!(|data: &[u8]| {
    warm_up();
    let (xml, mime) = match data.iter().position(|octet| *octet == 0) {
        Some(at) => (&data[..at], Some(&data[at + 1..])),
        None => (data, None),
    };
    let limits = Limits::default();
    let converted = within(COST, data.len(), || {
        let spool = Spool::new(scratch(""));
        let mut splitter = Splitter::new(&spool, &limits);
        let start = xml.iter().position(|octet| *octet == b'>').map_or(0, |at| at + 1);
        let (start, rest) = xml.split_at(start);
        let content = mime
            .map(|mime| format!("<MimeContent>{}</MimeContent>", STANDARD.encode(mime)))
            .unwrap_or_default();
        for piece in [HEAD.as_bytes(), start, content.as_bytes(), rest, TAIL.as_bytes()] {
            splitter.push(piece).ok()?;
        }
        let raw = splitter.finish().ok()?;
        let item = response::items(&raw, &limits)
            .ok()?
            .parts
            .into_iter()
            .next()?
            .ok()?;
        let _ = (item.flags(), item.internal_date(), item.imap_uid());
        let whole = Whole::alone(item);
        Some((whole.convert(&Context::default())?, whole))
    });
    let Some((converted, whole)) = converted else {
        return;
    };
    well_formed(&converted.component);
    converted.zones.iter().for_each(|zone| well_formed(zone));
    assert!(
        converted
            .findings
            .iter()
            .all(|finding| finding.code.starts_with("EWS-"))
    );
    if matches!(whole.item.kind, Kind::Contact | Kind::List) {
        assert!(converted.component.starts_with("BEGIN:VCARD\r\n"));
        let read = vcard::cards(
            converted.component.as_bytes(),
            vcard::Version::V4,
            &tegu_dav::Limits::default(),
        );
        let read = read.expect("what is written is a card");
        assert_eq!(read.items.len(), 1);
        return;
    }
    let read = split::calendar(
        converted.calendar().as_bytes(),
        &tegu_dav::Limits::default().max_steps(20_000),
    );
    let read = read.expect("what is written is a calendar");
    assert_eq!(read.items.len(), 1, "{}", converted.component);
});
