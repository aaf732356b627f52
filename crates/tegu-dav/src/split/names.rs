//! Which property names stand in a calendar itself, and which only in its components.

/// Where RFC 5545, RFC 7986, vCalendar 1.0 and common writers put a property.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Home {
    /// Only a calendar has it.
    Calendar,
    /// Both calendars and components have it, or it is an extension.
    Either,
    /// Only components have it, or nothing here knows it.
    Component,
}

const CALENDAR: &[&str] = &[
    "CALSCALE",
    "DAYLIGHT",
    "METHOD",
    "NAME",
    "PRODID",
    "REFRESH-INTERVAL",
    "SOURCE",
    "TZ",
    "VERSION",
];

/// Extensions of calendars. Outlook writes the second half.
const EXTENSIONS: &[&str] = &[
    "X-APPLE-CALENDAR-COLOR",
    "X-PUBLISHED-TTL",
    "X-CALEND",
    "X-CALSTART",
    "X-CLIPEND",
    "X-CLIPSTART",
    "X-MS-OLK-FORCEINSPECTOROPEN",
    "X-OWNER",
    "X-PRIMARY-CALENDAR",
];

const EITHER: &[&str] = &[
    "CATEGORIES",
    "COLOR",
    "CREATED",
    "DESCRIPTION",
    "GEO",
    "IMAGE",
    "LAST-MODIFIED",
    "UID",
    "URL",
];

/// Where a property of this name belongs.
pub(super) fn home(name: &[u8]) -> Home {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    let begins = |prefix: &str| {
        name.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if CALENDAR.iter().any(is) || EXTENSIONS.iter().any(is) || begins("X-WR-") {
        Home::Calendar
    } else if begins("X-") || EITHER.iter().any(is) {
        Home::Either
    } else {
        Home::Component
    }
}

/// Whether a `VTIMEZONE` (`observance`: its `STANDARD` or `DAYLIGHT`) can hold a property of this name.
pub(super) fn in_zone(name: &str, observance: bool) -> bool {
    let known: &[&str] = if observance {
        &[
            "COMMENT",
            "DTSTART",
            "EXDATE",
            "RDATE",
            "RRULE",
            "TZNAME",
            "TZOFFSETFROM",
            "TZOFFSETTO",
        ]
    } else {
        &[
            "COMMENT",
            "LAST-MODIFIED",
            "TZID",
            "TZID-ALIAS-OF",
            "TZNAME",
            "TZUNTIL",
            "TZURL",
        ]
    };
    let extension = name
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    extension || known.iter().any(|known| name.eq_ignore_ascii_case(known))
}
