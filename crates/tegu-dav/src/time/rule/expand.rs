//! A rule's times, one after the other, in bounded steps.

use std::ops::Range;

use super::{Frequency, Rule};
use crate::time::civil::{self, DAY};
use crate::time::steps::Steps;

impl Rule {
    /// The local times from `start` on, the start itself only where the rule has it.
    pub(crate) fn expand<'s>(&self, start: i64, steps: &'s Steps) -> Expansion<'s> {
        let mut rule = self.clone();
        rule.fill(start);
        Expansion {
            steps,
            period: Period::first(&rule, start),
            days: 0..0,
            weekdays: rule.weekdays(),
            rule,
            start,
            pending: Vec::new(),
            next: 0,
            given: 0,
            exhausted: false,
        }
    }

    /// As [`expand`](Self::expand), but what lies well before `from` is passed over, unless the rule counts its times.
    pub(crate) fn expand_near<'s>(&self, start: i64, from: i64, steps: &'s Steps) -> Expansion<'s> {
        let mut out = self.expand(start, steps);
        if self.count.is_none() {
            out.period = out.period.near(from, out.rule.interval);
        }
        out
    }
}

/// Where an expansion stands: a year, a month, a week, a day, or a time.
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
            Self::Year(year) => Self::Year(year.saturating_add(interval)),
            Self::Month(month) => Self::Month(month.saturating_add(interval)),
            Self::Week(day) => Self::Week(day.saturating_add(interval.saturating_mul(7))),
            Self::Day(day) => Self::Day(day.saturating_add(interval)),
            Self::Time(at, unit) => Self::Time(at.saturating_add(interval.saturating_mul(unit)), unit),
        }
    }

    /// The last period of this series that ends before a local time; itself if none does.
    fn near(self, from: i64, interval: i64) -> Self {
        let day = from.div_euclid(DAY);
        let (year, month, _) = civil::date(day);
        let ahead = match self {
            Self::Year(first) => year - first,
            Self::Month(first) => year * 12 + month - 1 - first,
            Self::Week(first) => (day - first).div_euclid(7),
            Self::Day(first) => day - first,
            Self::Time(first, unit) => (from - first).div_euclid(unit),
        };
        let whole = (ahead - 1).div_euclid(interval.max(1)).max(0);
        self.next(interval.saturating_mul(whole))
    }

    /// The days that it takes.
    fn length(self) -> i64 {
        match self {
            Self::Year(year) => 365 + i64::from(civil::is_leap(year)),
            Self::Month(month) => civil::days_in_month(month.div_euclid(12), month.rem_euclid(12) + 1),
            Self::Week(_) => 7,
            Self::Day(_) | Self::Time(..) => 1,
        }
    }
}

/// The local times of a rule, in order.
///
/// It ends with the rule, with the year 9999, or when its steps are used up; see [`exhausted`](Self::exhausted).
#[derive(Debug)]
pub(crate) struct Expansion<'s> {
    rule: Rule,
    period: Period,
    /// Days of the period before, which are still to be looked at.
    days: Range<i64>,
    /// The weekdays of the rule, a bit for each; all where it names none.
    weekdays: u8,
    start: i64,
    /// Times that were found, and which of them comes next.
    pending: Vec<i64>,
    next: usize,
    given: u32,
    steps: &'s Steps,
    exhausted: bool,
}

/// No date of a calendar lies behind the year 9999.
const LAST_DAY: i64 = 2_932_896;

impl Expansion<'_> {
    /// Whether it gave up before the rule came to its end.
    pub(crate) fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// Takes steps, or gives up.
    fn step(&mut self, count: usize) -> bool {
        self.exhausted |= !self.steps.take(count as u64);
        !self.exhausted
    }

    /// Finds the next times. `false`: there are none.
    fn fill(&mut self) -> bool {
        // The space is used again, so that a time costs no allocation.
        let mut found = std::mem::take(&mut self.pending);
        found.clear();
        let more = self.find(&mut found);
        self.pending = found;
        self.next = 0;
        more
    }

    fn find(&mut self, found: &mut Vec<i64>) -> bool {
        loop {
            if let Some(day) = self.next_day() {
                if !self.step(1 + self.rule.times_a_day()) {
                    return false;
                }
                self.rule.times(day, found);
            } else {
                let first = self.period.day();
                if first > LAST_DAY || !self.step(1) {
                    return false;
                }
                if let Period::Time(at, unit) = self.period {
                    let interval = self.rule.interval;
                    if !self.rule.has_day(first) {
                        // To the first step on the next day.
                        let left = (first + 1) * DAY - at;
                        let steps = (left + unit * interval - 1).div_euclid(unit * interval);
                        self.period = self.period.next(interval.saturating_mul(steps));
                        continue;
                    }
                    if !self.step(self.rule.times_a_unit()) {
                        return false;
                    }
                    self.of_time(at, unit, found);
                } else {
                    self.days = first..first + self.period.length();
                    if !self.rule.positions.is_empty() {
                        while let Some(day) = self.next_day() {
                            if !self.step(1 + self.rule.times_a_day()) {
                                return false;
                            }
                            self.rule.times(day, found);
                        }
                    }
                }
                self.period = self.period.next(self.rule.interval);
                self.choose(found);
            }
            let start = self.start;
            found.retain(|&at| at >= start);
            if !found.is_empty() {
                return true;
            }
        }
    }

    /// The next day of the period that the rule has. Months and weekdays that the rule leaves out are passed over, other days are
    /// looked at one by one.
    fn next_day(&mut self) -> Option<i64> {
        while let Some(day) = self.days.next() {
            let date = civil::date(day);
            let (year, month, of_month) = date;
            if !self.rule.has_month(month) {
                self.days.start = day + civil::days_in_month(year, month) - of_month + 1;
            } else if self.rule.has_day_of(day, date) {
                return Some(day);
            } else {
                let weekday = civil::weekday(day);
                let named = |ahead: &i64| self.weekdays >> ((weekday + ahead) % 7) & 1 == 1;
                self.days.start = day + (1..7).find(named).unwrap_or(7);
            }
            if !self.step(1) {
                return None;
            }
        }
        None
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

    /// Keeps the times of a period that `BYSETPOS` picks.
    fn choose(&self, found: &mut Vec<i64>) {
        if self.rule.positions.is_empty() {
            return;
        }
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let mut wanted: Vec<usize> = self
            .rule
            .positions
            .iter()
            .map(|&n| if n > 0 { n - 1 } else { total + n })
            .filter_map(|at| usize::try_from(at).ok())
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        *found = wanted.iter().filter_map(|&at| found.get(at).copied()).collect();
    }
}

impl Iterator for Expansion<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        if self.rule.count.is_some_and(|count| self.given >= count) {
            return None;
        }
        loop {
            if let Some(&at) = self.pending.get(self.next) {
                self.next += 1;
                self.given += 1;
                return Some(at);
            }
            if self.exhausted || !self.fill() {
                return None;
            }
        }
    }
}
