//! Recurrences ([MS-OXOCAL] section 2.2.1.44).

use crate::{
    Result,
    bytes::{Cursor, damaged},
    codepage,
    ltp::utf16,
    time,
};
use encoding_rs::Encoding;
use jiff::civil::{Date, DateTime};

/// How often something recurs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pattern {
    /// Every so many minutes, which are whole days.
    Days,
    /// On these days of a week: bit 0 is Sunday.
    Week(u32),
    /// On this day of a month; the last day of shorter months.
    Month(u32),
    /// On the n-th of these days of a week in a month; 5 is the last.
    MonthNth(u32, u32),
    /// On the last day of a month.
    MonthEnd,
}

/// When a series ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum End {
    /// On its last day.
    Date,
    /// After so many instances.
    Count(u32),
    /// Never.
    Never,
}

/// An instance that differs from its series. Times are local, in minutes since 1601.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Exception {
    /// When it starts.
    pub start: u32,
    /// When it ends.
    pub end: u32,
    /// When it would have started.
    pub original: u32,
    /// Its own subject.
    pub subject: Option<String>,
    /// Its own place.
    pub location: Option<String>,
    /// Minutes between its reminder and its start.
    pub reminder: Option<u32>,
    /// Whether it has a reminder.
    pub reminder_set: Option<bool>,
    /// 0 free, 1 tentative, 2 busy, 3 away, 4 elsewhere.
    pub busy: Option<u32>,
    /// Whether it takes whole days.
    pub all_day: Option<bool>,
    /// Whether it has a body of its own, in an attachment.
    pub own_body: bool,
}

/// A recurrence. Dates are local, in minutes since 1601.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recurrence {
    /// Daily 0x200A, weekly 0x200B, monthly 0x200C, yearly 0x200D.
    pub frequency: u16,
    /// How it recurs.
    pub pattern: Pattern,
    /// Days are minutes, weeks are weeks, months and years are months.
    pub period: u32,
    /// Whether the next instance of a task counts from when the last was done.
    pub sliding: bool,
    /// When it ends.
    pub end: End,
    /// The first day of a week; 0 is Sunday.
    pub first_day: u32,
    /// Days on which there is no instance, or one that was moved.
    pub deleted: Vec<u32>,
    /// Days on which moved instances are.
    pub modified: Vec<u32>,
    /// The first day.
    pub start: u32,
    /// The last day.
    pub last: u32,
    /// Minutes of the day at which an instance starts and ends; the latter may lie in another day.
    pub offsets: Option<(u32, u32)>,
    /// Instances that differ.
    pub exceptions: Vec<Exception>,
}

impl Recurrence {
    /// Reads the recurrence of an appointment (property 0x8216).
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it is damaged or longer than it says;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for calendars and patterns that no rule of RFC 5545 stands for.
    pub fn appointment(data: &[u8], page: Option<&'static Encoding>) -> Result<Self> {
        let mut rest = Cursor::new(data);
        let mut recurrence = pattern(&mut rest)?;
        rest.u32()?;
        let version = rest.u32()?;
        recurrence.offsets = Some((rest.u32()?, rest.u32()?));
        let count = rest.u16()?;
        let count = rest.count(count.into(), 14)?;
        let mut flags = Vec::with_capacity(count);
        for _ in 0..count {
            let (exception, flag) = exception(&mut rest, page)?;
            recurrence.exceptions.push(exception);
            flags.push(flag);
        }
        block(&mut rest)?;
        for (exception, flag) in recurrence.exceptions.iter_mut().zip(flags) {
            extended(&mut rest, version, exception, flag)?;
        }
        block(&mut rest)?;
        ended(&rest)?;
        Ok(recurrence)
    }

    /// Reads the recurrence of a task (property 0x8116).
    ///
    /// # Errors
    ///
    /// See [`appointment`](Self::appointment).
    pub fn task(data: &[u8]) -> Result<Self> {
        let mut rest = Cursor::new(data);
        let recurrence = pattern(&mut rest)?;
        ended(&rest)?;
        Ok(recurrence)
    }

    /// The first day.
    #[must_use]
    pub fn start_date(&self) -> Option<Date> {
        time::from_minutes(self.start).map(DateTime::date)
    }

