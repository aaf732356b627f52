#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use std::sync::Arc;

use super::*;
use crate::{ErrorKind, Finding, Item};

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
            event(&format!(
                "{PLAIN}ORGANIZER;CN=a:mailto:a@b\r\nATTENDEE;SCHEDULE-AGENT=SERVER:mailto:c@d\r\n"
            )),
            "DAV-REPAIR-SCHEDULE-AGENT",
            "ORGANIZER;CN=a;SCHEDULE-AGENT=CLIENT:mailto:a@b\r\nATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:c@d\r\n",
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
fn other_files_are_refused_as_a_whole() {
    for source in ["", "hello", "BEGIN:VCARD\r\nEND:VCARD\r\n"] {
        assert_eq!(
            calendar(source.as_bytes(), &Limits::default())
                .unwrap_err()
                .kind(),
            ErrorKind::Malformed
        );
    }
    let empty = split(&file("X-WR-CALNAME:Work\\, mostly\r\n"));
    assert!(empty.items.is_empty());
    assert_eq!(empty.calendar_name.as_deref(), Some("Work, mostly"));
}

#[test]
fn a_frame_that_multiplies_is_bounded() {
    let zone = ZONE.replace(
        "TZID:My Zone\r\n",
        &format!("TZID:My Zone\r\nX-A:{}\r\n", "a".repeat(1000)),
    );
    let events: String = (0..100)
        .map(|n| {
            event(&format!(
                "UID:{n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=My Zone:20260105T100000\r\n"
            ))
        })
        .collect();
    let source = file(&format!("{zone}{events}"));
    assert!(calendar(source.as_bytes(), &Limits::default().max_output(50_000)).is_err());
    let limited = calendar(source.as_bytes(), &Limits::default().max_frame(500)).unwrap();
    assert!(
        limited
            .items
            .iter()
            .all(|item| codes(item).contains(&"DAV-FRAME-LARGE"))
    );
}

#[test]
fn uids_do_not_reach_names() {
    let split = split(&file(&event(&PLAIN.replace("UID:u", "UID:../../etc/passwd%2f"))));
    let item = &split.items[0];
    assert_eq!(item.uid, "../../etc/passwd%2f");
    assert!(
        item.resource_name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.')
    );
    assert!(item.resource_name.ends_with(".ics") && item.resource_name.len() == 36);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_make_it_panic(
        pieces in proptest::collection::vec("(BEGIN:VEVENT|END:VEVENT|BEGIN:VCALENDAR|END:VCALENDAR|BEGIN:VTIMEZONE|END:VTIMEZONE|UID:[ab]|TZID:a|DTSTART;TZID=a:20260105T100000|RECURRENCE-ID:2|[ -~]{0,12}|\\PC{0,6}| x)", 0..24),
        tail in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut source = pieces.join("\r\n").into_bytes();
        source.extend_from_slice(&tail);
        if let Ok(split) = calendar(&source, &Limits::default()) {
            // What is written can be split again and stays as it is.
            for item in split.items.iter().filter(|item| !item.is_lossy()) {
                let body = item.body.as_deref().unwrap();
                let again = calendar(body, &Limits::default()).unwrap();
                prop_assert_eq!(again.items.len(), 1);
                prop_assert_eq!(again.items[0].body.as_deref().unwrap(), body);
            }
        }
    }
}

