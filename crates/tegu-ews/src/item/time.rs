//! Times as the schema writes them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// An instant: `2026-01-05T07:00:00Z`. One without an offset is in UTC, as the server answers if no zone was asked for.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count() {
        let at = instant("2026-01-05T07:00:00Z");
        assert!(at.is_some());
        for text in [
            "2026-01-05T10:00:00+03:00",
            "2026-01-05T07:00:00",
            "2026-01-05T07:00:00.000Z",
        ] {
            assert_eq!(instant(text), at, "{text}");
        }
        assert_eq!(instant("soon"), None);
    }
}
