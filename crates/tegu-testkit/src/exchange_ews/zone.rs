//! Time zones as Windows has them, and GetServerTimeZones.

use super::call::Call;
use super::soap::Refusal;
use super::xml::escape;

/// A day of the year on which clocks change: month, week (5 is the last), day of the week from Sunday, hour.
pub(super) type Rule = (i64, i64, i64, i64);

/// A zone.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a test may describe one of its own")]
pub struct Zone {
    /// Windows' name, such as `Russian Standard Time`; of a zone that an organiser's program made up, anything.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// Minutes east of Greenwich in winter.
    pub standard: i64,
    /// Minutes east of Greenwich in summer.
    pub daylight: i64,
    /// When clocks go forward and back.
    pub rules: Option<(Rule, Rule)>,
}

/// Moscow, without summer time.
pub const MOSCOW: Zone = Zone {
    id: "Russian Standard Time",
    name: "(UTC+03:00) Москва, Санкт-Петербург",
    standard: 180,
    daylight: 180,
    rules: None,
};

/// Yekaterinburg, without summer time.
pub const YEKATERINBURG: Zone = Zone {
    id: "Ekaterinburg Standard Time",
    name: "(UTC+05:00) Екатеринбург",
    standard: 300,
    daylight: 300,
    rules: None,
};

/// Kamchatka, nine hours ahead of Moscow.
pub const KAMCHATKA: Zone = Zone {
    id: "Russia Time Zone 11",
    name: "(UTC+12:00) Петропавловск-Камчатский, Анадырь",
    standard: 720,
    daylight: 720,
    rules: None,
};

/// Berlin, with summer time.
pub const BERLIN: Zone = Zone {
    id: "W. Europe Standard Time",
    name: "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    standard: 60,
    daylight: 120,
    rules: Some(((3, 5, 0, 2), (10, 5, 0, 3))),
};

/// Greenwich.
pub const UTC: Zone = Zone {
    id: "UTC",
    name: "(UTC) Coordinated Universal Time",
    standard: 0,
    daylight: 0,
    rules: None,
};

/// A zone that only an organiser's program knows: half an hour off, and with summer time of its own.
pub const CUSTOM: Zone = Zone {
    id: "tzone://Microsoft/Custom",
    name: "Customized Time Zone",
    standard: 270,
    daylight: 330,
    rules: Some(((4, 1, 5, 0), (9, 3, 1, 0))),
};

const KNOWN: [Zone; 5] = [MOSCOW, YEKATERINBURG, KAMCHATKA, BERLIN, UTC];

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl Zone {
    /// Minutes east of Greenwich at a time in seconds since 1970 (UTC).
    pub(super) fn offset(&self, unix: i64) -> i64 {
        let Some((forward, back)) = self.rules else {
            return self.standard;
        };
        let year = date(unix.div_euclid(86_400)).0;
        let summer = change(year, forward) - self.standard * 60;
        let winter = change(year, back) - self.daylight * 60;
        if (summer..winter).contains(&unix) {
            self.daylight
        } else {
            self.standard
        }
    }

    /// Local time as iCalendar writes it, such as `20240501T090000`.
    pub(super) fn local(&self, time: &str) -> String {
        let unix = seconds(time);
        basic(unix + self.offset(unix) * 60)
    }

    fn minutes(minutes: i64) -> String {
        let sign = if minutes < 0 { "-" } else { "" };
        let minutes = minutes.abs();
        match (minutes / 60, minutes % 60) {
            (hours, 0) => format!("{sign}PT{hours}H"),
            (hours, minutes) => format!("{sign}PT{hours}H{minutes}M"),
        }
    }

    /// An element of this zone with all that is known of it.
    pub(super) fn definition(&self, element: &str, full: bool) -> String {
        let head = format!(
            "<t:{element} Id=\"{}\" Name=\"{}\"",
            escape(self.id),
            escape(self.name)
        );
        if !full {
            return format!("{head}/>");
        }
        let period = |name: &str, offset: i64| {
            format!(
                "<t:Period Bias=\"{}\" Name=\"{name}\" Id=\"trule:Microsoft/Registry/{}/1-{name}\"/>",
                Self::minutes(-offset),
                escape(self.id)
            )
        };
        let mut periods = period("Standard", self.standard);
        let to = |name: &str| {
            format!(
                "<t:To Kind=\"Period\">trule:Microsoft/Registry/{}/1-{name}</t:To>",
                escape(self.id)
            )
        };
        let group = match self.rules {
            None => format!("<t:Transition>{}</t:Transition>", to("Standard")),
            Some((forward, back)) => {
                periods.push_str(&period("Daylight", self.daylight));
                let day = |name: &str, (month, week, day, hour): Rule| {
                    format!(
                        "<t:RecurringDayTransition>{}<t:TimeOffset>PT{hour}H</t:TimeOffset><t:Month>{month}</t:Month>\
                         <t:DayOfWeek>{}</t:DayOfWeek><t:Occurrence>{}</t:Occurrence></t:RecurringDayTransition>",
                        to(name),
                        DAYS[day as usize % 7],
                        if week == 5 { -1 } else { week }
                    )
                };
                day("Daylight", forward) + &day("Standard", back)
            }
        };
        format!(
            "{head}><t:Periods>{periods}</t:Periods><t:TransitionsGroups><t:TransitionsGroup Id=\"0\">{group}\
             </t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind=\"Group\">0</t:To>\
             </t:Transition></t:Transitions></t:{element}>"
        )
    }

    /// MeetingTimeZone, which is all that 2007 has.
    pub(super) fn meeting(&self) -> String {
        let base = Self::minutes(-self.standard);
        let rules = self.rules.map_or_else(String::new, |(forward, back)| {
            let change = |name: &str, offset: i64, (month, week, day, hour): Rule| {
                format!(
                    "<t:{name} TimeZoneName=\"{name}\"><t:Offset>{}</t:Offset><t:RelativeYearlyRecurrence>\
                     <t:DaysOfWeek>{}</t:DaysOfWeek><t:DayOfWeekIndex>{}</t:DayOfWeekIndex><t:Month>{}</t:Month>\
                     </t:RelativeYearlyRecurrence><t:Time>{hour:02}:00:00.0000000</t:Time></t:{name}>",
                    Self::minutes(offset),
                    DAYS[day as usize % 7],
                    ["First", "Second", "Third", "Fourth", "Last"][(week as usize - 1) % 5],
                    super::recurrence::MONTHS[(month as usize - 1) % 12],
                )
            };
            change("Standard", 0, back) + &change("Daylight", self.standard - self.daylight, forward)
        });
        format!(
            "<t:MeetingTimeZone TimeZoneName=\"{}\"><t:BaseOffset>{base}</t:BaseOffset>{rules}</t:MeetingTimeZone>",
            escape(self.name)
        )
    }
}