    /// The days without any instance: the deleted ones, less those on which an instance was that now differs.
    #[must_use]
    pub fn excluded(&self) -> Vec<u32> {
        let moved: Vec<u32> = self
            .exceptions
            .iter()
            .map(|exception| exception.original / 1440)
            .collect();
        self.deleted
            .iter()
            .copied()
            .filter(|day| !moved.contains(&(day / 1440)))
            .collect()
    }

    /// The rule of RFC 5545. `until` is the value of UNTIL for a series that ends on a day.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if no rule says the same.
    pub fn rule(&self, until: Option<&str>) -> Result<String> {
        let mut parts = self.frequency_parts()?;
        match (self.end, until) {
            (End::Never, _) => {}
            (End::Count(count), _) => parts.push(format!("COUNT={count}")),
            (End::Date, Some(until)) => parts.push(format!("UNTIL={until}")),
            (End::Date, None) => return Err(unsupported("the last day of the series is unknown")),
        }
        if matches!(self.pattern, Pattern::Week(_)) {
            let day = DAYS
                .get(self.first_day as usize)
                .ok_or_else(|| damaged("a week begins with no day"))?;
            parts.push(format!("WKST={day}"));
        }
        Ok(parts.join(";"))
    }

    fn frequency_parts(&self) -> Result<Vec<String>> {
        let period = self.period;
        if period == 0 {
            return Err(damaged("the series recurs every 0 times"));
        }
        let start = self
            .start_date()
            .ok_or_else(|| damaged("the series has no first day"))?;
        // A period of whole years is a rule for one month.
        let yearly = period.is_multiple_of(12);
        let months = || {
            if yearly {
                vec![
                    "FREQ=YEARLY".to_owned(),
                    interval(period / 12),
                    format!("BYMONTH={}", start.month()),
                ]
            } else {
                vec!["FREQ=MONTHLY".to_owned(), interval(period)]
            }
        };
        let mut parts = match self.pattern {
            Pattern::Days if period.is_multiple_of(1440) => {
                vec!["FREQ=DAILY".to_owned(), interval(period / 1440)]
            }
            Pattern::Days => return Err(unsupported("the series recurs by parts of days")),
            Pattern::Week(mask) => vec!["FREQ=WEEKLY".to_owned(), interval(period), days(mask)?],
            Pattern::Month(day) => {
                let mut parts = months();
                let shortest = if yearly { start.days_in_month() as u32 } else { 28 };
                // February of a leap year is short in the others.
                let shortest = if yearly && start.month() == 2 {
                    28
                } else {
                    shortest
                };
                match day {
                    1..=31 if day <= shortest => parts.push(format!("BYMONTHDAY={day}")),
                    31 => parts.push("BYMONTHDAY=-1".to_owned()),
                    29 => parts.push("BYMONTHDAY=28,29;BYSETPOS=-1".to_owned()),
                    30 => parts.push("BYMONTHDAY=28,29,30;BYSETPOS=-1".to_owned()),
                    _ => return Err(damaged("the series recurs on no day of a month")),
                }
                parts
            }
            Pattern::MonthNth(mask, number) => {
                let position = match number {
                    1..=4 => number.to_string(),
                    5 => "-1".to_owned(),
                    _ => return Err(damaged("the series recurs on no week of a month")),
                };
                let mut parts = months();
                parts.push(days(mask)?);
                parts.push(format!("BYSETPOS={position}"));
                parts
            }
            Pattern::MonthEnd => {
                let mut parts = months();
                parts.push("BYMONTHDAY=-1".to_owned());
                parts
            }
        };
        parts.retain(|part| !part.is_empty());
        Ok(parts)
    }
}

const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

fn interval(count: u32) -> String {
    if count == 1 {
        String::new()
    } else {
        format!("INTERVAL={count}")
    }
}

fn days(mask: u32) -> Result<String> {
    let days: Vec<&str> = DAYS
        .iter()
        .enumerate()
        .filter(|(bit, _)| mask & (1 << bit) != 0)
        .map(|(_, day)| *day)
        .collect();
    if days.is_empty() {
        return Err(damaged("the series recurs on no day of a week"));
    }
    Ok(format!("BYDAY={}", days.join(",")))
}

fn unsupported(what: &str) -> crate::Error {
    crate::Error::new(crate::ErrorKind::Unsupported, what)
}

fn ended(rest: &Cursor<'_>) -> Result<()> {
    if rest.rest().is_empty() {
        Ok(())
    } else {
        Err(damaged("the recurrence is longer than it says"))
    }
}

