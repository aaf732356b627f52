//! Time zones as appointments keep them ([MS-OXOCAL] sections 2.2.1.39 and 2.2.1.41).

use crate::{
    Result,
    bytes::{Cursor, damaged, u16},
    ltp::utf16,
    time,
};
use jiff::{
    ToSpan,
    civil::{Date, DateTime, Weekday},
};
use std::fmt::Write;

/// The most rules of one definition.
const RULES: u16 = 1024;

/// When the clocks change.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Change {
    year: u16,
    month: u16,
    weekday: u16,
    day: u16,
    hour: u16,
    minute: u16,
    second: u16,
}

/// Offsets, and when they change.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Rule {
    year: u16,
    bias: i32,
    standard_bias: i32,
    daylight_bias: i32,
    standard: Change,
    daylight: Change,
}

/// A time zone.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Zone {
    /// The name: a key of Windows, or what the appointment calls it.
    pub name: String,
    rule: Rule,
    /// Rules of other years that differ from the one in force: the first year of the latter.
    differs_before: Option<u16>,
}

impl Zone {
    /// Reads a definition (properties 0x825E, 0x825F and 0x8260).
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it is damaged, or no rule of it is in force.
    pub fn definition(data: &[u8]) -> Result<Self> {
        let mut rest = Cursor::new(data);
        if (rest.u8()?, rest.u8()?) != (2, 1) {
            return Err(damaged("the definition of the time zone is of another version"));
        }
        rest.take(4)?;
        let length = usize::from(rest.u16()?) * 2;
        let (name, _) = utf16(rest.take(length)?);
        let count = rest.u16()?;
        if count > RULES {
            return Err(damaged("the time zone has too many rules"));
        }
        let count = rest.count(count.into(), 66)?;
        let mut rules = Vec::with_capacity(count);
        let mut effective = None;
        for _ in 0..count {
            rest.take(4)?;
            let flags = rest.u16()?;
            let year = rest.u16()?;
            rest.take(14)?;
            let biases = (rest.i32()?, rest.i32()?, rest.i32()?);
            let rule = rule(year, biases, change(rest.take(16)?)?, change(rest.take(16)?)?)?;
            if flags & 2 != 0 {
                effective = Some(rule);
            }
            rules.push(rule);
        }
        let rule = effective.ok_or_else(|| damaged("no rule of the time zone is in force"))?;
        let same = |other: &Rule| {
            Rule {
                year: rule.year,
                ..*other
            } == rule
        };
        let differs = rules.iter().any(|other| !same(other));
        Ok(Self {
            name: clean(&name),
            rule,
            differs_before: differs.then_some(rule.year),
        })
    }

    /// Reads the older structure (property 0x8233), which has no name.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it is damaged.
    pub fn structure(data: &[u8], name: &str) -> Result<Self> {
        let mut rest = Cursor::new(data);
        let biases = (rest.i32()?, rest.i32()?, rest.i32()?);
        rest.take(2)?;
        let standard = change(rest.take(16)?)?;
        rest.take(2)?;
        let daylight = change(rest.take(16)?)?;
        Ok(Self {
            name: clean(name),
            rule: rule(0, biases, standard, daylight)?,
            differs_before: None,
        })
    }

    /// Whether the rule in force at `year` is another than the one that is written.
    pub(crate) fn differs_at(&self, year: i16) -> bool {
        self.differs_before
            .is_some_and(|first| i32::from(year) < i32::from(first))
    }

