#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use std::sync::Arc;

use super::*;
use crate::{ErrorKind, Finding, Item};

mod bounds;
mod streams;
mod zones;

pub(super) const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:My Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0307\r\nTZOFFSETTO:+0307\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

pub(super) fn file(inner: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inner}END:VCALENDAR\r\n")
}

pub(super) fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\r\n{lines}END:VEVENT\r\n")
}

pub(super) const PLAIN: &str = "UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n";

pub(super) fn split(source: &str) -> Split {
    calendar(source.as_bytes(), &Limits::default()).unwrap()
}

pub(super) fn codes(item: &Item) -> Vec<&str> {
    item.findings.iter().map(Finding::code).collect()
}

pub(super) fn body(item: &Item) -> &str {
    std::str::from_utf8(item.body.as_deref().unwrap()).unwrap()
}

fn memory_of<'a>(source: &'a str, options: &Options) -> Stream<'a> {
    memory(source.as_bytes(), options).unwrap()
}

#[test]
fn what_needs_no_change_is_sent_as_it_stood() {
    let source = file(&event(&format!(
        "{PLAIN}SUMMARY:a\\, b\r\nX-FOO;Z=\"1\";a=2:x\r\n"
    )));
    let split = split(&source);
    assert_eq!(split.items.len(), 1);
    assert_eq!(body(&split.items[0]), source);
    assert_eq!(split.items[0].original, source.as_bytes());
    assert_eq!(codes(&split.items[0]), [""; 0]);
    assert_eq!(split.items[0].summary, "a, b");
}

