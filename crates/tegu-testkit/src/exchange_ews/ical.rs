//! What Exchange makes of an appointment as MIME: a second opinion on it, with the habits that Exchange has.

use super::event::Event;
use super::recurrence::{End, Pattern};
use super::zone::{Zone, basic, seconds};

/// An event and its exceptions. What Exchange calls the MIME of an appointment is the bare calendar.
pub(super) fn whole(event: &Event) -> Vec<u8> {
    let mut list = component(event, event, None);
    for (start, exception) in &event.exceptions {
        list.push_str(&component(event, exception, Some(start)));
    }
    calendar(event, &list).into_bytes()
}

/// One exception alone.
pub(super) fn exception(series: &Event, start: &str, event: &Event) -> Vec<u8> {
    calendar(series, &component(series, event, Some(start))).into_bytes()
}

fn calendar(event: &Event, components: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nPRODID:Microsoft Exchange Server 2010\r\nVERSION:2.0\r\n{}{components}\
         END:VCALENDAR\r\n",
        timezone(&event.zone)
    )
}

fn name(zone: &Zone) -> &'static str {
    if zone.id.starts_with("tzone:") {
        "Customized Time Zone"
    } else {
        zone.id
    }
}

fn hours(minutes: i64) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn timezone(zone: &Zone) -> String {
    const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    let part = |kind: &str, from: i64, to: i64, rule: Option<(i64, i64, i64, i64)>| {
        let (start, rule) = match rule {
            None => ("16010101T000000".to_owned(), String::new()),
            Some((month, week, day, hour)) => (
                format!("16010101T{hour:02}0000"),
                format!(
                    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={}{};BYMONTH={month}\r\n",
                    if week == 5 { -1 } else { week },
                    DAYS[day as usize % 7]
                ),
            ),
        };
        format!(
            "BEGIN:{kind}\r\nDTSTART:{start}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\n{rule}END:{kind}\r\n",
            hours(from),
            hours(to)
        )
    };
    let (forward, back) = zone.rules.unzip();
    format!(
        "BEGIN:VTIMEZONE\r\nTZID:{}\r\n{}{}END:VTIMEZONE\r\n",
        name(zone),
        part("STANDARD", zone.daylight, zone.standard, back),
        part("DAYLIGHT", zone.standard, zone.daylight, forward)
    )
}

fn component(series: &Event, event: &Event, original: Option<&str>) -> String {
    let zone = &event.zone;
    let mut out = String::from("BEGIN:VEVENT\r\n");
    let mut line = |text: String| fold(&mut out, &text);
    let time = |property: &str, time: &str| {
        if event.all_day {
            format!("{property};VALUE=DATE:{}", &zone.local(time)[..8])
        } else if zone.id == "UTC" {
            format!("{property}:{}Z", basic(seconds(time)))
        } else {
            format!("{property};TZID={}:{}", name(zone), zone.local(time))
        }
    };
    if let Some((name, address)) = &event.organizer {
        line(format!("ORGANIZER;CN={}:MAILTO:{address}", quoted(name)));
    }
    for attendee in &event.attendees {
        let role = match attendee.role {
            "Required" => "REQ-PARTICIPANT",
            "Optional" => "OPT-PARTICIPANT",
            _ => "NON-PARTICIPANT;CUTYPE=RESOURCE",
        };
        let status = match attendee.response {
            "Accept" => "ACCEPTED",
            "Tentative" => "TENTATIVE",
            "Decline" => "DECLINED",
            _ => "NEEDS-ACTION",
        };
        line(format!(
            "ATTENDEE;ROLE={role};PARTSTAT={status};RSVP=TRUE;CN={}:MAILTO:{}",
            quoted(&attendee.who.0),
            attendee.who.1
        ));
    }
    line(format!("DESCRIPTION;LANGUAGE=ru-RU:{}", text(&event.text)));
    if let (Some((pattern, end)), None) = (&event.recurrence, original) {
        line(rule(event, pattern, end));
    }
    for deleted in &event.deleted {
        line(time("EXDATE", deleted));
    }
    line(format!("UID:{}", series.uid));
    if let Some(original) = original {
        line(time("RECURRENCE-ID", original));
    }
    line(format!("SUMMARY;LANGUAGE=ru-RU:{}", text(&event.subject)));
    line(time("DTSTART", &event.start));
    line(time("DTEND", &event.end));
    let class = match event.sensitivity {
        "Private" | "Personal" => "PRIVATE",
        "Confidential" => "CONFIDENTIAL",
        _ => "PUBLIC",
    };
    line(format!("CLASS:{class}"));
    line("PRIORITY:5".to_owned());
    line("DTSTAMP:20240101T000000Z".to_owned());
    let free = event.busy == "Free";
    line(format!("TRANSP:{}", if free { "TRANSPARENT" } else { "OPAQUE" }));
    line("STATUS:CONFIRMED".to_owned());
    line("SEQUENCE:0".to_owned());
    line(format!("LOCATION;LANGUAGE=ru-RU:{}", text(&event.location)));
    if !event.categories.is_empty() {
        let list: Vec<String> = event.categories.iter().map(|name| text(name)).collect();
        line(format!("CATEGORIES:{}", list.join(",")));
    }
    line("X-MICROSOFT-CDO-APPT-SEQUENCE:0".to_owned());
    line(format!(
        "X-MICROSOFT-CDO-BUSYSTATUS:{}",
        event.busy.to_uppercase()
    ));
    line(format!(
        "X-MICROSOFT-CDO-ALLDAYEVENT:{}",
        if event.all_day { "TRUE" } else { "FALSE" }
    ));
    line("X-MICROSOFT-CDO-IMPORTANCE:1".to_owned());
    if let Some(minutes) = event.reminder {
        for text in [
            "BEGIN:VALARM".to_owned(),
            "DESCRIPTION:REMINDER".to_owned(),
            format!("TRIGGER;RELATED=START:-PT{minutes}M"),
            "ACTION:DISPLAY".to_owned(),
            "END:VALARM".to_owned(),
        ] {
            line(text);
        }
    }
    out.push_str("END:VEVENT\r\n");
    out
}