    /// Whether both have the same offsets and change at the same times.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let rule = |zone: &Self| Rule { year: 0, ..zone.rule };
        rule(self) == rule(other)
    }

    /// Minutes east of UTC at a local time. In the hour that there is twice it is daylight time.
    fn offset(&self, local: DateTime) -> i32 {
        let rule = &self.rule;
        let standard = -(rule.bias + rule.standard_bias);
        if rule.standard.month == 0 || rule.daylight.month == 0 {
            return standard;
        }
        let (Some(to_standard), Some(to_daylight)) = (
            rule.standard.in_year(local.year()),
            rule.daylight.in_year(local.year()),
        ) else {
            return standard;
        };
        let daylight = if to_daylight < to_standard {
            local >= to_daylight && local < to_standard
        } else {
            local >= to_daylight || local < to_standard
        };
        if daylight {
            -(rule.bias + rule.daylight_bias)
        } else {
            standard
        }
    }

    /// Seconds since 1970 of a local time.
    #[must_use]
    pub fn to_utc(&self, local: DateTime) -> Option<i64> {
        Some(time::seconds(local)? - i64::from(self.offset(local)) * 60)
    }

    /// The local time of seconds since 1970.
    #[must_use]
    pub fn to_local(&self, seconds: i64) -> Option<DateTime> {
        let rule = &self.rule;
        // Standard time first: it has the hour that there is twice for itself.
        let offsets = [
            -(rule.bias + rule.standard_bias),
            -(rule.bias + rule.daylight_bias),
        ];
        offsets
            .into_iter()
            .find_map(|offset| {
                let local = time::civil(seconds.checked_add(i64::from(offset) * 60)?)?;
                (self.offset(local) == offset).then_some(local)
            })
            .or_else(|| time::civil(seconds.checked_add(i64::from(offsets[0]) * 60)?))
    }

    /// The zone as VTIMEZONE (RFC 5545 section 3.6.5).
    #[must_use]
    pub fn component(&self) -> String {
        let rule = &self.rule;
        let standard = -(rule.bias + rule.standard_bias);
        let daylight = -(rule.bias + rule.daylight_bias);
        let mut out = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", self.name);
        if rule.standard.month == 0 || rule.daylight.month == 0 {
            observance(&mut out, "STANDARD", None, standard, standard);
        } else {
            observance(&mut out, "STANDARD", Some(&rule.standard), daylight, standard);
            observance(&mut out, "DAYLIGHT", Some(&rule.daylight), standard, daylight);
        }
        out.push_str("END:VTIMEZONE\r\n");
        out
    }
}

fn observance(out: &mut String, kind: &str, change: Option<&Change>, from: i32, to: i32) {
    let start = change.and_then(|change| {
        change.in_year(if change.year == 0 {
            1601
        } else {
            change.year as i16
        })
    });
    let start = start.map_or_else(|| "16010101T000000".to_owned(), time::ical_local);
    // Writing into a string cannot fail.
    let _ = write!(out, "BEGIN:{kind}\r\nDTSTART:{start}\r\n");
    if let Some(change) = change.filter(|change| change.year == 0) {
        let week = if change.day == 5 {
            "-1".to_owned()
        } else {
            change.day.to_string()
        };
        let day = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
            .get(usize::from(change.weekday))
            .unwrap_or(&"SU");
        let _ = write!(
            out,
            "RRULE:FREQ=YEARLY;BYDAY={week}{day};BYMONTH={}\r\n",
            change.month
        );
    }
    let _ = write!(
        out,
        "TZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nEND:{kind}\r\n",
        offset(from),
        offset(to)
    );
}

fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// A name that a property can hold.
fn clean(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|character| !character.is_control() && !"\";:,".contains(*character))
        .collect();
    if name.trim().is_empty() {
        "Local".to_owned()
    } else {
        name.trim().to_owned()
    }
}

fn rule(year: u16, biases: (i32, i32, i32), standard: Change, daylight: Change) -> Result<Rule> {
    let (bias, standard_bias, daylight_bias) = biases;
    let day = |minutes: i32| (-1440..=1440).contains(&minutes);
    if !(day(bias) && day(standard_bias) && day(daylight_bias)) {
        return Err(damaged("the time zone has an impossible offset"));
    }
    Ok(Rule {
        year,
        bias,
        standard_bias,
        daylight_bias,
        standard,
        daylight,
    })
}

