//! Rules of recurrences against dateutil, which knows nothing of Outlook: what its expansion gives is what the pattern means.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use std::{
    io::Write,
    process::{Command, Stdio},
};
use tegu_pst::recurrence::Recurrence;

const INSTANCES: usize = 60;
/// Days between 1601 and 1970.
const DAYS: i64 = 134_774;

struct Case {
    kind: u16,
    specific: Vec<u32>,
    period: u32,
    first_day: u32,
    start: Date,
}

impl Case {
    fn blob(&self) -> Vec<u8> {
        let frequency = match (self.kind, self.period.is_multiple_of(12)) {
            (0, _) => 0x200a_u16,
            (1, _) => 0x200b,
            (_, true) => 0x200d,
            _ => 0x200c,
        };
        let day = self.start.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24 + DAYS;
        let start = (day * 1440) as u32;
        let mut data: Vec<u8> = [0x3004, 0x3004, frequency, self.kind, 0]
            .iter()
            .flat_map(|word: &u16| word.to_le_bytes())
            .collect();
        let mut words = vec![0, self.period, 0];
        words.extend(&self.specific);
        words.extend([0x2023, 10, self.first_day, 0, 0, start, 0x5ae9_80df]);
        data.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        data
    }

    /// The instances, by the words of [MS-OXOCAL] section 2.2.1.44.1.
    fn instances(&self) -> Vec<Date> {
        let mut found = Vec::new();
        let mut step = 0_i64;
        while found.len() < INSTANCES {
            let period = i64::from(self.period);
            match self.kind {
                0 => found.push(self.start.checked_add((step * period / 1440).days()).unwrap()),
                1 => {
                    let first = Weekday::from_sunday_zero_offset(self.first_day as i8).unwrap();
                    let back = i64::from(self.start.weekday().since(first));
                    let week = self
                        .start
                        .checked_sub(back.days())
                        .unwrap()
                        .checked_add((step * period * 7).days())
                        .unwrap();
                    let days = (0..7_i64).map(|day| week.checked_add(day.days()).unwrap());
                    found.extend(days.filter(|day| self.in_mask(*day)));
                }
                _ => {
                    let month = self
                        .start
                        .first_of_month()
                        .checked_add((step * period).months())
                        .unwrap();
                    let length = month.days_in_month();
                    let days = (1..=length).map(|day| Date::new(month.year(), month.month(), day).unwrap());
                    match self.kind {
                        2 => {
                            found
                                .extend(days.filter(|day| day.day() == (self.specific[0] as i8).min(length)));
                        }
                        3 => {
                            let days: Vec<Date> = days.filter(|day| self.in_mask(*day)).collect();
                            let nth = self.specific[1] as usize;
                            found.extend(if nth == 5 { days.last() } else { days.get(nth - 1) });
                        }
                        _ => found.extend(days.max()),
                    }
                }
            }
            step += 1;
        }
        found.retain(|day| *day >= self.start);
        found.truncate(INSTANCES - 10);
        found
    }

    fn in_mask(&self, day: Date) -> bool {
        self.specific[0] & (1 << day.weekday().to_sunday_zero_offset()) != 0
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let starts = [
        Date::constant(2024, 1, 31),
        Date::constant(2023, 2, 28),
        Date::constant(2024, 2, 29),
        Date::constant(2025, 4, 30),
    ];
    for start in starts {
        let mut add = |kind, specific: &[u32], period, first_day| {
            cases.push(Case {
                kind,
                specific: specific.to_vec(),
                period,
                first_day,
                start,
            });
        };
        for days in [1, 2, 5, 10] {
            add(0, &[], days * 1440, 0);
        }
        for mask in [0x01, 0x02, 0x3e, 0x41, 0x2a, 0x7f] {
            for weeks in [1, 2, 3] {
                for first_day in [0, 1, 6] {
                    add(1, &[mask], weeks, first_day);
                }
            }
        }
        for months in [1, 2, 3, 6, 12, 24] {
            for day in [1, 15, 28, 29, 30, 31] {
                add(2, &[day], months, 0);
            }
            for mask in [0x02, 0x3e, 0x41, 0x7f] {
                for nth in 1..=5 {
                    add(3, &[mask, nth], months, 0);
                }
            }
            add(4, &[31], months, 0);
        }
    }
    cases
}

const EXPAND: &str = "
import sys
from dateutil.rrule import rrulestr
from datetime import datetime
for line in sys.stdin:
    start, rule, count = line.strip().split(' ')
    found = []
    for day in rrulestr(rule, dtstart=datetime.strptime(start, '%Y%m%d')):
        found.append(day.strftime('%Y%m%d'))
        if len(found) == int(count):
            break
    print(' '.join(found))
";

#[test]
fn rules_mean_what_patterns_mean() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let cases = cases();
    let mut input = String::new();
    for case in &cases {
        let rule = Recurrence::task(&case.blob()).unwrap().rule(None).unwrap();
        let count = case.instances().len();
        input.push_str(&format!("{} {rule} {count}\n", case.start.strftime("%Y%m%d")));
    }
    let mut python = Command::new("python3")
        .args(["-c", EXPAND])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 with python3-dateutil (see ci/install-debian)");
    let mut stdin = python.stdin.take().unwrap();
    let writer = std::thread::spawn({
        let input = input.clone();
        move || stdin.write_all(input.as_bytes())
    });
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(
        output.status.success(),
        "python3-dateutil is missing (see ci/install-debian)"
    );
    let output = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.lines().count(), cases.len());
    for ((case, expanded), rule) in cases.iter().zip(output.lines()).zip(input.lines()) {
        let expected: Vec<String> = case
            .instances()
            .iter()
            .map(|day| day.strftime("%Y%m%d").to_string())
            .collect();
        assert_eq!(expanded, expected.join(" "), "{rule}");
    }
}