#[test]
fn overrides_join_their_series_and_zones_only_where_used() {
    let at = "DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=My Zone:20260105T100000\r\n";
    let series = event(&format!("UID:a\r\n{at}RRULE:FREQ=DAILY\r\n"));
    let other = event(PLAIN);
    let exception = event(&format!(
        "UID:a\r\nRECURRENCE-ID;TZID=My Zone:20260106T100000\r\n{at}"
    ));
    let split = split(&file(&format!("{ZONE}{series}{other}{exception}")));
    assert_eq!(
        split.items.iter().map(|item| item.components).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(body(&split.items[0]), file(&format!("{ZONE}{series}{exception}")));
    assert_eq!(body(&split.items[1]), file(&other));
    assert!(split.findings.is_empty() && !split.items.iter().any(Item::is_lossy));
}

#[test]
fn repairs_are_made_and_listed() {
    for (inner, code, expected) in [
        (
            event("UID:u\nDTSTART:20260105T100000Z\nLAST-MODIFIED:20250101T000000Z\n"),
            "DAV-REPAIR-ADDED",
            "DTSTAMP:20250101T000000Z\r\n",
        ),
        (
            event("DTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n"),
            "DAV-REPAIR-ADDED",
            "UID:tegu-",
        ),
        // An empty one is none, whatever stands around it.
        (
            event("UID: \r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n"),
            "DAV-REPAIR-ADDED",
            "UID:tegu-",
        ),
        (
            format!("METHOD:PUBLISH\r\n{}", event(PLAIN)),
            "DAV-REPAIR-METHOD",
            "UID:u",
        ),
        (event(&format!("{PLAIN}X:1\n")), "DAV-REPAIR-FOLD", "X:1\r\n"),
        (
            event(&format!("{PLAIN}SUMMARY:{}\r\n", "я".repeat(50))),
            "DAV-REPAIR-FOLD",
            "\r\n я",
        ),
        (
            event("UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105\r\n"),
            "DAV-REPAIR-VALUE-DATE",
            "DTSTART;VALUE=DATE:20260105\r\n",
        ),
        (
            event("UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=;X-A=b:20260105\r\n"),
            "DAV-REPAIR-VALUE-DATE",
            "DTSTART;X-A=b;VALUE=DATE:20260105\r\n",
        ),
        (
            event(&format!(
                "{PLAIN}ORGANIZER;CN=a:mailto:a@b\r\nATTENDEE;SCHEDULE-AGENT=SERVER:mailto:c@d\r\n"
            )),
            "DAV-REPAIR-SCHEDULE-AGENT",
            "ORGANIZER;CN=a;SCHEDULE-AGENT=CLIENT:mailto:a@b\r\nATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:c@d\r\n",
        ),
        (
            event(&format!(
                "{PLAIN}ATTENDEE;SCHEDULE-AGENT=CLIENT;SCHEDULE-AGENT=SERVER:mailto:c@d\r\n"
            )),
            "DAV-REPAIR-SCHEDULE-AGENT",
            "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:c@d\r\n",
        ),
        (
            event(
                "UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Russian Standard Time:20260105T100000\r\n",
            ),
            "DAV-TZ-RENAMED",
            "DTSTART;TZID=Europe/Moscow:20260105T100000\r\n",
        ),
        (
            event(
                "UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=(UTC+03:00) Moscow, St. Petersburg:20260105T100000\r\n",
            ),
            "DAV-REPAIR-QUOTED",
            "DTSTART;TZID=Europe/Moscow:20260105T100000\r\n",
        ),
        (
            event("UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Moscow:20260105T100000\r\n"),
            "DAV-TZ-REFERENCED",
            "DTSTART;TZID=Europe/Moscow:20260105T100000\r\n",
        ),
    ] {
        let split = split(&file(&inner));
        let item = &split.items[0];
        assert!(codes(item).contains(&code), "{code}: {:?}", item.findings);
        assert!(!item.is_lossy(), "{:?}", item.findings);
        assert!(body(item).contains(expected), "{expected} in {}", body(item));
        assert!(!body(item).contains("METHOD"));
        assert_eq!(crate::strict::calendar(body(item).as_bytes()), Ok(()));
    }
}

#[test]
fn what_would_be_lost_is_named() {
    let plain = |line: &str| event(&format!("{PLAIN}{line}\r\n"));
    let bare = "UID:u\r\nDTSTAMP:20260101T000000Z\r\n";
    for (inner, code) in [
        (
            event(&format!("{bare}DTSTART;TZID=Nowhere:20260105T100000\r\n")),
            "DAV-TZ-UNKNOWN",
        ),
        (
            event(&format!("{bare}DTSTART:2006717T080000Z\r\n")),
            "DAV-DATE-INVALID",
        ),
        (
            event(&format!("{bare}DTSTART;TZID=Europe/Moscow:20260105T100000Z\r\n")),
            "DAV-DATE-INVALID",
        ),
        (
            event(&format!("{bare}DTSTART;VALUE=,DATE:20260105\r\n")),
            "DAV-DATE-INVALID",
        ),
        (
            event(&format!("{bare}DTSTART;VALUE=DATE;VALUE=DATE-TIME:20260105\r\n")),
            "DAV-DATE-INVALID",
        ),
        (
            event(&format!(
                "{bare}DTSTART;TZID=Europe/Moscow;TZID=Asia/Tokyo:20260105T100000\r\n"
            )),
            "DAV-PROPERTY-REPEATED",
        ),
        (event(bare), "DAV-PROPERTY-MISSING"),
        (plain("DTEND:20260101T000000Z"), "DAV-DATE-MISMATCH"),
        (plain("DTEND;VALUE=DATE:20260106"), "DAV-DATE-MISMATCH"),
        (
            plain("DTEND:20260106T000000Z\r\nDURATION:PT1H"),
            "DAV-PROPERTY-CONFLICT",
        ),
        (plain("SUMMARY:a\r\nSUMMARY:b"), "DAV-PROPERTY-REPEATED"),
        (plain("RRULE:FREQ=FOO"), "DAV-RRULE-INVALID"),
        (plain("this is no line"), "DAV-JUNK-LINE"),
        (plain("SUMMARY:a\u{1}b"), "DAV-CONTROL-CHARACTER"),
        (
            plain("BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:P\r\nEND:VALARM"),
            "DAV-DURATION-INVALID",
        ),
        (
            plain("ATTACH;ENCODING=BASE64;VALUE=BINARY:Q?"),
            "DAV-BASE64-INVALID",
        ),
        (
            plain("ATTENDEE:MAILTO:IMCEAEX-_O=ORG_CN=X@a.b"),
            "DAV-ADDRESS-X500",
        ),
        (plain("END:VTODO"), "DAV-STRUCTURE"),
        (plain("RECURRENCE-ID:20260105T100000Z"), "DAV-OVERRIDE-ORPHAN"),
        (
            format!("{}{}", plain("SUMMARY:a"), plain("SUMMARY:b")),
            "DAV-UID-DUPLICATE",
        ),
        (format!("METHOD:REPLY\r\n{}", plain("X:1")), "DAV-METHOD-MESSAGE"),
        (
            "BEGIN:VFREEBUSY\r\nUID:f\r\nEND:VFREEBUSY\r\n".to_owned(),
            "DAV-COMPONENT-UNSUPPORTED",
        ),
        (
            "BEGIN:VPOLL\r\nUID:f\r\nEND:VPOLL\r\n".to_owned(),
            "DAV-COMPONENT-UNSUPPORTED",
        ),
        (format!("junk\r\n{}", plain("X:1")), "DAV-JUNK-LINE"),
        (format!("BEGIN:VEVENT\r\n{bare}"), "DAV-TRUNCATED"),
        (
            format!(
                "{}{}",
                ZONE.replace("+0307\r\nEND", "0307\r\nEND"),
                event(&format!("{bare}DTSTART;TZID=My Zone:20260105T100000\r\n"))
            ),
            "DAV-TZ-INVALID",
        ),
        (
            format!(
                "{ZONE}{}{}",
                ZONE.replace("+0307", "+0407"),
                event(&format!("{bare}DTSTART;TZID=My Zone:20260105T100000\r\n"))
            ),
            "DAV-TZ-CONFLICT",
        ),
    ] {
        let split = split(&file(&inner));
        let all: Vec<_> = split
            .items
            .iter()
            .filter(|item| item.is_lossy())
            .flat_map(codes)
            .collect();
        assert!(all.contains(&code), "{code} in {all:?}");
    }
}

#[test]
fn nothing_is_left_unaccounted() {
    let source = format!(
        "junk\r\n{}BEGIN:VCARD\r\nEND:VCARD\r\n{}",
        file(&event(PLAIN)),
        event("UID:v\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n")
    );
    let split = split(&source);
    let kinds: Vec<_> = split
        .items
        .iter()
        .map(|item| (item.kind, item.is_lossy()))
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == (ItemKind::Event, false))
            .count(),
        2
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == (ItemKind::Unknown, true))
            .count(),
        2
    );
}

