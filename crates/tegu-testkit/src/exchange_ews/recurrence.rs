//! How series repeat.

use super::xml::element;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How a series repeats.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "what the schema has")]
pub enum Pattern {
    /// Every so many days.
    Daily(u32),
    /// Every so many weeks, on days such as `Monday Friday`.
    Weekly(u32, &'static str),
    /// Every so many months, on this day.
    Monthly(u32, u32),
    /// Every so many months, on a day such as `Second`, `Tuesday`.
    MonthlyOn(u32, &'static str, &'static str),
    /// Every year, on this day of this month.
    Yearly(u32, u32),
    /// Every year, on a day such as `Last`, `Friday` of this month.
    YearlyOn(&'static str, &'static str, u32),
}

/// When a series ends.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "what the schema has")]
pub enum End {
    /// Never.
    Never,
    /// On this day, such as `2024-12-31`.
    On(&'static str),
    /// After so many times.
    After(u32),
}

/// What stands within Recurrence; `first` is the day of the first occurrence.
pub(super) fn recurrence(pattern: &Pattern, end: &End, first: &str) -> String {
    let number = |name: &str, number: u32| element(name, &number.to_string());
    let month = |month: u32| element("Month", MONTHS[(month as usize - 1) % 12]);
    let (name, inner) = match pattern {
        Pattern::Daily(interval) => ("DailyRecurrence", number("Interval", *interval)),
        Pattern::Weekly(interval, days) => (
            "WeeklyRecurrence",
            number("Interval", *interval)
                + &element("DaysOfWeek", days)
                + &element("FirstDayOfWeek", "Monday"),
        ),
        Pattern::Monthly(interval, day) => (
            "AbsoluteMonthlyRecurrence",
            number("Interval", *interval) + &number("DayOfMonth", *day),
        ),
        Pattern::MonthlyOn(interval, index, day) => (
            "RelativeMonthlyRecurrence",
            number("Interval", *interval) + &element("DaysOfWeek", day) + &element("DayOfWeekIndex", index),
        ),
        Pattern::Yearly(day, of) => (
            "AbsoluteYearlyRecurrence",
            number("DayOfMonth", *day) + &month(*of),
        ),
        Pattern::YearlyOn(index, day, of) => (
            "RelativeYearlyRecurrence",
            element("DaysOfWeek", day) + &element("DayOfWeekIndex", index) + &month(*of),
        ),
    };
    let start = element("StartDate", first);
    let (range, last) = match end {
        End::Never => ("NoEndRecurrence", String::new()),
        End::On(day) => ("EndDateRecurrence", element("EndDate", day)),
        End::After(count) => ("NumberedRecurrence", number("NumberOfOccurrences", *count)),
    };
    format!("<t:{name}>{inner}</t:{name}><t:{range}>{start}{last}</t:{range}>")
}
