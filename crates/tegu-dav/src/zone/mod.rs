//! Time zones: Windows and Outlook names to IANA names, and `VTIMEZONE` rules.
//!
//! Only unambiguous names are resolved. Some older Outlook display names list cities whose zones
//! have since diverged ("Almaty, Novosibirsk"). For these the caller gets `None` and leaves the item
//! to a person.

mod custom;
mod display;
mod rules;
mod windows;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jiff::tz::TimeZoneDatabase;

pub(crate) use custom::{clock, matching};
pub use rules::{vtimezone, vtimezone_since};
pub use windows::CLDR_VERSION;
pub(crate) use windows::other_reading;

/// The IANA name for a `TZID`; `None` if it is unknown or ambiguous.
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
    if name.starts_with('(') {
        return display::zone(name).map(Into::into);
    }
    // Paths such as `/citadel.org/20210210_1/Europe/Moscow` end in the name.
    if let Some(path) = name.strip_prefix('/') {
        let parts: Vec<&str> = path.split('/').collect();
        return (1..=3).rev().filter(|&n| n < parts.len()).find_map(|n| {
            let tail = parts.get(parts.len() - n..)?.join("/");
            tail.contains('/').then(|| known(&tail)).flatten()
        });
    }
    if let Some(zone) = windows::zone(name) {
        return Some(zone.into());
    }
    let named = name.contains('/').then(|| known(name)).flatten();
    named.or_else(|| display::zone(name).map(Into::into))
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
    // Not the machine's own database, whose folders also have names for other things.
    static ZONES: OnceLock<TimeZoneDatabase> = OnceLock::new();
    let zone = ZONES.get_or_init(TimeZoneDatabase::bundled).get(name).ok()?;
    (zone.iana_name() == Some(name)).then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `calcard` judges: it has its own list of zones.
    #[test]
    fn zones_are_those_that_calcard_knows() {
        use calcard::common::timezone::Tz;

        let names = (0..1_000).filter_map(Tz::from_id).filter_map(|zone| zone.name());
        let names: Vec<_> = names.filter(|name| name.contains('/')).collect();
        assert!(names.len() > 500, "{}", names.len());
        for name in names {
            assert_eq!(known(&name).as_deref(), Some(&*name));
        }
        for wrong in [
            "europe/moscow",
            "posix/Europe/Moscow",
            "Europe/Atlantis",
            "../etc/passwd",
        ] {
            assert_eq!(known(wrong), None, "{wrong}");
        }
    }

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
            ("UTC-11", "Etc/GMT+11"),
            ("Central Standard Time (Mexico)", "America/Mexico_City"),
            ("Central Asia Standard Time", "Asia/Bishkek"),
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
}