fn rule(event: &Event, pattern: &Pattern, end: &End) -> String {
    let day = |day: &str| day[..2].to_uppercase();
    let index = |index: &str| match index {
        "First" => 1,
        "Second" => 2,
        "Third" => 3,
        "Fourth" => 4,
        _ => -1,
    };
    let until = match end {
        End::Never => String::new(),
        End::After(count) => format!(";COUNT={count}"),
        End::On(last) => {
            let clock = &basic(seconds(&event.start))[8..];
            let day = last.replace('-', "");
            if event.all_day {
                format!(";UNTIL={day}")
            } else {
                format!(";UNTIL={day}{clock}Z")
            }
        }
    };
    let days = |days: &str| days.split(' ').map(day).collect::<Vec<_>>().join(",");
    match pattern {
        Pattern::Daily(interval) => format!("RRULE:FREQ=DAILY{until};INTERVAL={interval}"),
        Pattern::Weekly(interval, on) => {
            format!(
                "RRULE:FREQ=WEEKLY{until};INTERVAL={interval};BYDAY={};WKST=MO",
                days(on)
            )
        }
        Pattern::Monthly(interval, day) => {
            format!("RRULE:FREQ=MONTHLY{until};INTERVAL={interval};BYMONTHDAY={day}")
        }
        Pattern::MonthlyOn(interval, which, on) => {
            format!(
                "RRULE:FREQ=MONTHLY{until};INTERVAL={interval};BYDAY={}{}",
                index(which),
                day(on)
            )
        }
        Pattern::Yearly(day, month) => {
            format!("RRULE:FREQ=YEARLY{until};INTERVAL=1;BYMONTHDAY={day};BYMONTH={month}")
        }
        Pattern::YearlyOn(which, on, month) => {
            format!(
                "RRULE:FREQ=YEARLY{until};INTERVAL=1;BYDAY={}{};BYMONTH={month}",
                index(which),
                day(on)
            )
        }
    }
}

/// TEXT of RFC 5545.
fn text(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
        .replace("\r\n", "\\n")
        .replace('\n', "\\n")
}

fn quoted(name: &str) -> String {
    if name.contains([',', ';', ':']) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

/// A content line of no more than 75 octets, on further lines where it is longer.
fn fold(out: &mut String, line: &str) {
    let mut length = 0;
    for char in line.chars() {
        if length + char.len_utf8() > 75 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(char);
        length += char.len_utf8();
    }
    out.push_str("\r\n");
}