#[test]
fn hostile_shapes_end_in_time() {
    let many = 40_000;
    let zone = |n: usize| ZONE.replace("My Zone", &format!("Z{n}"));
    let shapes: Vec<(&str, String)> = vec![
        (
            "strays",
            file(&event(&format!(
                "{PLAIN}{}{}",
                "END:X\r\n".repeat(many),
                "X:1\r\n".repeat(many)
            ))),
        ),
        (
            "zones",
            file(
                &(0..many / 10)
                    .map(|n| format!("{}{}", zone(n), zone(n).replace("+0307", "+0407")))
                    .collect::<String>(),
            ),
        ),
        ("calendars", (0..many / 10).map(|_| file(&event(PLAIN))).collect()),
        (
            "different",
            (0..many / 10)
                .map(|n| file(&event(&format!("{PLAIN}SUMMARY:{n}\r\n"))))
                .collect(),
        ),
        (
            "overrides",
            file(&format!(
                "{ZONE}{}",
                (0..many / 10)
                    .map(|n| event(&format!("{PLAIN}RECURRENCE-ID;TZID=My Zone:{n}\r\n")))
                    .collect::<String>()
            )),
        ),
        ("junk", file(&event(&format!("{PLAIN}{}", "x\r\n".repeat(many))))),
        (
            "repeated",
            file(&event(&format!("{PLAIN}{}", "SUMMARY:x\r\nX:1\r\n".repeat(many)))),
        ),
        (
            "folds",
            file(&event(&format!(
                "{PLAIN}SUMMARY:x{}\r\n",
                "\r\n x".repeat(many * 10)
            ))),
        ),
        (
            "parameters",
            file(&event(&format!("{PLAIN}X{}:1\r\n", ";A=1".repeat(many)))),
        ),
        (
            "quotes",
            file(&event(&format!("{PLAIN}X;A=\"{}:1\r\n", ",;:".repeat(many)))),
        ),
        (
            "dates",
            file(&event(&format!(
                "{PLAIN}EXDATE:20260101T000000Z{}\r\n",
                ",20260101T000000Z".repeat(many)
            ))),
        ),
        (
            "ends",
            "BEGIN:VEVENT\r\n".to_owned() + &"END:VCALENDAR\r\n".repeat(many),
        ),
    ];
    for (name, source) in shapes {
        let start = std::time::Instant::now();
        let split = calendar(source.as_bytes(), &Limits::default());
        let took = start.elapsed();
        assert!(took.as_secs() < 20, "{name}: {took:?}");
        let most = split
            .iter()
            .flat_map(|split| &split.items)
            .map(|item| item.findings.len())
            .max();
        assert!(most.unwrap_or(0) < 10_000, "{name}: {most:?} findings");
    }
}

fn windows_zone(offset: &str) -> String {
    ZONE.replace("My Zone", "Russian Standard Time")
        .replace("+0307", offset)
}

fn zoned(start: &str, more: &str) -> String {
    event(&format!(
        "UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Russian Standard Time:{start}\r\n{more}"
    ))
}

#[test]
fn russian_zones_keep_their_instants_or_go_to_a_person() {
    for (offset, start, more, code) in [
        // The rules since 2014, and what they make of times before.
        ("+0300", "20260105T100000", "", "DAV-TZ-MATCHED"),
        ("+0300", "20141027T100000", "", "DAV-TZ-MATCHED"),
        ("+0300", "20141020T100000", "", "DAV-TZ-READINGS"),
        ("+0300", "20120105T100000", "", "DAV-TZ-READINGS"),
        // The rules between 2011 and 2014.
        ("+0400", "20120105T100000", "", "DAV-TZ-MATCHED"),
        ("+0400", "20110325T100000", "", "DAV-TZ-READINGS"),
        ("+0400", "20150105T100000", "", "DAV-TZ-READINGS"),
        // Series that cross a change.
        (
            "+0400",
            "20130105T100000",
            "RRULE:FREQ=WEEKLY;UNTIL=20140901T000000Z\r\n",
            "DAV-TZ-MATCHED",
        ),
        (
            "+0400",
            "20130105T100000",
            "RRULE:FREQ=WEEKLY\r\n",
            "DAV-TZ-READINGS",
        ),
        (
            "+0300",
            "20141101T100000",
            "RRULE:FREQ=WEEKLY\r\n",
            "DAV-TZ-MATCHED",
        ),
        (
            "+0300",
            "20141020T100000",
            "RRULE:FREQ=WEEKLY;COUNT=3\r\n",
            "DAV-TZ-READINGS",
        ),
    ] {
        let split = split(&file(&(windows_zone(offset) + &zoned(start, more))));
        let item = &split.items[0];
        assert!(
            codes(item).contains(&code),
            "{offset} {start} {more}: {:?}",
            item.findings
        );
        assert_eq!(item.is_lossy(), code == "DAV-TZ-READINGS");
        if !item.is_lossy() {
            assert!(
                body(item).contains("DTSTART;TZID=Europe/Moscow:"),
                "{}",
                body(item)
            );
        }
    }
    let both = split(&file(&(windows_zone("+0300") + &zoned("20120105T100000", ""))));
    let text = both.items[0].lossy().next().unwrap().to_string();
    assert!(
        text.contains("2012-01-05T07:00:00Z") && text.contains("2012-01-05T06:00:00Z"),
        "{text}"
    );
}