/// A SYSTEMTIME.
fn change(data: &[u8]) -> Result<Change> {
    let change = Change {
        year: u16(data, 0)?,
        month: u16(data, 2)?,
        weekday: u16(data, 4)?,
        day: u16(data, 6)?,
        hour: u16(data, 8)?,
        minute: u16(data, 10)?,
        second: u16(data, 12)?,
    };
    let days = if change.year == 0 { 5 } else { 31 };
    let sound = change.month <= 12
        && change.weekday < 7
        && (change.month == 0 || (1..=days).contains(&change.day))
        && change.hour < 24
        && change.minute < 60
        && change.second < 60;
    if sound {
        Ok(change)
    } else {
        Err(damaged("the time zone changes at an impossible time"))
    }
}

impl Change {
    fn in_year(&self, year: i16) -> Option<DateTime> {
        let month = i8::try_from(self.month).ok()?;
        let date = if self.year != 0 {
            Date::new(year, month, i8::try_from(self.day).ok()?).ok()?
        } else {
            let first = Date::new(year, month, 1).ok()?;
            let weekday = Weekday::from_sunday_zero_offset(i8::try_from(self.weekday).ok()?).ok()?;
            let ahead = weekday.since(first.weekday());
            let mut day = i64::from(ahead) + 7 * (i64::from(self.day) - 1);
            // The fifth is the last.
            while day >= i64::from(first.days_in_month()) {
                day -= 7;
            }
            first.checked_add(day.days()).ok()?
        };
        let hour = |value: u16| i8::try_from(value).ok();
        Some(date.at(hour(self.hour)?, hour(self.minute)?, hour(self.second)?, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Vec<u8> {
        let mut data = vec![2, 1, 6 + 22, 0, 2, 0, 21, 0];
        data.extend("W. Europe Standard Ti".encode_utf16().flat_map(u16::to_le_bytes));
        data.extend([1, 0, 2, 1, 0x3e, 0, 2, 0, 0, 0]);
        data.extend([0; 14]);
        data.extend([-60_i32, 0, -60].iter().flat_map(|value| value.to_le_bytes()));
        for fields in [[0, 10, 0, 5, 3, 0, 0, 0], [0, 3, 0, 5, 2, 0, 0, 0_u16]] {
            data.extend(fields.iter().flat_map(|value| value.to_le_bytes()));
        }
        data
    }

    #[test]
    fn daylight_time() {
        let zone = Zone::definition(&berlin()).unwrap();
        let summer = Date::constant(2024, 7, 1).at(12, 0, 0, 0);
        let winter = Date::constant(2024, 1, 1).at(12, 0, 0, 0);
        assert_eq!(zone.to_utc(winter), Some(1_704_106_800));
        assert_eq!(zone.to_utc(summer), Some(1_719_828_000));
        assert_eq!(zone.to_local(1_719_828_000), Some(summer));
        assert_eq!(zone.to_local(1_704_106_800), Some(winter));
        let component = zone.component();
        assert!(component.contains(
            "DTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200"
        ));
    }

    #[test]
    fn every_hour_of_a_year_comes_back() {
        let zone = Zone::definition(&berlin()).unwrap();
        let mut twice = 0;
        for hour in 0..8784 {
            let seconds = 1_704_067_200 + hour * 3600;
            let local = zone.to_local(seconds).unwrap();
            twice += u32::from(zone.to_utc(local) != Some(seconds));
        }
        assert!(
            twice <= 1,
            "only the hour that there is twice may be ambiguous, not {twice}"
        );
    }

    #[test]
    fn damage_is_told() {
        let data = berlin();
        for length in 0..data.len() {
            assert!(Zone::definition(&data[..length]).is_err());
        }
        assert!(Zone::structure(&[0xff; 48], "x").is_err());
    }
}
