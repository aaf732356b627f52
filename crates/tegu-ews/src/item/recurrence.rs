//! How something recurs.

use crate::xml::Element;
use jiff::civil::Date;

/// How often something recurs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pattern {
    /// Every so many days.
    Daily(u32),
    /// Every so many weeks, on these days, with the first day of a week.
    Weekly(u32, Vec<String>, Option<String>),
    /// Every so many months, on a day of the month; 31 is the last one.
    AbsoluteMonthly(u32, u32),
    /// Every so many months, on the n-th of these days.
    RelativeMonthly(u32, Vec<String>, String),
    /// Each year, on a day of a month.
    AbsoluteYearly(u32, String),
    /// Each year, on the n-th of these days of a month.
    RelativeYearly(Vec<String>, String, String),
    /// Counted from when the last one was done, which only tasks know.
    Regeneration(String),
}

/// When a series ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum End {
    /// Never.
    Never,
    /// On a day.
    Date(Date),
    /// After so many occurrences.
    Count(u32),
}

/// A recurrence.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recurrence {
    /// How often.
    pub pattern: Pattern,
    /// The first day of the range.
    pub start: Option<Date>,
    /// Until when.
    pub end: End,
}

impl Recurrence {
    pub(super) fn read(element: Element<'_>) -> Option<Self> {
        let (mut pattern, mut range) = (None, None);
        for child in element.children() {
            if let Some(read) = self::pattern(child) {
                pattern = Some(read?);
            }
            if matches!(
                child.name(),
                "NoEndRecurrence" | "EndDateRecurrence" | "NumberedRecurrence"
            ) {
                range = Some(end(child)?);
            }
        }
        let (end, start) = range?;
        Some(Self {
            pattern: pattern?,
            start,
            end,
        })
    }
}

fn days(element: Element<'_>) -> Option<Vec<String>> {
    let days: Vec<String> = element
        .value("DaysOfWeek")?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    (!days.is_empty()).then_some(days)
}

fn pattern(element: Element<'_>) -> Option<Option<Pattern>> {
    let interval = || element.number::<u32>("Interval").filter(|interval| *interval > 0);
    let text = |name| element.value(name).map(str::to_owned);
    Some(match element.name() {
        "DailyRecurrence" => interval().map(Pattern::Daily),
        "WeeklyRecurrence" => interval()
            .zip(days(element))
            .map(|(every, days)| Pattern::Weekly(every, days, text("FirstDayOfWeek"))),
        "AbsoluteMonthlyRecurrence" => interval()
            .zip(element.number("DayOfMonth"))
            .map(|(every, day)| Pattern::AbsoluteMonthly(every, day)),
        "RelativeMonthlyRecurrence" => relative_monthly(element, interval()),
        "AbsoluteYearlyRecurrence" => element
            .number("DayOfMonth")
            .zip(text("Month"))
            .map(|(day, month)| Pattern::AbsoluteYearly(day, month)),
        "RelativeYearlyRecurrence" => relative_yearly(element),
        name if name.ends_with("Regeneration") => Some(Pattern::Regeneration(name.to_owned())),
        _ => return None,
    })
}

fn relative_monthly(element: Element<'_>, interval: Option<u32>) -> Option<Pattern> {
    Some(Pattern::RelativeMonthly(
        interval?,
        days(element)?,
        element.value("DayOfWeekIndex")?.to_owned(),
    ))
}

fn relative_yearly(element: Element<'_>) -> Option<Pattern> {
    let month = element.value("Month")?.to_owned();
    Some(Pattern::RelativeYearly(
        days(element)?,
        element.value("DayOfWeekIndex")?.to_owned(),
        month,
    ))
}

fn end(element: Element<'_>) -> Option<(End, Option<Date>)> {
    let start = element.value("StartDate").and_then(date);
    let end = match element.name() {
        "NoEndRecurrence" => End::Never,
        "EndDateRecurrence" => End::Date(element.value("EndDate").and_then(date)?),
        "NumberedRecurrence" => End::Count(element.number("NumberOfOccurrences")?),
        _ => return None,
    };
    Some((end, start))
}

/// A date, which may have an offset behind it: `2026-01-05Z`, `2026-01-05+03:00`.
pub(crate) fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}
