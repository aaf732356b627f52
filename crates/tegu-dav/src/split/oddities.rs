//! Tests of what writers really write, or fuzzers found.
#![allow(clippy::unwrap_used)]

use super::tests::{PLAIN, ZONE, body, codes, event, file, split};
use super::*;
use crate::{Finding, Item};

#[test]
fn groups_are_no_part_of_calendars() {
    let bare = "UID:u\r\nDTSTAMP:20260101T000000Z\r\n";
    let zoned = event(&format!("{bare}DTSTART;TZID=My Zone:20260105T100000\r\n"));
    for source in [
        event(&format!("{PLAIN}a.SUMMARY:x\r\n")),
        format!("a.X-WR-CALNAME:x\r\n{}", event(PLAIN)),
        format!("{}{zoned}", ZONE.replace("BEGIN:ST", "a.COMMENT:x\r\nBEGIN:ST")),
        format!("{}{zoned}", ZONE.replace("END:ST", "a.COMMENT:x\r\nEND:ST")),
        event(&format!(
            "{bare}a.DTSTART;TZID=(UTC+03:00) Moscow, St. Petersburg:20260105T100000\r\n"
        )),
        event(&format!(
            "{PLAIN}a.DTEND;TZID=(UTC+03:00) Moscow, St. Petersburg:20260105T100000\r\n"
        )),
        event(&format!(
            "{PLAIN}BEGIN:VALARM\r\nACTION:AUDIO\r\na.TRIGGER:-PT1H\r\nEND:VALARM\r\n"
        )),
    ] {
        let split = split(&file(&source));
        assert!(split.items.iter().any(Item::is_lossy), "{source}");
        for item in split.items.iter().filter(|item| !item.is_lossy()) {
            assert_eq!(
                crate::strict::calendar(item.body.as_deref().unwrap()),
                Ok(()),
                "{source}"
            );
        }
    }
    assert!(
        codes(&split(&file(&event(&format!("{PLAIN}a.SUMMARY:x\r\n")))).items[0]).contains(&"DAV-JUNK-LINE")
    );
}

#[test]
fn what_only_looks_like_an_event_goes_to_a_person() {
    let inner = |name: &str| format!("BEGIN:{name}\r\n{PLAIN}END:{name}\r\n");
    for (source, code) in [
        // Only its first physical line begins an event.
        (
            format!("BEGIN:VEVENT\r\n :x\r\n{}", inner("DAYLIGHT")),
            "DAV-COMPONENT-UNSUPPORTED",
        ),
        (
            format!("BEGIN:VEVENT\r\n :x\r\n{PLAIN}END:VEVENT\r\n"),
            "DAV-COMPONENT-UNSUPPORTED",
        ),
        (
            format!("BEGIN:VEVENT\r\n X\r\n{PLAIN}END:VEVENTX\r\n"),
            "DAV-COMPONENT-UNSUPPORTED",
        ),
        (inner("DAYLIGHT"), "DAV-COMPONENT-UNSUPPORTED"),
        (inner("STANDARD"), "DAV-COMPONENT-UNSUPPORTED"),
        (inner("VALARM"), "DAV-COMPONENT-UNSUPPORTED"),
        // It ends before the walk sees its end, and something else follows.
        (
            format!("BEGIN:VEVENT\r\n{PLAIN}END:VEV\r\n ENT\r\n{}", inner("DAYLIGHT")),
            "DAV-STRUCTURE",
        ),
        (
            format!("BEGIN:VEVENT\r\n{PLAIN}END:VEV\r\n ENT\r\nSUMMARY:x\r\n"),
            "DAV-STRUCTURE",
        ),
    ] {
        let split = split(&file(&format!(
            "{source}{}",
            event(&PLAIN.replace("UID:u", "UID:v"))
        )));
        let codes: Vec<_> = split.items.iter().flat_map(codes).collect();
        assert!(codes.contains(&code), "{code} in {codes:?}: {source}");
        let whole: Vec<_> = split.items.iter().filter(|item| !item.is_lossy()).collect();
        assert_eq!(whole.len(), 1, "{source}");
        assert_eq!(whole[0].uid, "v");
        for item in &split.items {
            assert_eq!(item.body.is_none(), item.kind == ItemKind::Unknown, "{source}");
        }
        let kept: Vec<u8> = split
            .items
            .iter()
            .flat_map(|item| item.original.clone())
            .collect();
        let kept = String::from_utf8(kept).unwrap();
        assert!(
            source.lines().all(|line| kept.contains(line)),
            "{source} in {kept}"
        );
    }
    // Spaces that only Unicode knows do not end a component behind the walk's back.
    let split = split(&file(&format!(
        "BEGIN:VEVENT\r\n{PLAIN}END:VEVENT\u{a0}\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
    )));
    assert!(
        split
            .items
            .iter()
            .all(|item| item.is_lossy() || body(item).contains("SUMMARY:x"))
    );
}

