//! A rule's times, one after the other, in bounded steps.

use super::{Frequency, Rule};
use crate::time::civil::{self, DAY};

impl Rule {
    /// The local times from `start` on, the start itself only where the rule has it.
    pub(crate) fn expand(&self, start: i64) -> Expansion {
        let mut rule = self.clone();
        rule.fill(start);
        Expansion {
            steps: 0,
            period: Period::first(&rule, start),
            rule,
            start,
            pending: Vec::new().into_iter(),
            given: 0,
        }
    }
}

/// Where an expansion stands: a month, a day, or a time.
#[derive(Clone, Copy, Debug)]
enum Period {
    Year(i64),
    /// Months since the year 0.
    Month(i64),
    /// The first day of the week.
    Week(i64),
    Day(i64),
    /// A time and the seconds of the unit.
    Time(i64, i64),
}

impl Period {
    fn first(rule: &Rule, start: i64) -> Self {
        let day = start.div_euclid(DAY);
        let (year, month, _) = civil::date(day);
        match rule.frequency {
            Frequency::Yearly => Self::Year(year),
            Frequency::Monthly => Self::Month(year * 12 + month - 1),
            Frequency::Weekly => Self::Week(day - (civil::weekday(day) - rule.week_start).rem_euclid(7)),
            Frequency::Daily => Self::Day(day),
            Frequency::Hourly => Self::Time(start, 3600),
            Frequency::Minutely => Self::Time(start, 60),
            Frequency::Secondly => Self::Time(start, 1),
        }
    }

    /// Days since 1970 at which it begins.
    fn day(self) -> i64 {
        match self {
            Self::Year(year) => civil::days(year, 1, 1),
            Self::Month(month) => civil::days(month.div_euclid(12), month.rem_euclid(12) + 1, 1),
            Self::Week(day) | Self::Day(day) => day,
            Self::Time(at, _) => at.div_euclid(DAY),
        }
    }

    fn next(self, interval: i64) -> Self {
        match self {
            Self::Year(year) => Self::Year(year + interval),
            Self::Month(month) => Self::Month(month + interval),
            Self::Week(day) => Self::Week(day + 7 * interval),
            Self::Day(day) => Self::Day(day + interval),
            Self::Time(at, unit) => Self::Time(at + unit * interval, unit),
        }
    }
}

/// The local times of a rule, in order.
///
/// It ends with the rule, with the year 9999, or after [`MOST_STEPS`] looked at in vain; see
/// [`exhausted`](Self::exhausted).
#[derive(Debug)]
pub(crate) struct Expansion {
    rule: Rule,
    period: Period,
    start: i64,
    pending: std::vec::IntoIter<i64>,
    given: u32,
    steps: usize,
}

/// Periods that one expansion looks at: a rule a second for three days, or a day for five centuries.
pub(crate) const MOST_STEPS: usize = 200_000;

/// No date of a calendar lies behind the year 9999.
const LAST_DAY: i64 = 2_932_896;

impl Expansion {
    /// Whether it gave up before the rule came to its end.
    pub(crate) fn exhausted(&self) -> bool {
        self.steps >= MOST_STEPS
    }

    fn fill(&mut self) -> bool {
        while self.steps < MOST_STEPS {
            let first = self.period.day();
            if first > LAST_DAY {
                return false;
            }
            self.steps += 1;
            let mut found = Vec::new();
            if let Period::Time(at, unit) = self.period {
                let interval = self.rule.interval;
                if !self.rule.has_day(first) {
                    // To the first step on the next day.
                    let left = (first + 1) * DAY - at;
                    let steps = (left + unit * interval - 1).div_euclid(unit * interval);
                    self.period = self.period.next(interval.saturating_mul(steps));
                    continue;
                }
                self.of_time(at, unit, &mut found);
            } else {
                let length = match self.period {
                    Period::Year(year) => 365 + i64::from(civil::is_leap(year)),
                    Period::Month(month) => {
                        civil::days_in_month(month.div_euclid(12), month.rem_euclid(12) + 1)
                    }
                    Period::Week(_) => 7,
                    _ => 1,
                };
                // Days are looked at one by one; a month that the rule leaves out is passed over.
                let mut day = first;
                while day < first + length {
                    let (year, month, of_month) = civil::date(day);
                    if !self.rule.months.is_empty() && !self.rule.months.contains(&month) {
                        day += civil::days_in_month(year, month) - of_month + 1;
                        continue;
                    }
                    if self.rule.has_day(day) {
                        self.rule.times(day, &mut found);
                    }
                    day += 1;
                }
            }
            self.period = self.period.next(self.rule.interval);
            found.retain({
                let start = self.start;
                let positions = self.positions(&found);
                let mut index = 0;
                move |&at| {
                    index += 1;
                    at >= start
                        && positions
                            .as_ref()
                            .is_none_or(|wanted| wanted.contains(&(index - 1)))
                }
            });
            if !found.is_empty() {
                self.pending = found.into_iter();
                return true;
            }
        }
        false
    }

    /// The times within one hour, minute or second.
    fn of_time(&self, at: i64, unit: i64, out: &mut Vec<i64>) {
        let begin = at - at.rem_euclid(unit);
        let rule = &self.rule;
        match rule.frequency {
            Frequency::Hourly => {
                for minute in &rule.minutes {
                    for second in &rule.seconds {
                        out.push(begin + minute * 60 + second.min(&59));
                    }
                }
            }
            Frequency::Minutely => out.extend(rule.seconds.iter().map(|second| begin + second.min(&59))),
            _ => out.push(at),
        }
        out.retain(|at| rule.has_time(at.rem_euclid(DAY)));
    }

    /// The indices that `BYSETPOS` picks; `None` where it is not used.
    fn positions(&self, found: &[i64]) -> Option<Vec<usize>> {
        if self.rule.positions.is_empty() {
            return None;
        }
        let total = i64::try_from(found.len()).ok()?;
        Some(
            self.rule
                .positions
                .iter()
                .map(|&n| if n > 0 { n - 1 } else { total + n })
                .filter_map(|at| usize::try_from(at).ok())
                .collect(),
        )
    }
}

impl Iterator for Expansion {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        if self.rule.count.is_some_and(|count| self.given >= count) {
            return None;
        }
        loop {
            if let Some(at) = self.pending.next() {
                self.given += 1;
                return Some(at);
            }
            if !self.fill() {
                return None;
            }
        }
    }
}
