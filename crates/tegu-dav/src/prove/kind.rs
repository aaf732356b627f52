//! Of which type the values of a property are, and what their absence means.

use super::Format;

/// The type of a value, as far as it decides which spellings mean the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Text with escapes.
    Text,
    /// Texts between commas, in no order.
    List,
    /// Texts between semicolons; empty ones at the end say nothing.
    Parts,
    /// As [`Parts`](Self::Parts), each of them a list in order.
    PartLists,
    /// One of a few words, in any case.
    Word,
    Uri,
    /// A mail address without a scheme.
    Mail,
    Integer,
    /// Numbers between semicolons.
    Floats,
    Duration,
    Recurrence,
    Offset,
    /// Dates and times of calendars, in a list.
    Moments,
    /// A date of a card, in basic or extended form.
    CardDate,
    /// Base64, or a reference.
    Binary,
}

/// The type that a property has unless it says otherwise, and the name of that type in `VALUE`.
pub(super) fn of(name: &str, format: Format) -> (Kind, &'static [&'static str]) {
    match format {
        Format::Calendar => match name {
            "CATEGORIES" | "RESOURCES" => (Kind::List, &["text"]),
            "ACTION" | "CALSCALE" | "CLASS" | "COLOR" | "METHOD" | "STATUS" | "TRANSP" => {
                (Kind::Word, &["text"])
            }
            "ATTENDEE" | "ORGANIZER" | "CALENDAR-ADDRESS" => (Kind::Uri, &["cal-address"]),
            "ATTACH" | "CONFERENCE" | "IMAGE" | "SOURCE" | "TZURL" | "URL" => (Kind::Uri, &["uri"]),
            "GEO" => (Kind::Floats, &["float"]),
            "PERCENT-COMPLETE" | "PRIORITY" | "REPEAT" | "SEQUENCE" => (Kind::Integer, &["integer"]),
            "DURATION" | "REFRESH-INTERVAL" | "TRIGGER" => (Kind::Duration, &["duration"]),
            "RRULE" | "EXRULE" => (Kind::Recurrence, &["recur"]),
            "TZOFFSETFROM" | "TZOFFSETTO" => (Kind::Offset, &["utc-offset"]),
            "ACKNOWLEDGED" | "COMPLETED" | "CREATED" | "DTEND" | "DTSTAMP" | "DTSTART" | "DUE" | "EXDATE"
            | "LAST-MODIFIED" | "RDATE" | "RECURRENCE-ID" => (Kind::Moments, &["date-time"]),
            "FREEBUSY" => (Kind::Moments, &["period"]),
            _ => (Kind::Text, &["text"]),
        },
        Format::Card => match name {
            "CATEGORIES" | "NICKNAME" => (Kind::List, &["text"]),
            "N" | "ADR" => (Kind::PartLists, &["text"]),
            "ORG" | "GENDER" | "CLIENTPIDMAP" => (Kind::Parts, &["text"]),
            "CLASS" | "KIND" | "PROFILE" | "VERSION" => (Kind::Word, &["text"]),
            "LANG" => (Kind::Word, &["language-tag"]),
            "EMAIL" => (Kind::Mail, &["text"]),
            "TEL" => (Kind::Text, &["text", "phone-number"]),
            // Text in version 3.0, a URI in 4.0.
            "UID" | "RELATED" | "MEMBER" => (Kind::Uri, &["uri", "text"]),
            "CALADRURI" | "CALURI" | "FBURL" | "IMPP" | "SOURCE" | "URL" => (Kind::Uri, &["uri"]),
            "KEY" | "LOGO" | "PHOTO" | "SOUND" => (Kind::Binary, &["binary", "uri", "url"]),
            "BDAY" | "ANNIVERSARY" | "DEATHDATE" | "REV" => (
                Kind::CardDate,
                &["date", "date-time", "date-and-or-time", "timestamp"],
            ),
            "GEO" => (Kind::Floats, &["float", "uri"]),
            "TZ" => (Kind::Offset, &["text", "utc-offset"]),
            _ => (Kind::Text, &["text"]),
        },
    }
}

/// The type that `VALUE` names.
pub(super) fn named(value: &str) -> Option<Kind> {
    Some(match value.to_ascii_lowercase().as_str() {
        "binary" => Kind::Binary,
        "boolean" => Kind::Word,
        "cal-address" | "uri" | "url" => Kind::Uri,
        "date" | "date-time" | "period" => Kind::Moments,
        "duration" => Kind::Duration,
        "float" => Kind::Floats,
        "integer" => Kind::Integer,
        "recur" => Kind::Recurrence,
        "text" => Kind::Text,
        "utc-offset" => Kind::Offset,
        _ => return None,
    })
}

/// Whether a value says what its absence says too.
pub(super) fn is_default(name: &str, value: &str, format: Format) -> bool {
    match (format, name) {
        // RFC 5545 sections 3.7.1, 3.8.1.3, 3.8.1.9, 3.8.2.7, 3.8.7.4.
        (Format::Calendar, "CALSCALE") => value == "gregorian",
        (Format::Calendar, "CLASS") => value == "public",
        (Format::Calendar, "PRIORITY" | "SEQUENCE") => value == "0",
        (Format::Calendar, "TRANSP") => value == "opaque",
        // RFC 6350 section 6.1.4; RFC 2426 sections 2.1.2 and 3.7.1.
        (Format::Card, "KIND") => value == "individual",
        (Format::Card, "PROFILE") => value == "vcard",
        (Format::Card, "CLASS") => value == "public",
        _ => false,
    }
}