#[test]
fn calendar_properties_and_zones_hold_nothing_that_unfolds_to_more() {
    let zoned = event(&PLAIN.replace("DTSTART:20260105T100000Z", "DTSTART;TZID=My Zone:20260105T100000"));
    for source in [
        format!("B\r\n\r\n EGIN:VEVENT\r\n{}", event(PLAIN)),
        format!("EN\r\n D:VCALENDAR\r\n{}", event(PLAIN)),
        format!(
            "{}COMMENT:x\r\n{zoned}",
            ZONE.replace("END:VTIMEZONE\r\n", "END:VTIMEZ\r\n ONE\r\n")
        ),
        format!(
            "{}{zoned}",
            ZONE.replace(
                "END:VTIMEZONE\r\n",
                "END:VTIMEZ\r\n ONE\r\nBEGIN:DAYLIGHT\r\nEND:DAYLIGHT\r\n"
            )
        ),
        format!(
            "{}{zoned}",
            ZONE.replace("BEGIN:VTIMEZONE\r\n", "BEGIN:VTIMEZONE\r\n :x\r\n")
        ),
        format!(
            "{}{zoned}",
            ZONE.replace("BEGIN:VTIMEZONE\r\n", "BEGIN:VTIMEZONE\r\n X\r\n")
        ),
    ] {
        let source = file(&source);
        let split = split(&source);
        assert!(split.items.iter().any(Item::is_lossy), "{source}");
        for item in split.items.iter().filter(|item| !item.is_lossy()) {
            let body = item.body.as_deref().unwrap();
            assert_eq!(crate::strict::calendar(body), Ok(()), "{source}");
            let again = calendar(body, &Limits::default()).unwrap();
            assert_eq!(again.items[0].body.as_deref(), Some(body), "{source}");
        }
        let kept: Vec<u8> = split
            .items
            .iter()
            .flat_map(|item| item.original.clone())
            .collect();
        let kept = String::from_utf8(kept).unwrap();
        for line in source.lines().filter(|line| !line.is_empty()) {
            assert!(kept.contains(line), "{line} of {source} in {kept}");
        }
    }
}

#[test]
fn the_order_of_findings_is_that_of_the_file() {
    let twice = event(PLAIN).repeat(2);
    let other = |n: usize| {
        event(&format!(
            "UID:u\r\nRECURRENCE-ID:2026010{n}T100000Z\r\n{}",
            &PLAIN["UID:u\r\n".len()..]
        ))
    };
    let source = file(&format!(
        "{twice}{}{}{}",
        other(5).repeat(3),
        other(6).repeat(4),
        other(7).repeat(5)
    ));
    let copies = |finding: &Finding| match finding {
        Finding::DuplicateIdentical { copies, .. } => Some(*copies),
        _ => None,
    };
    for _ in 0..20 {
        let split = split(&source);
        assert_eq!(
            split.items[0]
                .findings
                .iter()
                .filter_map(copies)
                .collect::<Vec<_>>(),
            [2, 3, 4, 5]
        );
    }
}

#[test]
fn exceptions_of_whole_days_are_named_by_days() {
    let bare = "UID:u\r\nDTSTAMP:20260101T000000Z\r\n";
    let series = event(&format!(
        "{bare}DTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\n"
    ));
    let exception = |id: &str| {
        event(&format!(
            "{bare}RECURRENCE-ID{id}\r\nDTSTART;VALUE=DATE:20260106\r\n"
        ))
    };
    for id in [
        ";TZID=My Zone:20260112T000000",
        ";VALUE=DATE-TIME;TZID=Europe/Moscow:20260112T000000",
        ":20260112T000000Z",
        ":20260112T000000",
    ] {
        let split = split(&file(&format!("{ZONE}{series}{}", exception(id))));
        let [item] = &split.items[..] else { panic!() };
        assert_eq!(codes(item), ["DAV-REPAIR-RECURRENCE-ID"], "{id}");
        assert_eq!(
            body(item),
            file(&format!("{series}{}", exception(";VALUE=DATE:20260112")))
        );
        assert!(String::from_utf8_lossy(&item.original).contains(&format!("RECURRENCE-ID{id}\r\n")));
        assert_eq!(
            split.findings.iter().map(Finding::code).collect::<Vec<_>>(),
            ["DAV-TZ-UNUSED"]
        );
    }
    let kept = exception(";RANGE=THISANDFUTURE:20260112T000000");
    assert!(
        body(&split(&file(&format!("{series}{kept}"))).items[0])
            .contains("RECURRENCE-ID;VALUE=DATE;RANGE=THISANDFUTURE:20260112\r\n")
    );
    // Another time of the day, a day without an occurrence, a series that has times.
    let timed = series.replace(";VALUE=DATE:20260105", ":20260105T100000Z");
    for (series, id) in [
        (&series, ":20260112T210000Z"),
        (&series, ":20260113T000000"),
        (&series, ":20260202T000000"),
        (&timed, ":20260112T000000Z"),
    ] {
        let split = split(&file(&format!("{series}{}", exception(id))));
        assert!(codes(&split.items[0]).contains(&"DAV-OVERRIDE-UNMATCHED"), "{id}");
    }
}