impl Call<'_> {
    pub(super) fn get_server_time_zones(&self) -> Result<String, Refusal> {
        let full = self.request.attribute("ReturnFullTimeZoneData") == Some("true");
        let ids: Option<Vec<&str>> = self
            .request
            .child("Ids")
            .map(|ids| ids.children.iter().map(|id| id.text.trim()).collect());
        let list: String = KNOWN
            .iter()
            .filter(|zone| ids.as_ref().is_none_or(|ids| ids.contains(&zone.id)))
            .map(|zone| zone.definition("TimeZoneDefinition", full))
            .collect();
        let answer = Ok(format!("<m:TimeZoneDefinitions>{list}</m:TimeZoneDefinitions>"));
        self.finish("GetServerTimeZones", vec![answer])
    }
}

/// Local seconds since 1970 at which clocks change in a year.
fn change(year: i64, (month, week, weekday, hour): Rule) -> i64 {
    let first = days(year, month, 1);
    let skip = (weekday - (first + 4)).rem_euclid(7);
    let mut day = first + skip + (week - 1) * 7;
    let next = if month == 12 {
        days(year + 1, 1, 1)
    } else {
        days(year, month + 1, 1)
    };
    while day >= next {
        day -= 7;
    }
    day * 86_400 + hour * 3600
}

/// Days since 1970 of a date.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day since 1970.
pub(super) fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Seconds since 1970 of a time such as `2024-05-01T06:00:00Z`.
///
/// # Panics
///
/// When it is not written so.
pub(super) fn seconds(time: &str) -> i64 {
    let number = |from: usize, to: usize| -> i64 {
        let digits = time.get(from..to).and_then(|digits| digits.parse().ok());
        digits.unwrap_or_else(|| panic!("{time:?} is not a time such as 2024-05-01T06:00:00Z"))
    };
    days(number(0, 4), number(5, 7), number(8, 10)) * 86_400
        + number(11, 13) * 3600
        + number(14, 16) * 60
        + number(17, 19)
}

/// `20240501T090000`
pub(super) fn basic(unix: i64) -> String {
    let (year, month, day) = date(unix.div_euclid(86_400));
    let second = unix.rem_euclid(86_400);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// `2024-05-01T06:00:00Z`
pub(super) fn utc(unix: i64) -> String {
    let text = basic(unix);
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        &text[..4],
        &text[4..6],
        &text[6..8],
        &text[9..11],
        &text[11..13],
        &text[13..15]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_when_they_should() {
        let local = |zone: &Zone, time: &str| zone.local(time);
        assert_eq!(local(&MOSCOW, "2024-07-01T21:30:00Z"), "20240702T003000");
        assert_eq!(local(&BERLIN, "2024-03-31T00:59:59Z"), "20240331T015959");
        assert_eq!(local(&BERLIN, "2024-03-31T01:00:00Z"), "20240331T030000");
        assert_eq!(local(&BERLIN, "2024-10-27T00:59:59Z"), "20241027T025959");
        assert_eq!(local(&BERLIN, "2024-10-27T01:00:00Z"), "20241027T020000");
        assert_eq!(local(&CUSTOM, "2024-04-05T00:00:00Z"), "20240405T053000");
        assert_eq!(utc(seconds("2000-02-29T23:59:58Z")), "2000-02-29T23:59:58Z");
    }
}
