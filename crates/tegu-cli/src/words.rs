//! Spans of time as a person says them.

use std::time::Duration;

/// `about 20 minutes`, in the unit in which the number stays small.
pub(crate) fn about(span: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = span.as_secs();
    let (unit, name) = match seconds {
        0..45 => return "less than a minute".to_owned(),
        45..5_400 => (MINUTE, "minute"),
        5_400..129_600 => (HOUR, "hour"),
        _ => (DAY, "day"),
    };
    let number = (seconds + unit / 2) / unit;
    format!("about {number} {name}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_in_words() {
        for (seconds, words) in [
            (0, "less than a minute"),
            (44, "less than a minute"),
            (45, "about 1 minute"),
            (89, "about 1 minute"),
            (90, "about 2 minutes"),
            (3_600, "about 60 minutes"),
            (5_400, "about 2 hours"),
            (100_000, "about 28 hours"),
            (129_600, "about 2 days"),
            (864_000, "about 10 days"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), words);
        }
    }
}
