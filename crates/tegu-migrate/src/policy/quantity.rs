//! Sizes and days as people write them.

use crate::message::InternalDate;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, str::FromStr};

/// So many octets: a number, or a text such as `25 MiB` or `10 MB`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Octets(u64);

impl Octets {
    /// So many octets.
    pub fn new(octets: u64) -> Self {
        Self(octets)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for Octets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no size; write a number, or one with kB, MB, GB, KiB, MiB or GiB");
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit.trim() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut value, mut unit) = (self.0 as f64, "B");
        for next in ["KiB", "MiB", "GiB", "TiB"] {
            if value < 1024.0 {
                break;
            }
            (value, unit) = (value / 1024.0, next);
        }
        if unit == "B" {
            write!(f, "{} B", self.0)
        } else {
            write!(f, "{value:.1} {unit}")
        }
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a number of octets, or a text such as \"25 MiB\"")]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(octets) => Ok(Self(octets)),
            Written::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

/// A day, `2024-05-31`; it begins at midnight UTC.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(jiff::civil::Date);

impl Day {
    /// Whether something arrived before this day began.
    pub fn is_after(self, date: InternalDate) -> bool {
        let midnight = jiff::tz::Offset::UTC.to_timestamp(self.0.at(0, 0, 0, 0));
        midnight.is_ok_and(|midnight| date.unix_seconds < midnight.as_second())
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
    fn sizes_are_read_and_shown() {
        for (text, octets) in [("17", 17), ("25 MiB", 25 << 20), ("10MB", 10_000_000), ("0 B", 0)] {
            assert_eq!(text.parse::<Octets>().unwrap().get(), octets, "{text}");
        }
        for text in ["", "MiB", "-1", "1.5 MB", "99999999999 GiB", "1 TB x"] {
            assert!(text.parse::<Octets>().is_err(), "{text}");
        }
        assert_eq!(Octets(1536).to_string(), "1.5 KiB");
        assert_eq!(Octets(7).to_string(), "7 B");
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let day: Day = "1970-01-02".parse().unwrap();
        assert!(day.is_after(InternalDate::new(86_399, 0)));
        assert!(!day.is_after(InternalDate::new(86_400, 0)));
        assert!("31.05.2024".parse::<Day>().is_err());
    }
}