#[test]
fn the_same_event_twice_is_sent_once() {
    let split = split(&file(&event(PLAIN).repeat(2)));
    assert_eq!(split.items[0].components, 2);
    assert_eq!(body(&split.items[0]), file(&event(PLAIN)));
    assert_eq!(codes(&split.items[0]), ["DAV-DUPLICATE-IDENTICAL"]);
}

#[test]
fn series_and_their_exceptions_fit_or_are_named() {
    let daily = format!("{PLAIN}RRULE:FREQ=DAILY;COUNT=5\r\n");
    let exception = |id: &str| event(&format!("{PLAIN}RECURRENCE-ID{id}\r\n"));
    for (inner, code) in [
        (
            event(&format!("{daily}EXDATE:20260106T110000Z\r\n")),
            "DAV-EXDATE-UNMATCHED",
        ),
        (
            event(&format!("{daily}EXDATE;VALUE=DATE:20260106\r\n")),
            "DAV-EXDATE-UNMATCHED",
        ),
        (
            event(&format!("{PLAIN}EXDATE:20260105T100000Z\r\n")),
            "DAV-EXDATE-UNMATCHED",
        ),
        (
            event(&daily) + &exception(":20260106T110000Z"),
            "DAV-OVERRIDE-UNMATCHED",
        ),
        (
            event(&daily) + &exception(";RANGE=THISANDFUTURE:20260106T100000Z"),
            "DAV-OVERRIDE-FUTURE",
        ),
        (exception(":20260106T100000Z"), "DAV-OVERRIDE-ORPHAN"),
        (
            event(&format!("{PLAIN}RRULE:FREQ=SECONDLY\r\n")),
            "DAV-RRULE-DENSE",
        ),
        (
            event(&format!("{PLAIN}RRULE:FREQ=MINUTELY;INTERVAL=2\r\n")),
            "DAV-RRULE-DENSE",
        ),
    ] {
        let split = split(&file(&inner));
        assert!(
            split.items[0].is_lossy() && codes(&split.items[0]).contains(&code),
            "{code}: {:?}",
            split.items[0].findings
        );
    }
    for inner in [
        event(&format!("{daily}EXDATE:20260106T100000Z\r\n")),
        event(&format!("{daily}EXDATE;TZID=Europe/Moscow:20260106T130000\r\n")),
        event(&format!("{daily}EXDATE:20270106T100000Z\r\n")),
        event(&format!(
            "{PLAIN}RDATE:20260107T100000Z\r\nEXDATE:20260105T100000Z\r\n"
        )),
        event(&format!("{PLAIN}RDATE;VALUE=PERIOD:20260107T100000Z/PT1H\r\n")),
        event(&daily) + &exception(";TZID=Europe/Moscow:20260106T130000"),
    ] {
        let split = split(&file(&inner));
        assert!(
            !split.items[0].is_lossy(),
            "{inner}: {:?}",
            split.items[0].findings
        );
    }
}

