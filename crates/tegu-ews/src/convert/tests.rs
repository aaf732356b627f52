#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    Limits, Version,
    xml::{Document, Raw},
    zone::tests::MOSCOW,
};

/// A calendar item with these properties, and with a calendar in its MIME content.
fn event(properties: &str, mime: Option<&str>) -> Item {
    let content = mime.map_or_else(String::new, |_| "<MimeContent>0</MimeContent>".to_owned());
    let text = format!(
        "<CalendarItem>{content}<ItemId Id=\"AAMk\"/><ItemClass>IPM.Appointment</ItemClass><Subject>Встреча</Subject>{properties}</CalendarItem>"
    );
    let bodies = mime.map(|calendar| {
        let message = format!("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n{calendar}");
        Ok(message.into_bytes().into())
    });
    let raw = Raw {
        text: Vec::new(),
        bodies: bodies.into_iter().collect(),
    };
    let document = Document::parse(&text, &Limits::default()).unwrap();
    Item::read(document.root().unwrap(), &raw).unwrap()
}

fn times(zone: &str) -> String {
    format!("<UID>u1</UID><Start>2026-06-01T06:00:00Z</Start><End>2026-06-01T07:00:00Z</End>{zone}")
}

fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTART:20260601T060000Z\r\nSUMMARY:Встреча\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn codes(item: Item) -> Vec<(String, Severity)> {
    told(&Whole::alone(item).convert(&Context::default()).unwrap())
}

fn told(converted: &Converted) -> Vec<(String, Severity)> {
    let findings = converted.findings.iter();
    findings
        .map(|finding| (finding.code.to_string(), finding.severity))
        .collect()
}

fn code(code: &str, severity: Severity) -> (String, Severity) {
    (code.to_owned(), severity)
}

#[test]
fn witnesses_that_agree_say_nothing() {
    assert_eq!(codes(event(&times(MOSCOW), Some(&calendar("")))), []);
    // In local time, whatever the zone is called.
    let local = calendar("").replace(
        "DTSTART:20260601T060000Z",
        "DTSTART;TZID=\"Customized: Zone\":20260601T090000",
    );
    assert_eq!(codes(event(&times(MOSCOW), Some(&local))), []);
}

#[test]
fn each_defect_of_the_mime_content_has_a_code() {
    let guests = "<RequiredAttendees><Attendee><Mailbox><EmailAddress>g@x.example</EmailAddress></Mailbox></Attendee></RequiredAttendees>";
    let daily = "<Recurrence><DailyRecurrence><Interval>1</Interval></DailyRecurrence><NoEndRecurrence><StartDate>2026-06-01</StartDate></NoEndRecurrence></Recurrence>";
    let (info, lossy) = (Severity::Info, Severity::Lossy);
    for (more, mime, expected) in [
        (
            "",
            Some(calendar("").replace("END:VCALENDAR\r\n", "")),
            vec![code("EWS-WITNESS-CUT", info)],
        ),
        (
            "",
            Some(calendar("ATTACH:CID:123\r\n")),
            vec![code("EWS-WITNESS-ATTACH", info)],
        ),
        (
            "",
            Some(calendar("").replace("UID:u1", "UID:u2")),
            vec![code("EWS-WITNESS-UID", info)],
        ),
        ("", Some(calendar("").replace("SUMMARY:Встреча\r\n", "")), vec![]),
        (
            "",
            Some(calendar("").replace("T060000Z", "T070000Z")),
            vec![code("EWS-WITNESS-START", lossy)],
        ),
        (
            "",
            Some(calendar("LOCATION:там\r\n")),
            vec![code("EWS-WITNESS-LOCATION", info)],
        ),
        (
            guests,
            Some(calendar("")),
            vec![code("EWS-WITNESS-ATTENDEES", info)],
        ),
        (
            guests,
            Some(calendar(
                "ATTENDEE:mailto:g@x.example\r\nATTENDEE:MAILTO:G@x.example\r\n",
            )),
            vec![],
        ),
        (
            "",
            Some(calendar("ATTENDEE:mailto:g@x.example\r\n")),
            vec![code("EWS-WITNESS-ATTENDEES", lossy)],
        ),
        (
            "",
            Some(calendar("RRULE:FREQ=DAILY\r\n")),
            vec![code("EWS-WITNESS-SERIES", lossy)],
        ),
        (daily, Some(calendar("")), vec![code("EWS-WITNESS-SERIES", info)]),
        (
            daily,
            Some(calendar(
                "RRULE:FREQ=DAILY\r\nEXDATE:20260602T060000Z,20260603T060000Z\r\n",
            )),
            vec![code("EWS-WITNESS-DELETED", lossy)],
        ),
        (
            "",
            Some("nothing".to_owned()),
            vec![code("EWS-WITNESS-NONE", info)],
        ),
        ("", None, vec![code("EWS-WITNESS-NONE", info)]),
    ] {
        assert_eq!(
            codes(event(&(times(MOSCOW) + more), mime.as_deref())),
            expected,
            "{mime:?}"
        );
    }
}

