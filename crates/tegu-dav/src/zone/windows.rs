//! Windows time zone IDs. Where an ID covers several zones, the result is the one that the Unicode CLDR table `windowsZones` gives for
//! territory 001. The table comes from the crate `windows-timezones`.

use windows_timezones::WindowsTimezone;

use super::display;

/// The release of Unicode CLDR whose table tells what Windows time zone IDs mean. The table of release 48.2 is the same.
pub const CLDR_VERSION: &str = "46.1";

/// The IANA name for a Windows time zone ID.
pub(super) fn zone(name: &str) -> Option<&'static str> {
    name.parse::<WindowsTimezone>().ok().map(WindowsTimezone::tzdb_id)
}

/// IDs that meant another zone in earlier releases of CLDR, and so perhaps to whoever wrote the file: the ID and that zone.
const CHANGED: [(&str, &str); 3] = [
    // Kazakhstan has one time since March 2024; release 45.
    ("Central Asia Standard Time", "Asia/Almaty"),
    // Moldova has an ID of its own no longer shared with Cyprus; release 28.
    ("E. Europe Standard Time", "Asia/Nicosia"),
    // Chihuahua left the time of Mazatlan in October 2022; release 43.
    ("Mountain Standard Time (Mexico)", "America/Chihuahua"),
];

