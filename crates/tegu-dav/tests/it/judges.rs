//! Libraries that share nothing with this crate read what it writes, and write what it reads.

use icalendar::{Calendar, Component, Event};
use tegu_dav::{Limits, prove, split, vcard};

#[test]
fn a_strict_reader_takes_the_cards() {
    let old = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=CF=E5=F2=F0=EE=E2;=CF=B8=F2=F0\r\n\
        FN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=CF=B8=F2=F0 =CF=E5=F2=F0=EE=E2\r\nTEL;WORK;VOICE:+7 495 000-00-01\r\n\
        EMAIL;PREF;INTERNET:petr@example.test\r\nNOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo\r\nEND:VCARD\r\n";
    let split = vcard::cards(old, vcard::Version::V4, &Limits::default()).unwrap();
    let card = String::from_utf8(split.items[0].body.clone().unwrap()).unwrap();
    let read = vcard_parser::parse_vcards(&card).unwrap_or_else(|error| panic!("{error}: {card}"));
    assert_eq!(read.len(), 1);
}

#[test]
fn an_event_of_another_writer_passes_unchanged() {
    let event = Event::new()
        .uid("built@example.test")
        .add_property("DTSTART", "20240115T070000Z")
        .summary("Планёрка; с запятой, и \\ чертой")
        .done();
    let calendar = Calendar::new().push(event).done().to_string();
    let split = split::calendar(calendar.as_bytes(), &Limits::default()).unwrap();
    let item = &split.items[0];
    assert!(!item.is_lossy(), "{:?}", item.findings);
    let body = item.body.clone().unwrap();
    assert!(prove::calendar(calendar.as_bytes(), &body).is_ok());
    let read: Calendar = String::from_utf8(body).unwrap().parse().unwrap();
    let events = read
        .components
        .iter()
        .filter_map(icalendar::CalendarComponent::as_event)
        .collect::<Vec<_>>();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].get_summary(), Some("Планёрка; с запятой, и \\ чертой"));
}