#[test]
fn zones_that_nobody_defines() {
    let custom = "<StartTimeZone Id=\"Customized Time Zone\"/>";
    let daily = "<Recurrence><DailyRecurrence><Interval>1</Interval></DailyRecurrence><NumberedRecurrence><StartDate>2026-06-01</StartDate><NumberOfOccurrences>2</NumberOfOccurrences></NumberedRecurrence></Recurrence>";
    let witness = calendar("");
    assert_eq!(
        codes(event(&times(custom), Some(&witness))),
        [code("EWS-ZONE-UTC", Severity::Info)]
    );
    // An empty one is none.
    assert_eq!(
        codes(event(&times("<StartTimeZone Id=\"\"/>"), Some(&witness))),
        [code("EWS-ZONE-UTC", Severity::Info)]
    );
    let with_rule = calendar("RRULE:FREQ=DAILY;COUNT=2\r\n");
    assert_eq!(
        codes(event(&(times(custom) + daily), Some(&with_rule))),
        [code("EWS-ZONE-UNKNOWN", Severity::Lossy)]
    );
    // The organisation knows it.
    let mut context = Context::default();
    let document = Document::parse(MOSCOW, &Limits::default()).unwrap();
    context.zones.insert(
        "Customized Time Zone".into(),
        Zone {
            id: "Customized Time Zone".into(),
            ..Zone::definition(document.root().unwrap())
        },
    );
    let converted = Whole::alone(event(&(times(custom) + daily), Some(&with_rule)))
        .convert(&context)
        .unwrap();
    assert_eq!(converted.findings, []);
    assert!(
        converted
            .component
            .contains("DTSTART;TZID=\"Customized Time Zone\":20260601T090000\r\n"),
        "{}",
        converted.component
    );
    assert_eq!(converted.zones.len(), 1);
}

