//! Recurrence rules (RFC 5545 section 3.3.10), expanded in bounded steps.

mod expand;

use super::civil::{self, DAY};
use crate::value::Moment;

/// How often.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

/// A rule that was read. Its syntax has been checked by [`crate::value::recurrence`].
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) frequency: Frequency,
    interval: i64,
    pub(crate) count: Option<u32>,
    pub(crate) until: Option<Moment>,
    seconds: Vec<i64>,
    minutes: Vec<i64>,
    hours: Vec<i64>,
    /// Weekdays (0 is Monday) with their ordinal, 0 for every one. In order, as are all lists.
    weekdays: Vec<(i64, i64)>,
    month_days: Vec<i64>,
    year_days: Vec<i64>,
    weeks: Vec<i64>,
    months: Vec<i64>,
    positions: Vec<i64>,
    week_start: i64,
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn day_number(name: &str) -> Option<i64> {
    DAYS.iter().position(|day| *day == name).map(|at| at as i64)
}

impl Rule {
    /// `None` where [`crate::value::recurrence`] says no, and for rules of other calendars.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !crate::value::recurrence(text) {
            return None;
        }
        let mut rule = Self {
            frequency: Frequency::Yearly,
            interval: 1,
            count: None,
            until: None,
            seconds: Vec::new(),
            minutes: Vec::new(),
            hours: Vec::new(),
            weekdays: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weeks: Vec::new(),
            months: Vec::new(),
            positions: Vec::new(),
            week_start: 0,
        };
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let value = value.to_ascii_uppercase();
            let numbers = || -> Vec<i64> {
                let mut out: Vec<i64> = value.split(',').filter_map(|n| n.parse().ok()).collect();
                out.sort_unstable();
                out.dedup();
                out
            };
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => {
                    rule.frequency = match value.as_str() {
                        "YEARLY" => Frequency::Yearly,
                        "MONTHLY" => Frequency::Monthly,
                        "WEEKLY" => Frequency::Weekly,
                        "DAILY" => Frequency::Daily,
                        "HOURLY" => Frequency::Hourly,
                        "MINUTELY" => Frequency::Minutely,
                        _ => Frequency::Secondly,
                    }
                }
                "INTERVAL" => rule.interval = value.parse().ok()?,
                "COUNT" => rule.count = value.parse().ok(),
                "UNTIL" => rule.until = Moment::parse(&value),
                "BYSECOND" => rule.seconds = numbers(),
                "BYMINUTE" => rule.minutes = numbers(),
                "BYHOUR" => rule.hours = numbers(),
                "BYMONTHDAY" => rule.month_days = numbers(),
                "BYYEARDAY" => rule.year_days = numbers(),
                "BYWEEKNO" => rule.weeks = numbers(),
                "BYMONTH" => rule.months = numbers(),
                "BYSETPOS" => rule.positions = numbers(),
                "WKST" => rule.week_start = day_number(&value)?,
                "BYDAY" => {
                    for item in value.split(',') {
                        let at = item.len().checked_sub(2)?;
                        let ordinal = match item.get(..at)? {
                            "" => 0,
                            text => text.parse().ok()?,
                        };
                        rule.weekdays.push((day_number(item.get(at..)?)?, ordinal));
                    }
                    rule.weekdays.sort_unstable();
                    rule.weekdays.dedup();
                }
                // RFC 7529 leap rules other than leaving days out are not expanded.
                "SKIP" if value != "OMIT" => return None,
                _ => {}
            }
        }
        Some(rule)
    }

    /// What the start says where the rule is silent.
    fn fill(&mut self, start: i64) {
        let (_, month, day) = civil::date(start.div_euclid(DAY));
        let second = start.rem_euclid(DAY);
        let bare = self.weeks.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.weekdays.is_empty();
        match self.frequency {
            Frequency::Yearly if bare => {
                if self.months.is_empty() {
                    self.months = vec![month];
                }
                self.month_days = vec![day];
            }
            // RFC 5545: a week number alone keeps the weekday of the start.
            Frequency::Yearly
                if !self.weeks.is_empty()
                    && self.year_days.is_empty()
                    && self.month_days.is_empty()
                    && self.weekdays.is_empty() =>
            {
                self.weekdays = vec![(civil::weekday(start.div_euclid(DAY)), 0)];
            }
            Frequency::Monthly if bare => self.month_days = vec![day],
            Frequency::Weekly if bare => {
                self.weekdays = vec![(civil::weekday(start.div_euclid(DAY)), 0)];
            }
            _ => {}
        }
        if self.hours.is_empty() && self.frequency < Frequency::Hourly {
            self.hours = vec![second / 3600];
        }
        if self.minutes.is_empty() && self.frequency < Frequency::Minutely {
            self.minutes = vec![second / 60 % 60];
        }
        if self.seconds.is_empty() && self.frequency < Frequency::Secondly {
            self.seconds = vec![second % 60];
        }
    }

    fn has_month(&self, month: i64) -> bool {
        has(&self.months, month)
    }

    fn has_day(&self, day: i64) -> bool {
        let date = civil::date(day);
        self.has_month(date.1) && self.has_day_of(day, date)
    }

    /// Whether it has a day, given by its number and its date, of a month that it has.
    fn has_day_of(&self, day: i64, (year, month, of_month): (i64, i64, i64)) -> bool {
        let either =
            |list: &[i64], number: i64, total: i64| has(list, number) || has(list, number - total - 1);
        if !self.month_days.is_empty()
            && !either(&self.month_days, of_month, civil::days_in_month(year, month))
        {
            return false;
        }
        let in_year = || {
            (
                day - civil::days(year, 1, 1) + 1,
                365 + i64::from(civil::is_leap(year)),
            )
        };
        if !self.year_days.is_empty() {
            let (number, total) = in_year();
            if !either(&self.year_days, number, total) {
                return false;
            }
        }
        if !self.weeks.is_empty() {
            let (number, total) = self.week(day);
            if !either(&self.weeks, number, total) {
                return false;
            }
        }
        let weekday = civil::weekday(day);
        let lists = |ordinal| self.weekdays.binary_search(&(weekday, ordinal)).is_ok();
        if self.weekdays.is_empty() || lists(0) {
            return true;
        }
        let (number, total) = match self.frequency {
            Frequency::Yearly if self.months.is_empty() => in_year(),
            Frequency::Yearly | Frequency::Monthly => (of_month, civil::days_in_month(year, month)),
            // Ordinals mean nothing to other frequencies.
            _ => {
                let from = self.weekdays.partition_point(|&(known, _)| known < weekday);
                return self
                    .weekdays
                    .get(from)
                    .is_some_and(|&(known, _)| known == weekday);
            }
        };
        lists((number - 1) / 7 + 1) || lists(-((total - number) / 7 + 1))
    }

    /// The weekdays that it names, Monday being the lowest bit; all where it names none.
    fn weekdays(&self) -> u8 {
        if self.weekdays.is_empty() {
            return 0x7f;
        }
        self.weekdays.iter().fold(0, |all, (day, _)| all | 1 << day)
    }

    /// The number of the week that a day is in, and how many its year has.
    fn week(&self, day: i64) -> (i64, i64) {
        let begin = |day: i64| day - (civil::weekday(day) - self.week_start).rem_euclid(7);
        let week = begin(day);
        let year = civil::date(week + 3).0;
        let first = begin(civil::days(year, 1, 4));
        let next = begin(civil::days(year + 1, 1, 4));
        ((week - first) / 7 + 1, (next - first) / 7)
    }

    fn has_time(&self, second: i64) -> bool {
        has(&self.hours, second / 3600)
            && has(&self.minutes, second / 60 % 60)
            && has(&self.seconds, second % 60)
    }

    /// How many times [`times`](Self::times) makes.
    fn times_a_day(&self) -> usize {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    /// How many times an hour, a minute or a second has at most.
    fn times_a_unit(&self) -> usize {
        self.minutes.len().max(1) * self.seconds.len().max(1)
    }

    /// Appends the times of one day, in order.
    fn times(&self, day: i64, out: &mut Vec<i64>) {
        for hour in &self.hours {
            for minute in &self.minutes {
                for second in &self.seconds {
                    out.push(day * DAY + hour * 3600 + minute * 60 + second.min(&59));
                }
            }
        }
    }
}

