//! Names of time zones: Windows and Outlook names to IANA names.
//!
//! Only names that mean one zone are resolved. Outlook's older display names that join cities
//! whose clocks later went apart ("Almaty, Novosibirsk") are not: the caller gets `None` and the
//! item goes to a person.

mod custom;
mod rules;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use calcard::common::timezone::Tz;

pub(crate) use custom::{clock, matching};
pub use rules::{vtimezone, vtimezone_since};

/// The IANA name that a `TZID` means; `None` if it means none for sure.
///
/// ```
/// use tegu_dav::zone::iana;
///
/// assert_eq!(iana("Russian Standard Time").as_deref(), Some("Europe/Moscow"));
/// assert_eq!(iana("(UTC+03:00) Москва, Санкт-Петербург").as_deref(), Some("Europe/Moscow"));
/// assert_eq!(iana("Europe/Samara").as_deref(), Some("Europe/Samara"));
/// assert_eq!(iana("Customized Time Zone"), None);
/// ```
#[must_use]
pub fn iana(tzid: &str) -> Option<String> {
    let name = tzid.trim().trim_matches('"').trim();
    if name.eq_ignore_ascii_case("utc")
        || name.eq_ignore_ascii_case("gmt")
        || name.eq_ignore_ascii_case("tzone://microsoft/utc")
    {
        return Some("Etc/UTC".into());
    }
    if let Some((offset, cities)) = name.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        return display(offset.trim(), cities.trim());
    }
    // Paths such as `/citadel.org/20210210_1/Europe/Moscow` end in the name.
    if let Some(path) = name.strip_prefix('/') {
        let parts: Vec<&str> = path.split('/').collect();
        return (1..=3).rev().filter(|&n| n < parts.len()).find_map(|n| {
            let tail = parts.get(parts.len() - n..)?.join("/");
            tail.contains('/').then(|| known(&tail)).flatten()
        });
    }
    let windows = name.ends_with(" Standard Time") || name.starts_with("Russia Time Zone ");
    if windows || name.contains('/') {
        return known(name);
    }
    display("", name)
}

/// Whether the name itself is one of the IANA database.
#[must_use]
pub fn is_iana(name: &str) -> bool {
    name.contains('/') && !name.starts_with('/') && known(name).is_some_and(|found| found == name)
}

/// Whether [`vtimezone`] can write the rules of a zone. Asked often, so answers are kept.
pub(crate) fn has_rules(name: &str) -> bool {
    static KNOWN: OnceLock<Mutex<HashMap<String, bool>>> = OnceLock::new();
    let mut known = KNOWN
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match known.get(name) {
        Some(answer) => *answer,
        None => {
            let answer = vtimezone(name).is_some();
            if answer {
                known.insert(name.to_owned(), answer);
            }
            answer
        }
    }
}

fn known(name: &str) -> Option<String> {
    match Tz::from_str(name).ok()? {
        zone @ Tz::Tz(_) => zone.name().map(Into::into),
        _ => None,
    }
}

/// Display names by their cities, for both languages. The offset is not needed where the cities
/// decide; where Windows gives one list of cities to two zones, neither is here.
fn display(offset: &str, cities: &str) -> Option<String> {
    let cities = cities.to_lowercase().replace('ё', "е");
    // Older tables say "Volgograd" beside Moscow; its clock went apart in 2018.
    let found = DISPLAY.iter().find(|(name, _)| *name == cities)?.1;
    let digits: String = offset.chars().filter(|c| c.is_ascii_digit()).collect();
    // A display name that states another offset than the table's zones ever had is not trusted.
    if found == "Europe/Moscow" && !digits.is_empty() && !matches!(digits.as_str(), "0300" | "0400") {
        return None;
    }
    Some(found.into())
}