#[test]
fn whole_days_of_another_zone_are_for_a_person() {
    let shifted = "<UID>u</UID><Start>2026-06-01T06:00:00Z</Start><End>2026-06-02T06:00:00Z</End><IsAllDayEvent>true</IsAllDayEvent>";
    assert_eq!(
        codes(event(&format!("{shifted}{MOSCOW}"), None)),
        [
            code("EWS-ALL-DAY-ZONE", Severity::Lossy),
            code("EWS-WITNESS-NONE", Severity::Info)
        ]
    );
    assert_eq!(
        codes(event(shifted, None))[0],
        code("EWS-ZONE-UNKNOWN", Severity::Lossy)
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let broken = times(MOSCOW)
        + "<Recurrence><LunarRecurrence/></Recurrence><DeletedOccurrences><DeletedOccurrence/></DeletedOccurrences>";
    let found = codes(event(&broken, Some(&calendar(""))));
    assert_eq!(
        found
            .iter()
            .filter(|(code, _)| code == "EWS-EVENT-UNREADABLE")
            .count(),
        2,
        "{found:?}"
    );
    let modified = times(MOSCOW)
        + "<ModifiedOccurrences><Occurrence><ItemId Id=\"x\"/></Occurrence></ModifiedOccurrences>";
    assert!(
        codes(event(&modified, Some(&calendar(""))))
            .contains(&code("EWS-EXCEPTION-UNREADABLE", Severity::Lossy))
    );
    let unknown = times(MOSCOW)
        + "<RequiredAttendees><Attendee><Mailbox><Name>Б</Name><EmailAddress>/o=x/cn=b</EmailAddress><RoutingType>EX</RoutingType></Mailbox></Attendee></RequiredAttendees>";
    let witness = calendar("ATTENDEE:mailto:b@x.example\r\n");
    assert_eq!(
        codes(event(&unknown, Some(&witness))),
        [code("EWS-ADDRESS-UNRESOLVED", Severity::Lossy)]
    );
    let replaced = event(
        &(times(MOSCOW) + "<Location>a&#x1;b</Location>"),
        Some(&calendar("")),
    );
    assert_eq!(codes(replaced)[0], code("EWS-CHARACTER", Severity::Lossy));
}

#[test]
fn a_list_of_2007_has_no_members() {
    let text = "<DistributionList><ItemId Id=\"a\"/><ItemClass>IPM.DistList</ItemClass><DisplayName>Друзья</DisplayName></DistributionList>";
    let document = Document::parse(text, &Limits::default()).unwrap();
    let item = Item::read(
        document.root().unwrap(),
        &Raw {
            text: Vec::new(),
            bodies: Vec::new(),
        },
    )
    .unwrap();
    let converted = Whole::alone(item).convert(&Context::default()).unwrap();
    assert!(converted.component.contains("KIND:group\r\nFN:Друзья\r\n"));
    assert_eq!(converted.findings[0].code, "EWS-LIST-MEMBERS");
}

/// Comparing each address with all before it would take minutes.
#[test]
fn many_attendees_are_counted_in_one_pass() {
    let lines: String = (0..200_000)
        .map(|number| format!("ATTENDEE:mailto:guest-{number}@x.example\r\n"))
        .collect();
    let found = codes(event(&times(MOSCOW), Some(&calendar(&lines))));
    assert_eq!(found, [code("EWS-WITNESS-ATTENDEES", Severity::Lossy)]);
}

/// What one item holds is bounded in octets, not only in number.
#[test]
fn attachments_of_one_item_are_bounded_together() {
    let body: tegu_message::Body = vec![0; 15 << 20].into();
    let mut room = parts::Room::default();
    let taken = (0..6).filter(|_| room.octets(&body).is_some()).count();
    assert_eq!(taken, 4);
    let small: tegu_message::Body = vec![0; 1 << 20].into();
    assert!(room.octets(&small).is_some(), "there is room for less");
    let large: tegu_message::Body = vec![0; 17 << 20].into();
    assert!(parts::Room::default().octets(&large).is_none());
}

const DAILY: &str = "<Recurrence><DailyRecurrence><Interval>1</Interval></DailyRecurrence><NumberedRecurrence><StartDate>2026-06-01</StartDate><NumberOfOccurrences>3</NumberOfOccurrences></NumberedRecurrence></Recurrence>";

/// The server names zones with line ends in them. Where the name stands twice it is the same.
#[test]
fn a_zone_whose_name_holds_a_line_end() {
    for id in [
        "Russian Standard Time&#xA;",
        "Russian&#xD;&#xA; Standard &quot;Time&quot;&#x9;",
    ] {
        let zone = MOSCOW.replace("Id=\"Russian Standard Time\n\"", &format!("Id=\"{id}\""));
        assert_ne!(zone, MOSCOW);
        let item = event(
            &(times(&zone) + DAILY),
            Some(&calendar("RRULE:FREQ=DAILY;COUNT=3\r\n")),
        );
        let converted = Whole::alone(item).convert(&Context::default()).unwrap();
        assert_eq!(converted.findings, [], "{id}");
        let line = "DTSTART;TZID=\"Russian Standard Time\":20260601T090000\r\n";
        assert!(converted.component.contains(line), "{}", converted.component);
        assert!(
            converted.zones[0].contains("TZID:Russian Standard Time\r\n"),
            "{:?}",
            converted.zones
        );
    }
}

/// The server writes the organizer of plain appointments too, and repeats the rule of a series on its exceptions.
#[test]
fn what_the_server_writes_too_often_is_left_out() {
    let organizer = "<Organizer><Mailbox><Name>Анна</Name><EmailAddress>anna@x.example</EmailAddress></Mailbox></Organizer>";
    let plain = event(
        &(times(MOSCOW) + "<IsMeeting>false</IsMeeting>" + organizer),
        Some(&calendar("ORGANIZER:mailto:anna@x.example\r\n")),
    );
    let converted = Whole::alone(plain).convert(&Context::default()).unwrap();
    assert_eq!(converted.findings, []);
    assert!(
        !converted.component.contains("ORGANIZER"),
        "{}",
        converted.component
    );

    let modified = "<ModifiedOccurrences><Occurrence><ItemId Id=\"x\"/><Start>2026-06-02T08:00:00Z</Start><End>2026-06-02T09:00:00Z</End>\
        <OriginalStart>2026-06-02T06:00:00Z</OriginalStart></Occurrence></ModifiedOccurrences>";
    let reminder = |minutes: u32| {
        format!(
            "<ReminderIsSet>true</ReminderIsSet><ReminderMinutesBeforeStart>{minutes}</ReminderMinutesBeforeStart>"
        )
    };
    let theirs = "BEGIN:VEVENT\r\nUID:u1\r\nRECURRENCE-ID:20260602T060000Z\r\nDTSTART:20260602T080000Z\r\nRRULE:FREQ=DAILY\r\n";
    let rule = "RRULE:FREQ=DAILY;COUNT=3\r\n";
    let mime =
        calendar(&rule.repeat(2)).replace("END:VEVENT\r\n", &format!("END:VEVENT\r\n{theirs}END:VEVENT\r\n"));
    let exception = |more: &str| {
        let properties = format!(
            "<UID>u1</UID><Start>2026-06-02T08:00:00Z</Start><End>2026-06-02T09:00:00Z</End>{MOSCOW}{DAILY}{more}"
        );
        event(&properties, None)
    };
    for (more, alarms) in [
        (reminder(45), vec!["-PT15M", "-PT45M"]),
        (
            "<ReminderIsSet>false</ReminderIsSet><ReminderMinutesBeforeStart>15</ReminderMinutesBeforeStart>"
                .into(),
            vec!["-PT15M"],
        ),
    ] {
        let mut whole = Whole::alone(event(
            &(times(MOSCOW) + DAILY + modified + &reminder(15)),
            Some(&mime),
        ));
        whole.exceptions.push(Ok(exception(&more)));
        let converted = whole.convert(&Context::default()).unwrap();
        assert_eq!(converted.findings, []);
        let text = &converted.component;
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("TRIGGER:"))
            .collect();
        assert_eq!(found, alarms, "{text}");
        let (series, occurrence) = text.split_once("RECURRENCE-ID").unwrap();
        assert_eq!(
            (
                series.matches("RRULE:").count(),
                occurrence.matches("RRULE:").count()
            ),
            (1, 0),
            "{text}"
        );
    }
}

