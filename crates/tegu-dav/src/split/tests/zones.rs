//! Time zones: what a name means, and where it is not certain.

use super::*;

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

#[test]
fn zones_of_the_file_and_added_ones_stand_in_one_order() {
    for name in ["Africa/Windhoek", "Pacific/Auckland"] {
        let event = event(&format!(
            "UID:u\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=My Zone:20260105T100000\r\nDTEND;TZID={name}:20260106T100000\r\n"
        ));
        let first = split(&file(&format!("{ZONE}{event}")));
        let written = body(&first.items[0]);
        let zones: Vec<&str> = written
            .lines()
            .filter_map(|line| line.strip_prefix("TZID:"))
            .collect();
        assert_eq!(zones.len(), 2);
        assert!(zones.is_sorted(), "{zones:?}");
        assert_eq!(body(&split(written).items[0]), written);
    }
}
