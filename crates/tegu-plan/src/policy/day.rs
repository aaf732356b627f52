//! Days in rules.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, str::FromStr};

/// A day such as `2024-05-31`. It begins at midnight UTC.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(jiff::civil::Date);

impl Day {
    /// Returns the instant at which the day begins, or `None` if it is out of range.
    #[must_use]
    pub fn begins(self) -> Option<Timestamp> {
        jiff::tz::Offset::UTC.to_timestamp(self.0.at(0, 0, 0, 0)).ok()
    }

    /// Returns whether the day begins after an instant.
    pub fn is_after(self, instant: Timestamp) -> bool {
        self.begins().is_some_and(|midnight| instant < midnight)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A day, which begins at midnight UTC.",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "examples": ["2024-05-31"],
        })
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = text.parse().map(Self);
        day.map_err(|_| format!("{text:?} is no day; write it as 2024-05-31"))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        let day: Day = "1970-01-02".parse().unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(day.is_after(at(86_399)));
        assert!(!day.is_after(at(86_400)));
        assert!("31.05.2024".parse::<Day>().is_err());
    }
}