fn block(rest: &mut Cursor<'_>) -> Result<()> {
    let length = rest.u32()? as usize;
    rest.take(length).map(drop)
}

fn pattern(rest: &mut Cursor<'_>) -> Result<Recurrence> {
    if (rest.u16()?, rest.u16()?) != (0x3004, 0x3004) {
        return Err(damaged("the recurrence is of another version"));
    }
    let frequency = rest.u16()?;
    let kind = rest.u16()?;
    let calendar = rest.u16()?;
    rest.u32()?;
    let period = rest.u32()?;
    let sliding = rest.u32()? != 0;
    let pattern = match kind {
        0 => Pattern::Days,
        1 => Pattern::Week(rest.u32()?),
        2 => Pattern::Month(rest.u32()?),
        3 => Pattern::MonthNth(rest.u32()?, rest.u32()?),
        4 => {
            rest.u32()?;
            Pattern::MonthEnd
        }
        _ => return Err(unsupported("the series follows the Hijri calendar")),
    };
    // 0 and 1 are Gregorian, 2 is the same in American English, 9 to 12 in other languages.
    if !matches!(calendar, 0..=2 | 9..=12) {
        return Err(unsupported(
            "the series follows another calendar than the Gregorian one",
        ));
    }
    if !matches!(frequency, 0x200a..=0x200d) {
        return Err(damaged("the series recurs at no known frequency"));
    }
    let end = rest.u32()?;
    let count = rest.u32()?;
    let end = match end {
        0x2021 => End::Date,
        0x2022 => End::Count(count),
        0x2023 | 0xffff_ffff => End::Never,
        _ => return Err(damaged("the series ends in no known way")),
    };
    let first_day = rest.u32()?;
    let mut dates = || -> Result<Vec<u32>> {
        let count = rest.u32()?;
        let count = rest.count(count, 4)?;
        (0..count).map(|_| rest.u32()).collect()
    };
    let (deleted, modified) = (dates()?, dates()?);
    Ok(Recurrence {
        frequency,
        pattern,
        period,
        sliding,
        end,
        first_day,
        deleted,
        modified,
        start: rest.u32()?,
        last: rest.u32()?,
        offsets: None,
        exceptions: Vec::new(),
    })
}

const SUBJECT: u16 = 1;
const LOCATION: u16 = 0x10;

fn exception(rest: &mut Cursor<'_>, page: Option<&'static Encoding>) -> Result<(Exception, u16)> {
    let mut exception = Exception {
        start: rest.u32()?,
        end: rest.u32()?,
        original: rest.u32()?,
        ..Exception::default()
    };
    let flags = rest.u16()?;
    let has = |flag: u16| flags & flag != 0;
    let string = |rest: &mut Cursor<'_>| -> Result<String> {
        rest.u16()?;
        let length = usize::from(rest.u16()?);
        let data = rest.take(length)?;
        Ok(match page {
            Some(page) => codepage::decode(page, data).0,
            None => codepage::ascii(data).0,
        })
    };
    if has(SUBJECT) {
        exception.subject = Some(string(rest)?);
    }
    if has(2) {
        rest.u32()?;
    }
    if has(4) {
        exception.reminder = Some(rest.u32()?);
    }
    if has(8) {
        exception.reminder_set = Some(rest.u32()? != 0);
    }
    if has(LOCATION) {
        exception.location = Some(string(rest)?);
    }
    if has(0x20) {
        exception.busy = Some(rest.u32()?);
    }
    if has(0x40) {
        rest.u32()?;
    }
    if has(0x80) {
        exception.all_day = Some(rest.u32()? != 0);
    }
    if has(0x100) {
        rest.u32()?;
    }
    exception.own_body = has(0x200);
    Ok((exception, flags))
}

/// The strings of an exception in UTF-16, which replace those in a code page.
fn extended(rest: &mut Cursor<'_>, version: u32, exception: &mut Exception, flags: u16) -> Result<()> {
    if version >= 0x3009 {
        block(rest)?;
    }
    block(rest)?;
    if flags & (SUBJECT | LOCATION) == 0 {
        return Ok(());
    }
    rest.take(12)?;
    for (flag, text) in [
        (SUBJECT, &mut exception.subject),
        (LOCATION, &mut exception.location),
    ] {
        if flags & flag != 0 {
            let length = usize::from(rest.u16()?) * 2;
            *text = Some(utf16(rest.take(length)?).0);
        }
    }
    block(rest)
}

#[cfg(test)]
mod tests;