/// The MIME content leaves out the subject of exceptions, and says of another occurrence that it is replaced: properties count.
#[test]
fn what_the_mime_content_says_of_exceptions_is_not_taken() {
    let original = "<OriginalStart>2026-06-02T06:00:00Z</OriginalStart>";
    let own = |day: u32| format!("<RecurrenceId>2026-06-0{day}T06:00:00Z</RecurrenceId>");
    let expected = "RECURRENCE-ID;TZID=\"Russian Standard Time\":20260602T090000\r\n";
    let differs = || vec![code("EWS-WITNESS-EXCEPTION", Severity::Info)];
    for (theirs, expected_findings) in [
        ("RECURRENCE-ID:20260602T060000Z\r\n", vec![]),
        ("RECURRENCE-ID:20260602T060000Z\r\nSUMMARY:Wrong\r\n", differs()),
        ("RECURRENCE-ID:20260603T060000Z\r\nSUMMARY:Wrong\r\n", differs()),
        ("SUMMARY:Wrong\r\nRRULE:FREQ=DAILY\r\n", differs()),
    ] {
        // The series says which occurrence it is. Where it does not, the occurrence does.
        for (named, own) in [(original, own(3)), (original, String::new()), ("", own(2))] {
            let modified = format!(
                "<ModifiedOccurrences><Occurrence><ItemId Id=\"x\"/><Start>2026-06-02T08:00:00Z</Start><End>2026-06-02T09:00:00Z</End>{named}\
                 </Occurrence></ModifiedOccurrences>"
            );
            let replaced = format!(
                "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTART:20260602T080000Z\r\n{theirs}END:VEVENT\r\n"
            );
            let mime = calendar("RRULE:FREQ=DAILY;COUNT=3\r\n").replace("END:VEVENT\r\n", &replaced);
            let mut exception = event(
                &format!(
                    "<UID>u1</UID><Start>2026-06-02T08:00:00Z</Start><End>2026-06-02T09:00:00Z</End>{own}{MOSCOW}"
                ),
                None,
            );
            exception.subject = "Перенос".into();
            let mut whole = Whole::alone(event(&(times(MOSCOW) + DAILY + &modified), Some(&mime)));
            whole.exceptions.push(Ok(exception));
            let converted = whole.convert(&Context::default()).unwrap();
            assert_eq!(told(&converted), expected_findings, "{theirs}");
            let text = &converted.component;
            let (_, occurrence) = text.split_once("END:VEVENT\r\n").unwrap();
            assert!(occurrence.contains(expected), "{text}");
            assert!(occurrence.contains("\r\nSUMMARY:Перенос\r\n"), "{text}");
            assert_eq!(text.matches("RECURRENCE-ID").count(), 1, "{text}");
        }
    }
}