#[test]
fn directory_addresses_are_resolved_by_the_caller() {
    let table = crate::resolve::Table::new([("/o=Org/ou=A/cn=Recipients/cn=anna", "anna@example.org")]);
    let options = Options::default().addresses(Arc::new(table));
    let inner = event(&format!(
        "{PLAIN}ORGANIZER;CN=Anna;SENT-BY=\"mailto:IMCEAEX-_O=ORG_OU=A_CN=RECIPIENTS_CN=ANNA@x\":MAILTO:IMCEAEX-_O=ORG_OU=A_CN=RECIPIENTS_CN=ANNA@x\r\n\
         ATTENDEE:/o=Org/ou=A/cn=Recipients/cn=anna\r\n"
    ));
    let known = calendar_with(file(&inner).as_bytes(), &options).unwrap();
    let item = &known.items[0];
    assert!(!item.is_lossy(), "{:?}", item.findings);
    assert_eq!(
        codes(item)
            .iter()
            .filter(|code| **code == "DAV-ADDRESS-RESOLVED")
            .count(),
        3
    );
    let text = body(item).replace("\r\n ", "");
    assert!(text.contains("ORGANIZER;CN=Anna;SENT-BY=\"mailto:anna@example.org\";SCHEDULE-AGENT=CLIENT:mailto:anna@example.org\r\n"), "{text}");
    assert!(split(&file(&inner)).items[0].is_lossy());
}

#[test]
fn no_wish_to_send_at_once_survives() {
    let split = split(&file(&event(&format!(
        "{PLAIN}ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST;SCHEDULE-STATUS=1.1:mailto:a@b\r\n\
         ATTENDEE;SCHEDULE-AGENT=NONE;SCHEDULE-FORCE-SEND=REQUEST:mailto:c@d\r\n"
    ))));
    let text = body(&split.items[0]).replace("\r\n ", "");
    assert!(
        text.contains(
            "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@b\r\nATTENDEE;SCHEDULE-AGENT=NONE:mailto:c@d\r\n"
        ),
        "{text}"
    );
}

#[test]
fn scheduling_parameters_that_are_taken_out_are_named() {
    let lines = |extra: &str| {
        event(&format!(
            "{PLAIN}ORGANIZER;SCHEDULE-STATUS=1.1{extra}:mailto:o@b.c\r\nATTENDEE;SCHEDULE-STATUS=\"2.0\"{extra}:mailto:a@b.c\r\nATTENDEE;SCHEDULE-FORCE-SEND=REQUEST{extra}:mailto:b@b.c\r\n"
        ))
    };
    let split = split(&file(&format!(
        "{}{}",
        lines(""),
        lines(";SCHEDULE-AGENT=NONE").replace("UID:u", "UID:v")
    )));
    let removed: Vec<Vec<String>> = split
        .items
        .iter()
        .map(|item| {
            let findings = item.findings.iter();
            findings
                .filter(|finding| finding.code() == "DAV-REPAIR-SCHEDULE-REMOVED")
                .map(ToString::to_string)
                .collect()
        })
        .collect();
    assert_eq!(removed[0].len(), 3, "{removed:?}");
    for (text, named) in removed[0].iter().zip([
        "SCHEDULE-FORCE-SEND=REQUEST",
        "SCHEDULE-STATUS=\"2.0\"",
        "SCHEDULE-STATUS=1.1",
    ]) {
        assert!(text.contains(named), "{text}");
    }
    // Where the client schedules already, what came of its messages stays.
    assert_eq!(removed[1].len(), 1, "{removed:?}");
    assert!(body(&split.items[1]).contains("SCHEDULE-STATUS=1.1"));
    for item in &split.items {
        assert!(!item.is_lossy() && !body(item).contains("FORCE-SEND"));
    }
}