/// Whether a list, in order, has a number, or none because it is empty.
fn has(list: &[i64], number: i64) -> bool {
    list.is_empty() || list.binary_search(&number).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::time::steps::Steps;

    fn local(text: &str) -> i64 {
        civil::seconds(Moment::parse(text).unwrap())
    }

    fn dates(rule: &str, start: &str, most: usize) -> Vec<String> {
        let rule = Rule::parse(rule).unwrap();
        rule.expand(local(start), &Steps::new(200_000))
            .take(most)
            .map(|at| civil::shown(at)[..16].replace(['-', ':'], ""))
            .collect()
    }

    #[test]
    fn examples_of_the_rfc() {
        for (rule, start, expected) in [
            (
                "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
                "19961105T0900",
                "19961105T0900 20001107T0900 20041102T0900",
            ),
            (
                "FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3",
                "19970904T0900",
                "19970904T0900 19971007T0900 19971106T0900",
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
                "19970929T0900",
                "19970929T0900 19971030T0900 19971127T0900",
            ),
            (
                "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
                "19970512T0900",
                "19970512T0900 19980511T0900 19990517T0900",
            ),
            (
                "FREQ=YEARLY;BYDAY=20MO",
                "19970519T0900",
                "19970519T0900 19980518T0900 19990517T0900",
            ),
            (
                "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
                "19970902T0900",
                "19980213T0900 19980313T0900 19981113T0900",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH",
                "19970902T0900",
                "19970902T0900 19970904T0900 19970916T0900",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
                "19970805T0900",
                "19970805T0900 19970810T0900 19970819T0900 19970824T0900",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
                "19970805T0900",
                "19970805T0900 19970817T0900 19970819T0900 19970831T0900",
            ),
            (
                "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200",
                "19970101T0900",
                "19970101T0900 19970410T0900 19970719T0900 20000101T0900",
            ),
            (
                "FREQ=HOURLY;INTERVAL=3;COUNT=3",
                "19970902T0900",
                "19970902T0900 19970902T1200 19970902T1500",
            ),
            (
                "FREQ=MINUTELY;INTERVAL=90;COUNT=3",
                "19970902T0900",
                "19970902T0900 19970902T1030 19970902T1200",
            ),
            (
                "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20",
                "19970902T0900",
                "19970902T0900 19970902T0920 19970902T1000 19970902T1020 19970903T0900",
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=31",
                "20260131T0900",
                "20260131T0900 20260331T0900 20260531T0900",
            ),
            ("FREQ=YEARLY", "20240229T0900", "20240229T0900 20280229T0900"),
            (
                "FREQ=MONTHLY;BYMONTHDAY=-1",
                "20260131T0900",
                "20260131T0900 20260228T0900 20260331T0900",
            ),
        ] {
            let start = format!("{start}00");
            let expected: Vec<&str> = expected.split(' ').collect();
            assert_eq!(dates(rule, &start, expected.len()), expected, "{rule}");
        }
    }

    /// Whatever a rule says, the steps that it takes are counted, and it stops when there are no more.
    #[test]
    fn rules_that_never_match_or_never_end_are_bounded() {
        let all = |unit: &str, most: u32| {
            let numbers: Vec<String> = (0..most).map(|n| n.to_string()).collect();
            format!("{unit}={}", numbers.join(","))
        };
        let every_second = format!(
            "{};{};{}",
            all("BYHOUR", 24),
            all("BYMINUTE", 60),
            all("BYSECOND", 60)
        );
        for rule in [
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=MINUTELY;BYHOUR=5;BYSETPOS=300",
            "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=4",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            &format!("FREQ=YEARLY;BYSETPOS=366;{every_second}"),
            &format!("FREQ=YEARLY;BYSETPOS=-366;BYDAY=53MO;{every_second}"),
        ] {
            let steps = Steps::new(200_000);
            let rule = Rule::parse(rule).unwrap();
            let mut expansion = rule.expand(local("20260101T000000"), &steps);
            assert!(expansion.by_ref().count() < 10, "{rule:?}");
        }
        let steps = Steps::new(200_000);
        let mut expansion = Rule::parse("FREQ=SECONDLY").unwrap().expand(0, &steps);
        assert!((60_000..=200_000).contains(&expansion.by_ref().count()));
        assert!(expansion.exhausted() && steps.spent());
        // A day at a time, not a year.
        let steps = Steps::new(200_000);
        let rule = Rule::parse(&format!(
            "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;{every_second}"
        ))
        .unwrap();
        assert_eq!(rule.expand(0, &steps).take(3).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(steps.used() < 90_000, "{}", steps.used());
    }

    #[test]
    fn what_lies_before_is_passed_over() {
        let from = local("20200101T000000");
        for rule in [
            "FREQ=YEARLY;INTERVAL=3;BYMONTH=3;BYDAY=-1SU",
            "FREQ=YEARLY",
            "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
            "FREQ=DAILY;INTERVAL=7",
            "FREQ=HOURLY;INTERVAL=5000",
            "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1",
        ] {
            let rule = Rule::parse(rule).unwrap();
            let start = local("16010107T030000");
            let (all, few) = (Steps::new(10_000_000), Steps::new(10_000));
            let wanted: Vec<i64> = rule
                .expand(start, &all)
                .filter(|&at| at >= from)
                .take(20)
                .collect();
            let found: Vec<i64> = rule
                .expand_near(start, from, &few)
                .filter(|&at| at >= from)
                .take(20)
                .collect();
            assert_eq!(found, wanted, "{rule:?}");
        }
    }
}