/// What the MIME content of a series says otherwise: its end, its rule, its lists, and properties of few values.
#[test]
fn each_difference_of_the_witnesses_is_told() {
    let (info, lossy) = (Severity::Info, Severity::Lossy);
    let weekly = "<Recurrence><WeeklyRecurrence><Interval>1</Interval><DaysOfWeek>Monday Wednesday</DaysOfWeek></WeeklyRecurrence>\
        <EndDateRecurrence><StartDate>2026-06-01</StartDate><EndDate>2026-07-01</EndDate></EndDateRecurrence></Recurrence>\
        <DeletedOccurrences><DeletedOccurrence><Start>2026-06-03T06:00:00Z</Start></DeletedOccurrence></DeletedOccurrences>";
    let guest = "<RequiredAttendees><Attendee><Mailbox><EmailAddress>g@x.example</EmailAddress></Mailbox></Attendee></RequiredAttendees>";
    let more = "<Sensitivity>Private</Sensitivity><Importance>High</Importance><Categories><String>Дом</String><String>a,b</String></Categories>\
        <ReminderIsSet>true</ReminderIsSet><ReminderMinutesBeforeStart>90</ReminderMinutesBeforeStart><LegacyFreeBusyStatus>Free</LegacyFreeBusyStatus>";
    let agreeing = "DTEND;TZID=X:20260601T100000\r\nRRULE:FREQ=WEEKLY;UNTIL=20260701T060000Z;INTERVAL=1;BYDAY=WE,MO;WKST=MO\r\n\
        EXDATE;TZID=X:20260603T090000\r\nATTENDEE;CN=\"a:b\":MAILTO:G@x.example\r\nCLASS:PRIVATE\r\nPRIORITY:1\r\nTRANSP:TRANSPARENT\r\n\
        X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\nCATEGORIES:a\\,B,дом\r\nSTATUS:CONFIRMED\r\n\
        BEGIN:VALARM\r\nTRIGGER;RELATED=START:-PT1H30M\r\nEND:VALARM\r\n";
    let property = || vec![code("EWS-WITNESS-PROPERTY", info)];
    for (from, to, expected) in [
        ("", "", vec![]),
        ("T100000", "T103000", vec![code("EWS-WITNESS-END", lossy)]),
        ("WE,MO", "FR,MO", vec![code("EWS-WITNESS-RULE", info)]),
        (
            "UNTIL=20260701",
            "UNTIL=20260702",
            vec![code("EWS-WITNESS-RULE", info)],
        ),
        (
            "UNTIL=20260701T060000Z;",
            "",
            vec![code("EWS-WITNESS-RULE", info)],
        ),
        ("INTERVAL=1", "INTERVAL=2", vec![code("EWS-WITNESS-RULE", info)]),
        // The start says it too.
        (";BYDAY=WE,MO", "", vec![]),
        (
            "0603T090000",
            "0608T090000",
            vec![code("EWS-WITNESS-DELETED", info)],
        ),
        (
            "G@x.example",
            "h@x.example",
            vec![code("EWS-WITNESS-ATTENDEES", info)],
        ),
        ("CLASS:PRIVATE", "CLASS:PUBLIC", property()),
        ("PRIORITY:1", "PRIORITY:5", property()),
        ("TRANSPARENT", "OPAQUE", property()),
        ("BUSYSTATUS:FREE", "BUSYSTATUS:OOF", property()),
        ("CONFIRMED", "CANCELLED", property()),
        ("дом", "дача", property()),
        ("-PT1H30M", "-P1D", property()),
        ("-PT1H30M", "-P", vec![]),
    ] {
        let theirs = calendar(agreeing).replacen(from, to, 1);
        let item = event(&(times(MOSCOW) + weekly + guest + more), Some(&theirs));
        assert_eq!(codes(item), expected, "{from} {to}");
    }
}