#[test]
fn a_calendar_that_calls_itself_old_is_looked_at() {
    let old = |more: &str, lines: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nPRODID:x\r\n{more}VERSION:1.0\r\n{}END:VCALENDAR\r\n",
            event(&format!("{PLAIN}{lines}"))
        )
    };
    let item = split(&old("CALSCALE:GREGORIAN\r\n", "SUMMARY:a\r\n"))
        .items
        .remove(0);
    assert_eq!(codes(&item), ["DAV-REPAIR-CALENDAR-VERSION"]);
    assert!(
        body(&item).starts_with(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nCALSCALE:GREGORIAN\r\nBEGIN:VEVENT\r\n"
        )
    );
    assert!(!body(&item).contains("1.0"));
    assert!(String::from_utf8_lossy(&item.original).contains("VERSION:1.0\r\n"));
    for (more, lines) in [
        ("", "SUMMARY:a\r\n"),
        (
            "CALSCALE:GREGORIAN\r\n",
            "SUMMARY;ENCODING=QUOTED-PRINTABLE:=41\r\n",
        ),
        ("CALSCALE:GREGORIAN\r\n", "SUMMARY;CHARSET=UTF-8:a\r\n"),
        ("CALSCALE:GREGORIAN\r\n", "AALARM:20260105T100000Z;;1;x\r\n"),
    ] {
        let split = split(&old(more, lines));
        assert_eq!(codes(&split.items[0]), ["DAV-VERSION-UNKNOWN"], "{lines}");
        assert!(body(&split.items[0]).contains("VERSION:1.0\r\n"));
    }
}

#[test]
fn odd_ends_of_lines_lose_nothing() {
    let source = file(&event(PLAIN)).replace("END:VEVENT\r\n", "end:vevent \r\r\n");
    let item = &split(&source).items[0];
    assert!(!item.is_lossy(), "{:?}", item.findings);
    assert_eq!(body(item), file(&event(PLAIN)));
    // A control character is no space: the event has no end then.
    let source = file(&event(PLAIN)).replace("END:VEVENT\r\n", "end:vevent \r\u{b}\n");
    let item = &split(&source).items[0];
    assert_eq!(codes(item), ["DAV-TRUNCATED", "DAV-CONTROL-CHARACTER"]);
    assert!(
        item.original
            .windows(13)
            .any(|bytes| bytes == b"end:vevent \r\x0b")
    );
    // A CR within a line of a file whose lines end with LF is no line end.
    let source = file(&event(PLAIN)).replace("END:VCALENDAR\r\n", "END:VCALENDAR\rX\r\n");
    let split = split(&source);
    assert!(!split.items[0].is_lossy(), "{:?}", split.items[0].findings);
    crate::strict::calendar(body(&split.items[0]).as_bytes()).unwrap();
    assert_eq!(split.items[1].original, b"END:VCALENDAR\rX");
    // What looks like the end of something and is none belongs to nothing, wherever it stands.
    for odd in ["END:VCALEN two\r\n", "END;X=1:VEVENT\r\n"] {
        let behind = file(&event(PLAIN)).replace("END:VCALENDAR\r\n", &format!("{odd}END:VCALENDAR\r\n"));
        let within = file(&event(PLAIN)).replace("END:VEVENT\r\n", &format!("{odd}END:VEVENT\r\n"));
        for source in [behind, within] {
            let split = self::split(&source);
            let codes = split
                .items
                .iter()
                .flat_map(|item| &item.findings)
                .map(Finding::code);
            assert_eq!(
                codes.filter(|code| *code == "DAV-JUNK-LINE").count(),
                1,
                "{source}"
            );
            for item in split.items.iter().filter(|item| !item.is_lossy()) {
                crate::strict::calendar(body(item).as_bytes()).unwrap();
            }
        }
    }
}