/// The other zone that a name may mean: what an ID meant before, or what an ID means that was shown with this name.
pub(crate) fn other_reading(name: &str) -> Option<&'static str> {
    let name = name.trim().trim_matches('"').trim();
    let found = CHANGED.iter().find(|(changed, _)| *changed == name);
    // Windows went on to show the offset that Astana had before.
    let astana = name.contains("+06") && display::zone(name) == Some("Asia/Almaty");
    found.map(|(_, zone)| *zone).or(astana.then_some("Asia/Bishkek"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::clock::Clock;

    /// CLDR 48.2, `supplemental/windowsZones.json`, territory 001.
    #[rustfmt::skip]
    pub(crate) const CLDR: [(&str, &str); 139] = [
        ("AUS Central Standard Time", "Australia/Darwin"),
        ("AUS Eastern Standard Time", "Australia/Sydney"),
        ("Afghanistan Standard Time", "Asia/Kabul"),
        ("Alaskan Standard Time", "America/Anchorage"),
        ("Aleutian Standard Time", "America/Adak"),
        ("Altai Standard Time", "Asia/Barnaul"),
        ("Arab Standard Time", "Asia/Riyadh"),
        ("Arabian Standard Time", "Asia/Dubai"),
        ("Arabic Standard Time", "Asia/Baghdad"),
        ("Argentina Standard Time", "America/Buenos_Aires"),
        ("Astrakhan Standard Time", "Europe/Astrakhan"),
        ("Atlantic Standard Time", "America/Halifax"),
        ("Aus Central W. Standard Time", "Australia/Eucla"),
        ("Azerbaijan Standard Time", "Asia/Baku"),
        ("Azores Standard Time", "Atlantic/Azores"),
        ("Bahia Standard Time", "America/Bahia"),
        ("Bangladesh Standard Time", "Asia/Dhaka"),
        ("Belarus Standard Time", "Europe/Minsk"),
        ("Bougainville Standard Time", "Pacific/Bougainville"),
        ("Canada Central Standard Time", "America/Regina"),
        ("Cape Verde Standard Time", "Atlantic/Cape_Verde"),
        ("Caucasus Standard Time", "Asia/Yerevan"),
        ("Cen. Australia Standard Time", "Australia/Adelaide"),
        ("Central America Standard Time", "America/Guatemala"),
        ("Central Asia Standard Time", "Asia/Bishkek"),
        ("Central Brazilian Standard Time", "America/Cuiaba"),
        ("Central Europe Standard Time", "Europe/Budapest"),
        ("Central European Standard Time", "Europe/Warsaw"),
        ("Central Pacific Standard Time", "Pacific/Guadalcanal"),
        ("Central Standard Time", "America/Chicago"),
        ("Central Standard Time (Mexico)", "America/Mexico_City"),
        ("Chatham Islands Standard Time", "Pacific/Chatham"),
        ("China Standard Time", "Asia/Shanghai"),
        ("Cuba Standard Time", "America/Havana"),
        ("Dateline Standard Time", "Etc/GMT+12"),
        ("E. Africa Standard Time", "Africa/Nairobi"),
        ("E. Australia Standard Time", "Australia/Brisbane"),
        ("E. Europe Standard Time", "Europe/Chisinau"),
        ("E. South America Standard Time", "America/Sao_Paulo"),
        ("Easter Island Standard Time", "Pacific/Easter"),
        ("Eastern Standard Time", "America/New_York"),
        ("Eastern Standard Time (Mexico)", "America/Cancun"),
        ("Egypt Standard Time", "Africa/Cairo"),
        ("Ekaterinburg Standard Time", "Asia/Yekaterinburg"),
        ("FLE Standard Time", "Europe/Kiev"),
        ("Fiji Standard Time", "Pacific/Fiji"),
        ("GMT Standard Time", "Europe/London"),
        ("GTB Standard Time", "Europe/Bucharest"),
        ("Georgian Standard Time", "Asia/Tbilisi"),
        ("Greenland Standard Time", "America/Godthab"),
        ("Greenwich Standard Time", "Atlantic/Reykjavik"),
        ("Haiti Standard Time", "America/Port-au-Prince"),
        ("Hawaiian Standard Time", "Pacific/Honolulu"),
        ("India Standard Time", "Asia/Calcutta"),
        ("Iran Standard Time", "Asia/Tehran"),
        ("Israel Standard Time", "Asia/Jerusalem"),
        ("Jordan Standard Time", "Asia/Amman"),
        ("Kaliningrad Standard Time", "Europe/Kaliningrad"),
        ("Korea Standard Time", "Asia/Seoul"),
        ("Libya Standard Time", "Africa/Tripoli"),
        ("Line Islands Standard Time", "Pacific/Kiritimati"),
        ("Lord Howe Standard Time", "Australia/Lord_Howe"),
        ("Magadan Standard Time", "Asia/Magadan"),
        ("Magallanes Standard Time", "America/Punta_Arenas"),
        ("Marquesas Standard Time", "Pacific/Marquesas"),
        ("Mauritius Standard Time", "Indian/Mauritius"),
        ("Middle East Standard Time", "Asia/Beirut"),
        ("Montevideo Standard Time", "America/Montevideo"),
        ("Morocco Standard Time", "Africa/Casablanca"),
        ("Mountain Standard Time", "America/Denver"),
        ("Mountain Standard Time (Mexico)", "America/Mazatlan"),
        ("Myanmar Standard Time", "Asia/Rangoon"),
        ("N. Central Asia Standard Time", "Asia/Novosibirsk"),
        ("Namibia Standard Time", "Africa/Windhoek"),
        ("Nepal Standard Time", "Asia/Katmandu"),
        ("New Zealand Standard Time", "Pacific/Auckland"),
        ("Newfoundland Standard Time", "America/St_Johns"),
        ("Norfolk Standard Time", "Pacific/Norfolk"),
        ("North Asia East Standard Time", "Asia/Irkutsk"),
        ("North Asia Standard Time", "Asia/Krasnoyarsk"),
        ("North Korea Standard Time", "Asia/Pyongyang"),
        ("Omsk Standard Time", "Asia/Omsk"),
        ("Pacific SA Standard Time", "America/Santiago"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("Pacific Standard Time (Mexico)", "America/Tijuana"),
        ("Pakistan Standard Time", "Asia/Karachi"),
        ("Paraguay Standard Time", "America/Asuncion"),
        ("Qyzylorda Standard Time", "Asia/Qyzylorda"),
        ("Romance Standard Time", "Europe/Paris"),
        ("Russia Time Zone 10", "Asia/Srednekolymsk"),
        ("Russia Time Zone 11", "Asia/Kamchatka"),
        ("Russia Time Zone 3", "Europe/Samara"),
        ("Russian Standard Time", "Europe/Moscow"),
        ("SA Eastern Standard Time", "America/Cayenne"),
        ("SA Pacific Standard Time", "America/Bogota"),
        ("SA Western Standard Time", "America/La_Paz"),
        ("SE Asia Standard Time", "Asia/Bangkok"),
        ("Saint Pierre Standard Time", "America/Miquelon"),
        ("Sakhalin Standard Time", "Asia/Sakhalin"),
        ("Samoa Standard Time", "Pacific/Apia"),
        ("Sao Tome Standard Time", "Africa/Sao_Tome"),
        ("Saratov Standard Time", "Europe/Saratov"),
        ("Singapore Standard Time", "Asia/Singapore"),
        ("South Africa Standard Time", "Africa/Johannesburg"),
        ("South Sudan Standard Time", "Africa/Juba"),
        ("Sri Lanka Standard Time", "Asia/Colombo"),
        ("Sudan Standard Time", "Africa/Khartoum"),
        ("Syria Standard Time", "Asia/Damascus"),
        ("Taipei Standard Time", "Asia/Taipei"),
        ("Tasmania Standard Time", "Australia/Hobart"),
        ("Tocantins Standard Time", "America/Araguaina"),
        ("Tokyo Standard Time", "Asia/Tokyo"),
        ("Tomsk Standard Time", "Asia/Tomsk"),
        ("Tonga Standard Time", "Pacific/Tongatapu"),
        ("Transbaikal Standard Time", "Asia/Chita"),
        ("Turkey Standard Time", "Europe/Istanbul"),
        ("Turks And Caicos Standard Time", "America/Grand_Turk"),
        ("US Eastern Standard Time", "America/Indianapolis"),
        ("US Mountain Standard Time", "America/Phoenix"),
        ("UTC", "Etc/UTC"),
        ("UTC+12", "Etc/GMT-12"),
        ("UTC+13", "Etc/GMT-13"),
        ("UTC-02", "Etc/GMT+2"),
        ("UTC-08", "Etc/GMT+8"),
        ("UTC-09", "Etc/GMT+9"),
        ("UTC-11", "Etc/GMT+11"),
        ("Ulaanbaatar Standard Time", "Asia/Ulaanbaatar"),
        ("Venezuela Standard Time", "America/Caracas"),
        ("Vladivostok Standard Time", "Asia/Vladivostok"),
        ("Volgograd Standard Time", "Europe/Volgograd"),
        ("W. Australia Standard Time", "Australia/Perth"),
        ("W. Central Africa Standard Time", "Africa/Lagos"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("W. Mongolia Standard Time", "Asia/Hovd"),
        ("West Asia Standard Time", "Asia/Tashkent"),
        ("West Bank Standard Time", "Asia/Hebron"),
        ("West Pacific Standard Time", "Pacific/Port_Moresby"),
        ("Yakutsk Standard Time", "Asia/Yakutsk"),
        ("Yukon Standard Time", "America/Whitehorse"),
    ];

    #[test]
    fn every_id_of_cldr_is_known_and_has_a_clock() {
        for (name, iana) in CLDR {
            assert_eq!(zone(name), Some(iana), "{name}");
            assert_eq!(crate::zone::iana(name).as_deref(), Some(iana), "{name}");
            assert!(Clock::of(iana).is_some(), "{iana}");
        }
        for unknown in [
            "",
            "UTC-3",
            "UTC+03:00",
            "central asia standard time",
            "Customized Time Zone",
        ] {
            assert_eq!(zone(unknown), None, "{unknown}");
        }
    }

    /// `calcard` judges: it has a table of its own, of an earlier release.
    #[test]
    fn ids_are_those_that_calcard_knows_unless_they_changed() {
        use calcard::common::timezone::Tz;

        let mut judged = 0;
        for (name, iana) in CLDR {
            let Some(other) = name.parse::<Tz>().ok().and_then(|zone| zone.name()) else {
                continue;
            };
            judged += 1;
            assert!(
                other == iana || other_reading(name) == Some(&*other),
                "{name}: {iana} or {other}"
            );
        }
        assert!(judged > 120, "{judged}");
    }

    /// What is shown for each ID (the crate has it too) means the same zone, or none.
    #[test]
    fn display_names_agree_with_ids() {
        let mut known = 0;
        for (name, iana) in CLDR {
            let zone = name.parse::<WindowsTimezone>().unwrap_or_default();
            let Some(shown) = crate::zone::iana(zone.description()) else {
                continue;
            };
            known += 1;
            let same = |one: &str, other: &str| {
                let (one, other) = (Clock::of(one), Clock::of(other));
                one.zip(other)
                    .is_some_and(|(one, other)| one.agrees(&other, 1_577_836_800, 1_893_456_000))
            };
            assert!(
                shown == iana || same(&shown, iana) || other_reading(zone.description()) == Some(iana),
                "{name} {}: {iana}, not {shown}",
                zone.description()
            );
        }
        assert!(known > 90, "{known}");
    }

    #[test]
    fn ids_that_changed_mean_something_else_now() {
        for (name, before) in CHANGED {
            let now = zone(name).unwrap_or_default();
            assert_ne!(before, now);
            let (before, now) = (Clock::of(before), Clock::of(now));
            assert!(before.is_some() && now.is_some() && before != now, "{name}");
        }
    }
}