/// An occurrence that the MIME content moves elsewhere may be one that somebody misses.
#[test]
fn occurrences_are_compared_whatever_comes_first() {
    let modified = "<ModifiedOccurrences><Occurrence><ItemId Id=\"x\"/><Start>2026-06-02T08:00:00Z</Start><End>2026-06-02T09:00:00Z</End>\
        <OriginalStart>2026-06-02T06:00:00Z</OriginalStart></Occurrence></ModifiedOccurrences>";
    let occurrence = |start: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:u1\r\nRECURRENCE-ID;TZID=X:20260602T090000\r\nDTSTART:{start}\r\nDTEND:20260602T090000Z\r\nEND:VEVENT\r\n"
        )
    };
    let series = calendar("RRULE:FREQ=DAILY;COUNT=3\r\n");
    let first = |start: &str| series.replacen("BEGIN:VEVENT", &(occurrence(start) + "BEGIN:VEVENT"), 1);
    let last = |start: &str| series.replacen("END:VCALENDAR", &(occurrence(start) + "END:VCALENDAR"), 1);
    let (same, other) = ("20260602T080000Z", "20260602T083000Z");
    let moved = || vec![code("EWS-WITNESS-EXCEPTION", Severity::Lossy)];
    for (mime, expected) in [
        (first(same), vec![]),
        (last(same), vec![]),
        (first(other), moved()),
        (last(other), moved()),
    ] {
        let exception =
            "<UID>u1</UID><Start>2026-06-02T08:00:00Z</Start><End>2026-06-02T09:00:00Z</End>".to_owned();
        let mut whole = Whole::alone(event(&(times(MOSCOW) + DAILY + modified), Some(&mime)));
        whole.exceptions.push(Ok(event(&(exception + MOSCOW), None)));
        assert_eq!(
            told(&whole.convert(&Context::default()).unwrap()),
            expected,
            "{mime}"
        );
    }
}

