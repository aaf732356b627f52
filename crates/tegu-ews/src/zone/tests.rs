#![allow(clippy::unwrap_used)]
use super::*;
use crate::{Limits, xml::Document};

/// Moscow as Windows has it: summer time until 2010, then four hours, then three.
pub(crate) const MOSCOW: &str = "<StartTimeZone Id=\"Russian Standard Time\n\" Name=\"(UTC+03:00) Moscow\"><Periods>\
    <Period Bias=\"-PT3H\" Name=\"Standard\" Id=\"s3\"/><Period Bias=\"-PT4H\" Name=\"Daylight\" Id=\"d4\"/><Period Bias=\"-PT240M\" Name=\"Standard\" Id=\"s4\"/>\
    </Periods><TransitionsGroups><TransitionsGroup Id=\"0\"><RecurringDayTransition><To Kind=\"Period\">d4</To><TimeOffset>PT2H</TimeOffset><Month>3</Month>\
    <DayOfWeek>Sunday</DayOfWeek><Occurrence>-1</Occurrence></RecurringDayTransition><RecurringDayTransition><To Kind=\"Period\">s3</To><TimeOffset>PT3H</TimeOffset>\
    <Month>10</Month><DayOfWeek>Sunday</DayOfWeek><Occurrence>-1</Occurrence></RecurringDayTransition></TransitionsGroup>\
    <TransitionsGroup Id=\"1\"><Transition><To Kind=\"Period\">s4</To></Transition></TransitionsGroup>\
    <TransitionsGroup Id=\"2\"><Transition><To Kind=\"Period\">s3</To></Transition></TransitionsGroup></TransitionsGroups>\
    <Transitions><Transition><To Kind=\"Group\">0</To></Transition><AbsoluteDateTransition><To Kind=\"Group\">1</To><DateTime>2011-03-27T02:00:00</DateTime></AbsoluteDateTransition>\
    <AbsoluteDateTransition><To Kind=\"Group\">2</To><DateTime>2014-10-26T02:00:00</DateTime></AbsoluteDateTransition></Transitions></StartTimeZone>";

const PACIFIC: &str = "<MeetingTimeZone TimeZoneName=\"Custom\"><BaseOffset>PT480M</BaseOffset><Standard><Offset>PT0M</Offset><RelativeYearlyRecurrence>\
    <DaysOfWeek>Sunday</DaysOfWeek><DayOfWeekIndex>First</DayOfWeekIndex><Month>November</Month></RelativeYearlyRecurrence><Time>02:00:00</Time></Standard>\
    <Daylight><Offset>-PT60M</Offset><RelativeYearlyRecurrence><DaysOfWeek>Sunday</DaysOfWeek><DayOfWeekIndex>Second</DayOfWeekIndex><Month>March</Month>\
    </RelativeYearlyRecurrence><Time>02:00:00</Time></Daylight></MeetingTimeZone>";

fn zone(xml: &str) -> Zone {
    let document = Document::parse(xml, &Limits::default()).unwrap();
    let root = document.root().unwrap();
    if root.name() == "MeetingTimeZone" {
        Zone::meeting(root)
    } else {
        Zone::definition(root)
    }
}

fn agrees(zone: &Zone, iana: &str, from: i16, to: i16) {
    let judge = jiff::tz::TimeZone::get(iana).unwrap();
    let mut at = Offset::UTC
        .to_timestamp(DateTime::new(from, 1, 1, 0, 0, 0, 0).unwrap())
        .unwrap();
    let end = Offset::UTC
        .to_timestamp(DateTime::new(to, 1, 1, 0, 0, 0, 0).unwrap())
        .unwrap();
    while at < end {
        let expected = judge.to_datetime(at);
        assert_eq!(zone.to_local(at), Some(expected), "{iana} at {at}");
        let back = zone.to_instant(expected).unwrap();
        assert_eq!(judge.to_datetime(back), expected);
        at = at.checked_add(11.hours()).unwrap();
    }
}

#[test]
fn definitions_say_the_same_as_the_database() {
    let moscow = zone(MOSCOW);
    assert_eq!(moscow.id, "Russian Standard Time");
    agrees(&moscow, "Europe/Moscow", 2008, 2030);
    agrees(&zone(PACIFIC), "America/Los_Angeles", 2008, 2030);
}

#[test]
fn components_say_the_same_as_the_definition() {
    let from = "2010-06-01T00:00:00Z".parse().unwrap();
    let text = zone(MOSCOW).component(from).unwrap();
    assert!(text.contains("TZID:Russian Standard Time\r\n"));
    assert!(text.contains("BEGIN:DAYLIGHT\r\nDTSTART:20090329T020000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0400\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20110326T230000Z\r\n"));
    assert!(text.contains("DTSTART:20110327T020000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0400\r\n"));
    assert!(text.contains("DTSTART:20141026T020000\r\nTZOFFSETFROM:+0400\r\nTZOFFSETTO:+0300\r\n"));
    let late = zone(MOSCOW)
        .component("2026-06-01T00:00:00Z".parse().unwrap())
        .unwrap();
    assert_eq!(late.matches("BEGIN:STANDARD").count(), 1, "{late}");
    let pacific = zone(PACIFIC)
        .component("2026-06-01T00:00:00Z".parse().unwrap())
        .unwrap();
    assert!(pacific.contains("BEGIN:STANDARD\r\nDTSTART:20251102T020000\r\nTZOFFSETFROM:-0700\r\nTZOFFSETTO:-0800\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n"));
}

#[test]
fn a_name_alone_has_no_rules() {
    for xml in [
        "<StartTimeZone Id=\"Customized Time Zone\"/>",
        "<StartTimeZone Id=\"x\"><Periods><Period Id=\"a\" Bias=\"soon\"/></Periods></StartTimeZone>",
    ] {
        let zone = zone(xml);
        assert!(!zone.is_defined());
        assert_eq!(zone.to_local(Timestamp::UNIX_EPOCH), None);
    }
}

/// The work for each time of an event must not grow with what the zone says.
#[test]
fn a_zone_with_more_changes_in_a_year_than_any_has_is_a_name_alone() {
    let change = "<RecurringDateTransition><To Kind=\"Period\">p</To><TimeOffset>PT2H</TimeOffset><Month>3</Month><Day>9</Day></RecurringDateTransition>";
    let of = |changes: usize| {
        let changes = change.repeat(changes);
        zone(&format!(
            "<StartTimeZone Id=\"x\"><Periods><Period Bias=\"-PT3H\" Name=\"n\" Id=\"p\"/></Periods><TransitionsGroups><TransitionsGroup Id=\"0\">\
             {changes}</TransitionsGroup></TransitionsGroups><Transitions><Transition><To Kind=\"Group\">0</To></Transition></Transitions></StartTimeZone>"
        ))
    };
    assert!(of(4).is_defined());
    assert!(!of(17).is_defined());
    assert!(!of(100_000).is_defined());
}