const DISPLAY: &[(&str, &str)] = &[
    ("moscow, st. petersburg", "Europe/Moscow"),
    ("moscow, st. petersburg, volgograd", "Europe/Moscow"),
    ("москва, санкт-петербург", "Europe/Moscow"),
    ("москва, санкт-петербург, волгоград", "Europe/Moscow"),
    ("волгоград, москва, санкт-петербург", "Europe/Moscow"),
    ("волгоград", "Europe/Volgograd"),
    ("volgograd", "Europe/Volgograd"),
    ("калининград", "Europe/Kaliningrad"),
    ("калининград (rtz 1)", "Europe/Kaliningrad"),
    ("kaliningrad", "Europe/Kaliningrad"),
    ("kaliningrad (rtz 1)", "Europe/Kaliningrad"),
    ("москва, санкт-петербург, волгоград (rtz 2)", "Europe/Moscow"),
    ("волгоград, москва, санкт-петербург (rtz 2)", "Europe/Moscow"),
    ("moscow, st. petersburg, volgograd (rtz 2)", "Europe/Moscow"),
    ("ижевск, самара", "Europe/Samara"),
    ("ижевск, самара (rtz 3)", "Europe/Samara"),
    ("izhevsk, samara", "Europe/Samara"),
    ("izhevsk, samara (rtz 3)", "Europe/Samara"),
    ("астрахань, ульяновск", "Europe/Astrakhan"),
    ("astrakhan, ulyanovsk", "Europe/Astrakhan"),
    ("саратов", "Europe/Saratov"),
    ("saratov", "Europe/Saratov"),
    ("екатеринбург", "Asia/Yekaterinburg"),
    ("екатеринбург (rtz 4)", "Asia/Yekaterinburg"),
    ("ekaterinburg", "Asia/Yekaterinburg"),
    ("ekaterinburg (rtz 4)", "Asia/Yekaterinburg"),
    ("омск", "Asia/Omsk"),
    ("omsk", "Asia/Omsk"),
    ("новосибирск", "Asia/Novosibirsk"),
    ("novosibirsk", "Asia/Novosibirsk"),
    ("новосибирск (rtz 5)", "Asia/Novosibirsk"),
    ("novosibirsk (rtz 5)", "Asia/Novosibirsk"),
    ("барнаул, горно-алтайск", "Asia/Barnaul"),
    ("barnaul, gorno-altaysk", "Asia/Barnaul"),
    ("томск", "Asia/Tomsk"),
    ("tomsk", "Asia/Tomsk"),
    ("красноярск", "Asia/Krasnoyarsk"),
    ("красноярск (rtz 6)", "Asia/Krasnoyarsk"),
    ("krasnoyarsk", "Asia/Krasnoyarsk"),
    ("krasnoyarsk (rtz 6)", "Asia/Krasnoyarsk"),
    ("иркутск", "Asia/Irkutsk"),
    ("иркутск (rtz 7)", "Asia/Irkutsk"),
    ("irkutsk", "Asia/Irkutsk"),
    ("irkutsk (rtz 7)", "Asia/Irkutsk"),
    ("чита", "Asia/Chita"),
    ("chita", "Asia/Chita"),
    ("якутск", "Asia/Yakutsk"),
    ("якутск (rtz 8)", "Asia/Yakutsk"),
    ("yakutsk", "Asia/Yakutsk"),
    ("yakutsk (rtz 8)", "Asia/Yakutsk"),
    ("владивосток", "Asia/Vladivostok"),
    ("владивосток, магадан (rtz 9)", "Asia/Vladivostok"),
    ("vladivostok", "Asia/Vladivostok"),
    ("vladivostok, magadan (rtz 9)", "Asia/Vladivostok"),
    ("магадан", "Asia/Magadan"),
    ("magadan", "Asia/Magadan"),
    ("сахалин", "Asia/Sakhalin"),
    ("sakhalin", "Asia/Sakhalin"),
    ("чокурдах", "Asia/Srednekolymsk"),
    ("чокурдах (rtz 10)", "Asia/Srednekolymsk"),
    ("chokurdakh", "Asia/Srednekolymsk"),
    ("chokurdakh (rtz 10)", "Asia/Srednekolymsk"),
    ("анадырь, петропавловск-камчатский", "Asia/Kamchatka"),
    ("анадырь, петропавловск-камчатский (rtz 11)", "Asia/Kamchatka"),
    ("anadyr, petropavlovsk-kamchatsky", "Asia/Kamchatka"),
    ("anadyr, petropavlovsk-kamchatsky (rtz 11)", "Asia/Kamchatka"),
    ("минск", "Europe/Minsk"),
    ("minsk", "Europe/Minsk"),
    ("астана", "Asia/Almaty"),
    ("astana", "Asia/Almaty"),
    ("ташкент", "Asia/Tashkent"),
    ("баку", "Asia/Baku"),
    ("baku", "Asia/Baku"),
    ("ереван", "Asia/Yerevan"),
    ("yerevan", "Asia/Yerevan"),
    ("тбилиси", "Asia/Tbilisi"),
    ("tbilisi", "Asia/Tbilisi"),
    ("кишинев", "Europe/Chisinau"),
    ("chisinau", "Europe/Chisinau"),
    ("стамбул", "Europe/Istanbul"),
    ("istanbul", "Europe/Istanbul"),
    ("амстердам, берлин, берн, вена, рим, стокгольм", "Europe/Berlin"),
    (
        "amsterdam, berlin, bern, rome, stockholm, vienna",
        "Europe/Berlin",
    ),
    ("брюссель, копенгаген, мадрид, париж", "Europe/Paris"),
    ("brussels, copenhagen, madrid, paris", "Europe/Paris"),
    ("белград, братислава, будапешт, любляна, прага", "Europe/Budapest"),
    (
        "belgrade, bratislava, budapest, ljubljana, prague",
        "Europe/Budapest",
    ),
    ("варшава, загреб, сараево, скопье", "Europe/Warsaw"),
    ("sarajevo, skopje, warsaw, zagreb", "Europe/Warsaw"),
    ("вильнюс, киев, рига, софия, таллин, хельсинки", "Europe/Kyiv"),
    ("helsinki, kyiv, riga, sofia, tallinn, vilnius", "Europe/Kyiv"),
    ("дублин, лиссабон, лондон, эдинбург", "Europe/London"),
    ("dublin, edinburgh, lisbon, london", "Europe/London"),
    ("время в формате utc", "Etc/UTC"),
    ("coordinated universal time", "Etc/UTC"),
    ("eastern time (us & canada)", "America/New_York"),
    ("central time (us & canada)", "America/Chicago"),
    ("mountain time (us & canada)", "America/Denver"),
    ("pacific time (us & canada)", "America/Los_Angeles"),
    ("beijing, chongqing, hong kong, urumqi", "Asia/Shanghai"),
    ("osaka, sapporo, tokyo", "Asia/Tokyo"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_names() {
        for (name, zone) in [
            ("Russian Standard Time", "Europe/Moscow"),
            ("Russia Time Zone 3", "Europe/Samara"),
            ("Russia Time Zone 11", "Asia/Kamchatka"),
            ("Kaliningrad Standard Time", "Europe/Kaliningrad"),
            ("Volgograd Standard Time", "Europe/Volgograd"),
            ("Saratov Standard Time", "Europe/Saratov"),
            ("N. Central Asia Standard Time", "Asia/Novosibirsk"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("/citadel.org/20210210_1/Europe/Moscow", "Europe/Moscow"),
            ("/freeassociation.sourceforge.net/Europe/Moscow", "Europe/Moscow"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("UTC", "Etc/UTC"),
        ] {
            assert_eq!(iana(name).as_deref(), Some(zone), "{name}");
        }
    }

    #[test]
    fn names_that_mean_no_zone_for_sure() {
        for name in [
            "Customized Time Zone",
            "Custom",
            "MSK",
            "UTC+3",
            "GMT+03:00",
            "",
            "/",
            "//",
            "(",
            "(UTC+06:00)",
            "(GMT+06:00) Almaty, Novosibirsk",
            "(UTC+09:00) Moscow, St. Petersburg",
            "Nowhere/City",
            "No Such Standard Time",
            "tzone://Microsoft/Custom",
        ] {
            assert_eq!(iana(name), None, "{name}");
        }
    }

    #[test]
    fn every_zone_of_the_table_exists() {
        for (name, zone) in DISPLAY {
            assert!(is_iana(zone), "{name}: {zone}");
            assert_eq!(*name, name.to_lowercase());
        }
    }
}
