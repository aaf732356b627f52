//! Rules of series (RFC 5545, section 3.3.10).

use crate::{
    item::{End, Pattern, Recurrence},
    zone::{month, nth_by_name},
};
use jiff::civil::Date;

/// The rule. `until` is the value of UNTIL for a series that ends on that day. The error says what no rule says.
pub(super) fn rule(
    recurrence: &Recurrence,
    until: impl Fn(Date) -> Option<String>,
) -> Result<String, &'static str> {
    let mut parts = match &recurrence.pattern {
        Pattern::Daily(every) => every_n("DAILY", *every),
        Pattern::Weekly(every, days, first) => {
            let mut parts = every_n("WEEKLY", *every);
            parts.push(format!("BYDAY={}", by_day(days)?.join(",")));
            if let Some(first) = first {
                parts.push(format!("WKST={}", by_day(std::slice::from_ref(first))?.join("")));
            }
            parts
        }
        Pattern::AbsoluteMonthly(every, day) => {
            let mut parts = every_n("MONTHLY", *every);
            parts.push(by_month_day(*day, 28)?);
            parts
        }
        Pattern::RelativeMonthly(every, days, index) => {
            let mut parts = every_n("MONTHLY", *every);
            parts.extend(nth_day(days, index)?);
            parts
        }
        Pattern::AbsoluteYearly(day, name) => {
            let month = month(name).ok_or(UNKNOWN)?;
            // The shortest that the month ever is.
            let shortest = Date::new(2026, month, 1).map_err(|_| UNKNOWN)?.days_in_month();
            let mut parts = every_n("YEARLY", 1);
            parts.push(format!("BYMONTH={month}"));
            parts.push(by_month_day(*day, u32::try_from(shortest).unwrap_or(28))?);
            parts
        }
        Pattern::RelativeYearly(days, index, name) => {
            let mut parts = every_n("YEARLY", 1);
            parts.push(format!("BYMONTH={}", month(name).ok_or(UNKNOWN)?));
            parts.extend(nth_day(days, index)?);
            parts
        }
        Pattern::Regeneration(_) => return Err("the next one counts from when the last was done"),
    };
    match recurrence.end {
        End::Never => {}
        End::Count(count) => parts.push(format!("COUNT={count}")),
        End::Date(day) => parts.push(format!("UNTIL={}", until(day).ok_or("the last day is unknown")?)),
    }
    Ok(parts.join(";"))
}

const UNKNOWN: &str = "its days or months have unknown names";

fn every_n(frequency: &str, every: u32) -> Vec<String> {
    let mut parts = vec![format!("FREQ={frequency}")];
    if every > 1 {
        parts.push(format!("INTERVAL={every}"));
    }
    parts
}

/// A day of a month; a month that is shorter has it on its last day.
fn by_month_day(day: u32, shortest: u32) -> Result<String, &'static str> {
    match day {
        1..=31 if day <= shortest => Ok(format!("BYMONTHDAY={day}")),
        31 => Ok("BYMONTHDAY=-1".to_owned()),
        29 => Ok("BYMONTHDAY=28,29;BYSETPOS=-1".to_owned()),
        30 => Ok("BYMONTHDAY=28,29,30;BYSETPOS=-1".to_owned()),
        _ => Err("it recurs on no day of a month"),
    }
}

fn by_day(names: &[String]) -> Result<Vec<&'static str>, &'static str> {
    let mut days = Vec::new();
    for name in names {
        let some: &[&str] = match name.as_str() {
            "Monday" => &["MO"],
            "Tuesday" => &["TU"],
            "Wednesday" => &["WE"],
            "Thursday" => &["TH"],
            "Friday" => &["FR"],
            "Saturday" => &["SA"],
            "Sunday" => &["SU"],
            "Day" => &["MO", "TU", "WE", "TH", "FR", "SA", "SU"],
            "Weekday" => &["MO", "TU", "WE", "TH", "FR"],
            "WeekendDay" => &["SA", "SU"],
            _ => return Err(UNKNOWN),
        };
        days.extend_from_slice(some);
    }
    Ok(days)
}

/// The n-th of some days in a month.
fn nth_day(names: &[String], index: &str) -> Result<Vec<String>, &'static str> {
    let position = nth_by_name(index).ok_or(UNKNOWN)?.unwrap_or(-1);
    let days = by_day(names)?;
    Ok(match &days[..] {
        [day] => vec![format!("BYDAY={position}{day}")],
        days => vec![
            format!("BYDAY={}", days.join(",")),
            format!("BYSETPOS={position}"),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let days = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (pattern, end, expected) in [
            (Pattern::Daily(1), End::Never, "FREQ=DAILY"),
            (Pattern::Daily(3), End::Count(4), "FREQ=DAILY;INTERVAL=3;COUNT=4"),
            (
                Pattern::Weekly(2, days(&["Monday", "Friday"]), Some("Monday".into())),
                End::Never,
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=MO",
            ),
            (
                Pattern::AbsoluteMonthly(1, 15),
                End::Never,
                "FREQ=MONTHLY;BYMONTHDAY=15",
            ),
            (
                Pattern::AbsoluteMonthly(1, 31),
                End::Never,
                "FREQ=MONTHLY;BYMONTHDAY=-1",
            ),
            (
                Pattern::AbsoluteMonthly(1, 30),
                End::Never,
                "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            ),
            (
                Pattern::RelativeMonthly(1, days(&["Tuesday"]), "Last".into()),
                End::Never,
                "FREQ=MONTHLY;BYDAY=-1TU",
            ),
            (
                Pattern::RelativeMonthly(1, days(&["Weekday"]), "First".into()),
                End::Never,
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
            ),
            (
                Pattern::AbsoluteYearly(31, "May".into()),
                End::Never,
                "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=31",
            ),
            (
                Pattern::AbsoluteYearly(29, "February".into()),
                End::Never,
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            ),
            (
                Pattern::RelativeYearly(days(&["Sunday"]), "Second".into(), "March".into()),
                End::Date(Date::constant(2027, 1, 1)),
                "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU;UNTIL=20270101",
            ),
        ] {
            let recurrence = Recurrence {
                pattern,
                start: None,
                end,
            };
            assert_eq!(
                rule(&recurrence, |day| Some(super::super::parts::day(day))).as_deref(),
                Ok(expected)
            );
        }
        let sliding = Recurrence {
            pattern: Pattern::Regeneration("DailyRegeneration".into()),
            start: None,
            end: End::Never,
        };
        assert!(rule(&sliding, |_| None).is_err());
    }
}