#[test]
fn zones_of_a_name_that_nobody_knows_are_found_by_their_changes_or_sent_along() {
    let berlin = "BEGIN:VTIMEZONE\r\nTZID:Z\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n\
         TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\n\
         RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
    let at = |start: &str, more: &str| zoned(start, more).replace("Russian Standard Time", "Z");
    let found = split(&file(
        &(berlin.to_owned() + &at("20260105T100000", "RRULE:FREQ=WEEKLY\r\n")),
    ));
    assert!(codes(&found.items[0]).contains(&"DAV-TZ-MATCHED"));
    assert!(
        body(&found.items[0]).contains("TZID=Europe/Berlin:"),
        "{}",
        body(&found.items[0])
    );
    let hinted = berlin.replace("TZID:Z\r\n", "TZID:Z\r\nX-LIC-LOCATION:Europe/Rome\r\n");
    let found = split(&file(&(hinted + &at("20260105T100000", ""))));
    assert!(body(&found.items[0]).contains("TZID=Europe/Rome:"));
    // A change by hand: no zone of the database does that.
    let odd = berlin
        .replace("BYMONTH=3", "BYMONTH=4")
        .replace("0325T02", "0429T02");
    let source = file(&(odd + &at("20260105T100000", "")));
    let kept = split(&source);
    assert_eq!(codes(&kept.items[0]), ["DAV-TZ-CUSTOM"]);
    assert_eq!(body(&kept.items[0]), source);
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
fn a_missing_end_costs_one_component() {
    let cut = format!("BEGIN:VEVENT\r\n{}", PLAIN.replace("UID:u", "UID:cut"));
    for source in [
        file(&format!("{cut}{}", event(PLAIN))),
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{cut}{}",
            file(&event(PLAIN))
        ),
    ] {
        let split = split(&source);
        let state: Vec<_> = split
            .items
            .iter()
            .map(|item| (item.uid.as_str(), item.is_lossy()))
            .collect();
        assert_eq!(state, [("cut", true), ("u", false)], "{source}");
        assert!(codes(&split.items[0]).contains(&"DAV-TRUNCATED"));
    }
}

#[test]
fn a_stream_gives_what_memory_gives() {
    let long = "я".repeat(200_000);
    let sources = [
        file(&event(PLAIN)),
        file(&event(&format!("{PLAIN}SUMMARY:{long}\r\n"))) + &file(&event(&PLAIN.replace("UID:u", "UID:v"))),
        file(&event(PLAIN)).replace("\r\n", "\n"),
        file(&event(PLAIN)).replace("\r\n", "\r"),
        format!("\u{feff}{}", file(&event(PLAIN))),
        (0..3000)
            .map(|n| event(&PLAIN.replace("UID:u", &format!("UID:{n}\r\nSUMMARY:{}", "x".repeat(n % 300)))))
            .collect(),
    ];
    for source in &sources {
        let memory = split(source);
        let stream = stream(std::io::Cursor::new(source), &Options::default()).unwrap();
        let streamed: Vec<Item> = stream.map(Result::unwrap).collect();
        assert_eq!(memory.items.len(), streamed.len());
        for (one, other) in memory.items.iter().zip(&streamed) {
            assert_eq!(
                (&one.uid, &one.body, &one.original, &one.findings),
                (&other.uid, &other.body, &other.original, &other.findings)
            );
        }
        let lines = Options::default().understanding(false);
        let regrouped = super::stream(std::io::Cursor::new(source), &lines).unwrap();
        for (one, item) in memory.items.iter().zip(regrouped) {
            let item = item.unwrap();
            assert_eq!(item.uid, one.uid);
            crate::strict::calendar(item.body.as_deref().unwrap()).unwrap();
        }
    }
    let wide: Vec<u8> = sources[0].encode_utf16().flat_map(u16::to_le_bytes).collect();
    let items: Vec<_> = stream(std::io::Cursor::new(&wide), &Options::default())
        .unwrap()
        .collect();
    assert_eq!(items.len(), 1);
}