/// The MIME content has no time of change, or that of its making.
#[test]
fn the_time_of_change_is_the_item_s() {
    let changed = "<LastModifiedTime>2026-05-01T07:00:00Z</LastModifiedTime>";
    for theirs in ["", "LAST-MODIFIED:20200101T000000Z\r\n"] {
        for (property, line) in [(changed, Some("20260501T070000Z")), ("", None)] {
            let item = event(&(property.to_owned() + &times(MOSCOW)), Some(&calendar(theirs)));
            let converted = Whole::alone(item).convert(&Context::default()).unwrap();
            assert_eq!(converted.findings, []);
            let mut lines = converted.component.lines();
            let found = lines.find_map(|line| line.strip_prefix("LAST-MODIFIED:"));
            assert_eq!(found, line, "{}", converted.component);
        }
    }
}

/// A member whose entry is gone is `Demoted`: its name and address are what is left of it.
#[test]
fn demoted_members_stay_on_their_list() {
    let member = |name: &str, address: &str, routing: &str, status: &str| {
        format!(
            "<Member Key=\"{name}\"><Mailbox><Name>{name}</Name><EmailAddress>{address}</EmailAddress><RoutingType>{routing}</RoutingType>\
             <MailboxType>OneOff</MailboxType></Mailbox><Status>{status}</Status></Member>"
        )
    };
    let members = [
        member("Анна", "anna@x.example", "SMTP", "Normal"),
        member("Борис", "boris@x.example", "SMTP", "Demoted"),
        member("Вера", "/o=x/cn=vera", "EX", "Demoted"),
    ];
    let text = format!(
        "<DistributionList><ItemId Id=\"a\"/><ItemClass>IPM.DistList</ItemClass><DisplayName>Друзья</DisplayName><Members>{}</Members>\
         </DistributionList>",
        members.concat()
    );
    let document = Document::parse(&text, &Limits::default()).unwrap();
    let raw = Raw {
        text: Vec::new(),
        bodies: Vec::new(),
    };
    let item = Item::read(document.root().unwrap(), &raw).unwrap();
    let converted = Whole::alone(item).convert(&Context::default()).unwrap();
    let card = converted.component.lines();
    let found: Vec<&str> = card.filter_map(|line| line.strip_prefix("MEMBER:")).collect();
    assert_eq!(found, ["mailto:anna@x.example", "mailto:boris@x.example"]);
    let [finding] = &converted.findings[..] else {
        panic!("{:?}", converted.findings)
    };
    assert_eq!(finding.code, "EWS-ADDRESS-UNRESOLVED");
    assert!(finding.message.contains("Вера"), "{finding:?}");
}

/// What a server calls the MIME content of a task is not asked for, and not taken where it comes.
#[test]
fn tasks_are_made_from_properties_alone() {
    use crate::request::ItemShape;
    for version in [Version::Exchange2007Sp1, Version::Exchange2013] {
        for kind in [Kind::Task, Kind::Contact, Kind::List] {
            assert!(!ItemShape::of(kind, version).mime, "{kind:?}");
        }
    }
    let text = "<Task><MimeContent>0</MimeContent><ItemId Id=\"a\"/><ItemClass>IPM.Task</ItemClass><Subject>Отчёт</Subject>\
        <DueDate>2026-06-05T00:00:00Z</DueDate><PercentComplete>30</PercentComplete><Status>InProgress</Status></Task>";
    let wrong = b"Subject: Wrong\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:wrong\r\nSUMMARY:Wrong\r\n\
        STATUS:COMPLETED\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    let document = Document::parse(text, &Limits::default()).unwrap();
    let raw = Raw {
        text: Vec::new(),
        bodies: vec![Ok(wrong.to_vec().into())],
    };
    let item = Item::read(document.root().unwrap(), &raw).unwrap();
    assert!(matches!(item.mime, Some(Ok(_))), "it came");
    let converted = Whole::alone(item).convert(&Context::default()).unwrap();
    assert_eq!(converted.findings, []);
    let mut found: Vec<&str> = converted.component.lines().collect();
    found.retain(|line| !line.starts_with("DTSTAMP") && !line.starts_with("UID"));
    assert_eq!(
        found,
        [
            "BEGIN:VTODO",
            "SUMMARY:Отчёт",
            "DUE;VALUE=DATE:20260605",
            "STATUS:IN-PROCESS",
            "PERCENT-COMPLETE:30",
            "END:VTODO"
        ]
    );
}