/// Kazakhstan's clocks went back in March 2024, those of Kyrgyzstan, which the name now means, did not.
#[test]
fn a_windows_name_whose_meaning_changed_is_seen_by_a_person() {
    let name = "Central Asia Standard Time";
    let at = |date: &str, more: &str| {
        event(&format!(
            "UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID={name}:{date}T100000\r\n{more}"
        ))
    };
    let zone = |offset: &str| ZONE.replace("My Zone", name).replace("+0307", offset);
    let weekly = "RRULE:FREQ=WEEKLY;COUNT=20\r\n";
    for (source, code, becomes) in [
        (at("20260105", ""), Some("DAV-TZ-MEANING"), "Asia/Bishkek"),
        // Both show the same times.
        (at("20230105", ""), None, "Asia/Bishkek"),
        (at("20240105", weekly), Some("DAV-TZ-MEANING"), "Asia/Bishkek"),
        (at("20230105", weekly), None, "Asia/Bishkek"),
        // The rules of the file say which is meant.
        (
            format!("{}{}", zone("+0600"), at("20260105", "")),
            None,
            "Asia/Bishkek",
        ),
        (
            format!("{}{}", zone("+0500"), at("20260105", "")),
            None,
            "Asia/Almaty",
        ),
        (
            format!("{}{}", zone("+0700"), at("20260105", "")),
            Some("DAV-TZ-READINGS"),
            name,
        ),
    ] {
        let split = split(&file(&source));
        let lossy: Vec<_> = split.items[0].lossy().map(Finding::code).collect();
        assert_eq!(lossy, Vec::from_iter(code), "{source}");
        assert!(
            body(&split.items[0]).contains(&format!("DTSTART;TZID={becomes}:")),
            "{source}"
        );
    }
    let split = split(&file(&at("20260105", "")));
    let shown: Vec<_> = split.items[0].findings.iter().map(ToString::to_string).collect();
    let version = format!("CLDR {}", crate::zone::CLDR_VERSION);
    assert!(
        shown
            .iter()
            .all(|text| !text.contains("Central Asia") || text.contains(&version)),
        "{shown:?}"
    );
    assert!(
        shown
            .iter()
            .any(|text| text.contains("04:00:00Z") && text.contains("05:00:00Z")),
        "{shown:?}"
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

#[test]
fn rules_of_a_zone_may_start_on_a_day() {
    for start in ["DTSTART;VALUE=DATE:19700101", "DTSTART:19700101"] {
        let zone = ZONE.replace("DTSTART:16010101T000000", start);
        let split = split(&file(&format!(
            "{zone}{}",
            event(&PLAIN.replace("DTSTART:20260105T100000Z", "DTSTART;TZID=My Zone:20260105T100000"))
        )));
        let item = &split.items[0];
        assert_eq!(codes(item), ["DAV-TZ-CUSTOM", "DAV-REPAIR-TZ-START"], "{start}");
        assert!(body(item).contains("DTSTART:19700101T000000\r\n"));
        crate::strict::calendar(body(item).as_bytes()).unwrap();
        let all = crate::occur::calendar(
            item.body.as_deref().unwrap(),
            i64::MIN..i64::MAX,
            9,
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(all[0].start % 86_400, 10 * 3600 - 3 * 3600 - 7 * 60);
    }
}

/// What takes more work than its size allows is left to a person, by a named limit.
#[test]
fn work_is_bounded() {
    let far = "EXDATE:99991231T100000Z\r\n";
    let bare = PLAIN.replace("20260105", "20200105");
    let numbers = |most: u32| {
        let all: Vec<String> = (0..most).map(|number| number.to_string()).collect();
        all.join(",")
    };
    let dense = format!(
        "RRULE:FREQ=YEARLY;BYHOUR={};BYMINUTE={};BYSECOND={};BYSETPOS=366\r\n",
        numbers(24),
        numbers(60),
        numbers(60)
    );
    let zone = ZONE.replace(
        "END:STANDARD",
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\nEND:STANDARD",
    );
    let zoned = event(&bare.replace("DTSTART:20200105T100000Z", "DTSTART;TZID=My Zone:20200105T100000"));
    let limits = Limits::default().max_steps(5_000);
    let options = Options::new(limits);
    for (source, code) in [
        (
            event(&format!("{bare}{far}RRULE:FREQ=DAILY\r\n")),
            "DAV-RRULE-WORK",
        ),
        (
            event(&format!(
                "{bare}{far}{}",
                "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n".repeat(500)
            )),
            "DAV-RRULE-WORK",
        ),
        (event(&format!("{bare}{far}{dense}")), "DAV-RRULE-WORK"),
        (format!("{zone}{zoned}"), "DAV-TZ-INVALID"),
    ] {
        let source = file(&source);
        let memory = calendar_with(source.as_bytes(), &options).unwrap();
        assert!(
            codes(&memory.items[0]).contains(&code),
            "{:?}",
            codes(&memory.items[0])
        );
        assert!(memory.items[0].is_lossy());
        let mut stream = memory_of(&source, &options);
        let _ = stream.next();
        assert!(stream.work.used() <= 10_000, "{}", stream.work.used());
    }
    // A budget for all of the file, too.
    let series: String = (0..200)
        .map(|uid| event(&format!("{bare}{far}RRULE:FREQ=DAILY\r\n").replace("UID:u", &format!("UID:{uid}"))))
        .collect();
    let options = Options::new(Limits::default().max_steps(20_000).max_steps_per_byte(1));
    let source = file(&series);
    let mut stream = memory_of(&source, &options);
    assert!(
        stream
            .by_ref()
            .all(|item| codes(&item.unwrap()).contains(&"DAV-RRULE-WORK"))
    );
    assert!(stream.work.used() <= 32 * 20_000 + source.len() as u64);
    // Properties of the calendar are repeated in each resource.
    let large = format!(
        "X-A:{}\r\n{}",
        "x".repeat(250_000),
        (0..600)
            .map(|uid| event(&PLAIN.replace("UID:u", &format!("UID:{uid}"))))
            .collect::<String>()
    );
    let error = calendar_with(
        file(&large).as_bytes(),
        &Options::new(Limits::default().max_growth(1)),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("max_growth"), "{error}");
}

fn memory_of<'a>(source: &'a str, options: &Options) -> Stream<'a> {
    memory(source.as_bytes(), options).unwrap()
}

/// Threads make the same of a file as a stream does, in the same order.
#[test]
fn several_threads_give_what_one_gives() {
    let mut source = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{ZONE}");
    for uid in 0..6_000 {
        let series = if uid % 7 == 0 {
            "RRULE:FREQ=DAILY;COUNT=3\r\n"
        } else {
            ""
        };
        let lines = format!(
            "UID:{}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=My Zone:20260105T100000\r\n{series}SUMMARY:\u{43e}{uid}\r\nDESCRIPTION:{}\r\n",
            uid % 5_900,
            "x".repeat(1_000),
        );
        source.push_str(&event(&lines));
        if uid % 1_000 == 0 {
            source.push_str("junk\r\nBEGIN:X-OWN\r\nEND:X-OWN\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:y\r\n");
            source.push_str(&ZONE.replace("My Zone", "Other"));
            source.push_str(ZONE);
        }
    }
    source.push_str("END:VCALENDAR\r\n");
    assert!(
        parallel::threads(source.len()) > 1
            || std::thread::available_parallelism().is_ok_and(|one| one.get() == 1)
    );
    let options = Options::default();
    for source in [source.as_bytes(), &encoding_rs::WINDOWS_1251.encode(&source).0] {
        let all = calendar_with(source, &options).unwrap();
        let mut stream = memory(source, &options).unwrap();
        let one: Vec<Item> = stream.by_ref().map(Result::unwrap).collect();
        assert_eq!(all.items.len(), one.len());
        for (item, other) in all.items.iter().zip(&one) {
            assert_eq!(
                (&item.uid, &item.body, &item.original, &item.findings),
                (&other.uid, &other.body, &other.original, &other.findings)
            );
        }
        assert_eq!(all.findings, stream.findings);
    }
    let error = calendar_with(
        source.as_bytes(),
        &Options::new(Limits::default().max_output(5 << 20)),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}
