//! Display names of time zones in Windows and Outlook, in English and Russian.
//!
//! A display name is an offset in brackets and a list of cities: `(UTC+03:00) Moscow, St. Petersburg`, `(GMT+01.00) Sarajevo/Warsaw/Zagreb`. The
//! cities decide, in any order; an offset that the zone never had makes the name untrusted. Older tables put cities together whose
//! clocks went apart later, as `Kaliningrad, Minsk` or `Almaty, Novosibirsk`: no zone can be told from them, and they are not here.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::time::clock::Clock;

/// Offsets that a zone had before 1980 are in no name that Windows ever showed.
const SINCE: i64 = 315_532_800;

/// The IANA name for a display name, if it is unambiguous.
pub(super) fn zone(name: &str) -> Option<&'static str> {
    static TABLE: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let pairs = NAMES
            .iter()
            .flat_map(|(zone, names)| names.iter().map(move |name| (key(name), *zone)));
        pairs.collect()
    });
    let Some((offset, cities)) = name.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return table.get(&key(name)).copied();
    };
    let offset = seconds(offset)?;
    let zone = table.get(&key(cities)).copied()?;
    let clock = Clock::of(zone)?;
    let later = clock
        .changes
        .iter()
        .filter(|(at, _)| *at > SINCE)
        .map(|(_, offset)| *offset);
    later
        .chain([clock.offset(SINCE)])
        .any(|had| had == offset)
        .then_some(zone)
}

/// The offset in `UTC+03:00`, `GMT-3.30`, `UTC`, in seconds.
fn seconds(text: &str) -> Option<i32> {
    let text = text.trim();
    let rest = text
        .get(..3)
        .filter(|word| matches!(*word, "UTC" | "GMT"))
        .and_then(|_| text.get(3..))?;
    let digits = rest.trim();
    if digits.is_empty() {
        return Some(0);
    }
    let (sign, digits) = match (
        digits.strip_prefix('+'),
        digits.strip_prefix(['-', '\u{2212}', '\u{2013}']),
    ) {
        (Some(digits), _) => (1, digits),
        (_, Some(digits)) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once([':', '.']).unwrap_or((digits, "0"));
    let number = |digits: &str| {
        digits
            .parse::<i32>()
            .ok()
            .filter(|number| (0..60).contains(number))
    };
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

/// Cities in one spelling and one order, without the number that Windows gave Russian zones from 2014 to 2016.
fn key(cities: &str) -> String {
    let cities = cities.trim().to_lowercase().replace('ё', "е");
    let bare = match cities.rsplit_once(" (rtz ") {
        Some((bare, _)) => bare,
        None => &cities,
    };
    let mut parts: Vec<&str> = bare
        .split([',', '/', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort_unstable();
    parts.join(", ")
}

/// IANA names, and what is shown for them.
const NAMES: &[(&str, &[&str])] = &[
    // Russia, and the numbers of its zones in the names that Windows gives clocks.
    (
        "Europe/Kaliningrad",
        &[
            "Kaliningrad",
            "Калининград",
            "Russia TZ 1 Standard Time",
            "RTZ 1 (зима)",
        ],
    ),
    (
        "Europe/Moscow",
        &[
            "Moscow",
            "Moscow, St. Petersburg",
            // Volgograd had a time of its own from 2018 to 2020, and Windows a zone of its own for it since.
            "Moscow, St. Petersburg, Volgograd",
            "Москва",
            "Москва, Санкт-Петербург",
            "Москва, Санкт-Петербург, Волгоград",
            "Московское время (зима)",
            "Russia TZ 2 Standard Time",
            "RTZ 2 (зима)",
        ],
    ),
    ("Europe/Volgograd", &["Volgograd", "Волгоград"]),
    ("Europe/Simferopol", &["Simferopol", "Симферополь"]),
    (
        "Europe/Samara",
        &[
            "Samara",
            "Izhevsk, Samara",
            "Самара",
            "Ижевск, Самара",
            "Russia TZ 3 Standard Time",
            "RTZ 3 (зима)",
        ],
    ),
    (
        "Europe/Astrakhan",
        &["Astrakhan, Ulyanovsk", "Астрахань, Ульяновск"],
    ),
    ("Europe/Saratov", &["Saratov", "Саратов"]),
    (
        "Asia/Yekaterinburg",
        &[
            "Ekaterinburg",
            "Yekaterinburg",
            "Екатеринбург",
            "Russia TZ 4 Standard Time",
            "RTZ 4 (зима)",
        ],
    ),
    ("Asia/Omsk", &["Omsk", "Омск"]),
    (
        "Asia/Novosibirsk",
        &[
            "Novosibirsk",
            "Новосибирск",
            "Russia TZ 5 Standard Time",
            "RTZ 5 (зима)",
        ],
    ),
    (
        "Asia/Barnaul",
        &["Barnaul, Gorno-Altaysk", "Барнаул, Горно-Алтайск"],
    ),
    ("Asia/Tomsk", &["Tomsk", "Томск"]),
    (
        "Asia/Krasnoyarsk",
        &[
            "Krasnoyarsk",
            "Красноярск",
            "Russia TZ 6 Standard Time",
            "RTZ 6 (зима)",
        ],
    ),
    (
        "Asia/Irkutsk",
        &["Irkutsk", "Иркутск", "Russia TZ 7 Standard Time", "RTZ 7 (зима)"],
    ),
    ("Asia/Chita", &["Chita", "Чита"]),
    (
        "Asia/Yakutsk",
        &["Yakutsk", "Якутск", "Russia TZ 8 Standard Time", "RTZ 8 (зима)"],
    ),
    (
        "Asia/Vladivostok",
        &[
            "Vladivostok",
            "Vladivostok, Magadan",
            "Владивосток",
            "Владивосток, Магадан",
            "Russia TZ 9 Standard Time",
            "RTZ 9 (зима)",
        ],
    ),
    ("Asia/Magadan", &["Magadan", "Магадан"]),
    ("Asia/Sakhalin", &["Sakhalin", "Сахалин"]),
    (
        "Asia/Srednekolymsk",
        &[
            "Chokurdakh",
            "Чокурдах",
            "Russia TZ 10 Standard Time",
            "RTZ 10 (зима)",
        ],
    ),
    (
        "Asia/Kamchatka",
        &[
            "Anadyr, Petropavlovsk-Kamchatsky",
            "Petropavlovsk-Kamchatsky",
            "Анадырь, Петропавловск-Камчатский",
            "Петропавловск-Камчатский",
            "Russia TZ 11 Standard Time",
            "RTZ 11 (зима)",
        ],
    ),
    // The neighbours.
    ("Europe/Minsk", &["Minsk", "Минск"]),
    ("Europe/Chisinau", &["Chisinau", "Кишинев"]),
    (
        "Europe/Kyiv",
        &[
            "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
            "Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius",
            "Вильнюс, Киев, Рига, София, Таллин, Хельсинки",
        ],
    ),
    ("Europe/Istanbul", &["Istanbul", "Стамбул"]),
    ("Asia/Tbilisi", &["Tbilisi", "Тбилиси"]),
    ("Asia/Yerevan", &["Yerevan", "Ереван"]),
    ("Asia/Baku", &["Baku", "Баку"]),
    ("Asia/Almaty", &["Astana", "Nur-Sultan", "Астана", "Нур-Султан"]),
    ("Asia/Qyzylorda", &["Qyzylorda", "Кызылорда"]),
    ("Asia/Bishkek", &["Bishkek", "Бишкек"]),
    (
        "Asia/Tashkent",
        &["Ashgabat, Tashkent", "Tashkent", "Ашхабад, Ташкент", "Ташкент"],
    ),
    ("Asia/Hovd", &["Hovd", "Ховд"]),
    ("Asia/Ulaanbaatar", &["Ulaanbaatar", "Улан-Батор"]),
    // Europe.
    ("Etc/UTC", &["Coordinated Universal Time", "Время в формате UTC"]),
    (
        "Europe/London",
        &[
            "Dublin, Edinburgh, Lisbon, London",
            "Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London",
            "Greenwich Mean Time, Dublin, Edinburgh, Lisbon, London",
            "Дублин, Лиссабон, Лондон, Эдинбург",
            "Дублин, Эдинбург, Лиссабон, Лондон",
        ],
    ),
    (
        "Europe/Berlin",
        &[
            "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
            "Амстердам, Берлин, Берн, Вена, Рим, Стокгольм",
        ],
    ),
    (
        "Europe/Paris",
        &[
            "Brussels, Copenhagen, Madrid, Paris",
            "Брюссель, Копенгаген, Мадрид, Париж",
        ],
    ),
    (
        "Europe/Budapest",
        &[
            "Belgrade, Bratislava, Budapest, Ljubljana, Prague",
            "Белград, Братислава, Будапешт, Любляна, Прага",
        ],
    ),
    (
        "Europe/Warsaw",
        &[
            "Sarajevo, Skopje, Warsaw, Zagreb",
            "Sarajevo, Warsaw, Zagreb",
            "Варшава, Загреб, Сараево, Скопье",
        ],
    ),
    ("Europe/Bucharest", &["Athens, Bucharest", "Афины, Бухарест"]),
    (
        "Atlantic/Reykjavik",
        &["Monrovia, Reykjavik", "Монровия, Рейкьявик"],
    ),
    ("Atlantic/Azores", &["Azores", "Азорские о-ва"]),
    // Near and middle East, Africa.
    ("Asia/Amman", &["Amman", "Амман"]),
    ("Asia/Beirut", &["Beirut", "Бейрут"]),
    ("Asia/Damascus", &["Damascus", "Дамаск"]),
    ("Asia/Jerusalem", &["Jerusalem", "Иерусалим"]),
    ("Asia/Baghdad", &["Baghdad", "Багдад"]),
    ("Asia/Riyadh", &["Kuwait, Riyadh", "Кувейт, Эр-Рияд"]),
    ("Asia/Tehran", &["Tehran", "Тегеран"]),
    ("Asia/Dubai", &["Abu Dhabi, Muscat", "Абу-Даби, Мускат"]),
    ("Asia/Kabul", &["Kabul", "Кабул"]),
    ("Africa/Cairo", &["Cairo", "Каир"]),
    ("Africa/Casablanca", &["Casablanca", "Касабланка"]),
    ("Africa/Johannesburg", &["Harare, Pretoria", "Хараре, Претория"]),
    (
        "Africa/Lagos",
        &["West Central Africa", "Западная Центральная Африка"],
    ),
    ("Africa/Nairobi", &["Nairobi", "Найроби"]),
    ("Africa/Tripoli", &["Tripoli", "Триполи"]),
    ("Africa/Windhoek", &["Windhoek", "Виндхук"]),
    // Asia and the Pacific.
    ("Asia/Karachi", &["Islamabad, Karachi", "Исламабад, Карачи"]),
    (
        "Asia/Kolkata",
        &[
            "Chennai, Kolkata, Mumbai, New Delhi",
            "Колката, Мумбаи, Нью-Дели, Ченнай",
        ],
    ),
    (
        "Asia/Colombo",
        &["Sri Jayawardenepura", "Шри-Джаявардене-пура-Котте"],
    ),
    ("Asia/Kathmandu", &["Kathmandu", "Катманду"]),
    ("Asia/Dhaka", &["Dhaka", "Дакка"]),
    ("Asia/Yangon", &["Yangon (Rangoon)", "Янгон"]),
    (
        "Asia/Bangkok",
        &["Bangkok, Hanoi, Jakarta", "Бангкок, Джакарта, Ханой"],
    ),
    (
        "Asia/Shanghai",
        &[
            "Beijing, Chongqing, Hong Kong, Urumqi",
            "Гонконг, Пекин, Урумчи, Чунцин",
        ],
    ),
    (
        "Asia/Singapore",
        &["Kuala Lumpur, Singapore", "Куала-Лумпур, Сингапур"],
    ),
    ("Asia/Taipei", &["Taipei", "Тайбэй"]),
    ("Asia/Tokyo", &["Osaka, Sapporo, Tokyo", "Осака, Саппоро, Токио"]),
    ("Asia/Seoul", &["Seoul", "Сеул"]),
    ("Asia/Pyongyang", &["Pyongyang", "Пхеньян"]),
    ("Australia/Perth", &["Perth", "Перт"]),
    ("Australia/Adelaide", &["Adelaide", "Аделаида"]),
    ("Australia/Darwin", &["Darwin", "Дарвин"]),
    ("Australia/Brisbane", &["Brisbane", "Брисбен"]),
    (
        "Australia/Sydney",
        &["Canberra, Melbourne, Sydney", "Канберра, Мельбурн, Сидней"],
    ),
    ("Australia/Hobart", &["Hobart", "Хобарт"]),
    (
        "Pacific/Port_Moresby",
        &["Guam, Port Moresby", "Гуам, Порт-Морсби"],
    ),
    (
        "Pacific/Auckland",
        &["Auckland, Wellington", "Веллингтон, Окленд"],
    ),
    ("Pacific/Fiji", &["Fiji", "Фиджи"]),
    ("Pacific/Honolulu", &["Hawaii", "Гавайи"]),
    // The Americas.
    ("America/Anchorage", &["Alaska", "Аляска"]),
    (
        "America/Los_Angeles",
        &["Pacific Time (US & Canada)", "Тихоокеанское время (США и Канада)"],
    ),
    ("America/Phoenix", &["Arizona", "Аризона"]),
    (
        "America/Denver",
        &["Mountain Time (US & Canada)", "Горное время (США и Канада)"],
    ),
    (
        "America/Chicago",
        &["Central Time (US & Canada)", "Центральное время (США и Канада)"],
    ),
    (
        "America/Mexico_City",
        &[
            "Guadalajara, Mexico City, Monterrey",
            "Гвадалахара, Мехико, Монтеррей",
        ],
    ),
    ("America/Guatemala", &["Central America", "Центральная Америка"]),
    ("America/Regina", &["Saskatchewan", "Саскачеван"]),
    (
        "America/New_York",
        &["Eastern Time (US & Canada)", "Восточное время (США и Канада)"],
    ),
    (
        "America/Indiana/Indianapolis",
        &["Indiana (East)", "Индиана (восток)"],
    ),
    ("America/Bogota", &["Bogota, Lima, Quito", "Богота, Кито, Лима"]),
    ("America/Havana", &["Havana", "Гавана"]),
    ("America/Caracas", &["Caracas", "Каракас"]),
    (
        "America/Halifax",
        &["Atlantic Time (Canada)", "Атлантическое время (Канада)"],
    ),
    ("America/Santiago", &["Santiago", "Сантьяго"]),
    ("America/St_Johns", &["Newfoundland", "Ньюфаундленд"]),
    ("America/Sao_Paulo", &["Brasilia", "Бразилия"]),
    (
        "America/Argentina/Buenos_Aires",
        &["Buenos Aires", "City of Buenos Aires", "Буэнос-Айрес"],
    ),
    ("America/Montevideo", &["Montevideo", "Монтевидео"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_exists_and_no_name_stands_for_two() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (zone, names) in NAMES {
            assert!(super::super::is_iana(zone), "{zone}");
            assert!(Clock::of(zone).is_some(), "{zone}");
            for name in *names {
                if let Some(other) = seen.insert(key(name), zone) {
                    assert_eq!(other, *zone, "{name}");
                }
            }
        }
    }

    #[test]
    fn russian_zones_before_2011_from_then_to_2014_and_since() {
        for (name, expected) in [
            // Windows XP to 7, before the reform of 2011.
            ("(GMT+03:00) Moscow, St. Petersburg, Volgograd", "Europe/Moscow"),
            ("(GMT+03:00) Москва, Санкт-Петербург, Волгоград", "Europe/Moscow"),
            ("(GMT+03:00) Волгоград, Москва, Санкт-Петербург", "Europe/Moscow"),
            ("(GMT+03.00) Moscow/St. Petersburg/Volgograd", "Europe/Moscow"),
            ("(GMT+05:00) Екатеринбург", "Asia/Yekaterinburg"),
            ("(GMT+05:00) Ekaterinburg", "Asia/Yekaterinburg"),
            ("(GMT+06:00) Новосибирск", "Asia/Novosibirsk"),
            ("(GMT+07:00) Красноярск", "Asia/Krasnoyarsk"),
            ("(UTC+08:00) Иркутск", "Asia/Irkutsk"),
            ("(GMT+09:00) Якутск", "Asia/Yakutsk"),
            ("(GMT+10:00) Владивосток", "Asia/Vladivostok"),
            ("(UTC+11:00) Магадан", "Asia/Magadan"),
            ("(UTC+12:00) Петропавловск-Камчатский", "Asia/Kamchatka"),
            // The summer that did not end.
            ("(UTC+04:00) Moscow, St. Petersburg, Volgograd", "Europe/Moscow"),
            ("(UTC+04:00) Волгоград, Москва, Санкт-Петербург", "Europe/Moscow"),
            ("(UTC+06:00) Екатеринбург", "Asia/Yekaterinburg"),
            ("(UTC+07:00) Novosibirsk", "Asia/Novosibirsk"),
            ("(UTC+08:00) Красноярск", "Asia/Krasnoyarsk"),
            ("(UTC+09:00) Irkutsk", "Asia/Irkutsk"),
            ("(UTC+10:00) Якутск", "Asia/Yakutsk"),
            ("(UTC+11:00) Владивосток", "Asia/Vladivostok"),
            ("(UTC+12:00) Магадан", "Asia/Magadan"),
            // The numbered zones of 2014.
            ("(UTC+02:00) Калининград (RTZ 1)", "Europe/Kaliningrad"),
            (
                "(UTC+03:00) Волгоград, Москва, Санкт-Петербург (RTZ 2)",
                "Europe/Moscow",
            ),
            (
                "(UTC+03:00) Moscow, St. Petersburg, Volgograd (RTZ 2)",
                "Europe/Moscow",
            ),
            ("(UTC+04:00) Ижевск, Самара (RTZ 3)", "Europe/Samara"),
            ("(UTC+05:00) Ekaterinburg (RTZ 4)", "Asia/Yekaterinburg"),
            ("(UTC+06:00) Новосибирск (RTZ 5)", "Asia/Novosibirsk"),
            ("(UTC+07:00) Красноярск (RTZ 6)", "Asia/Krasnoyarsk"),
            ("(UTC+08:00) Иркутск (RTZ 7)", "Asia/Irkutsk"),
            ("(UTC+09:00) Якутск (RTZ 8)", "Asia/Yakutsk"),
            ("(UTC+10:00) Владивосток, Магадан (RTZ 9)", "Asia/Vladivostok"),
            ("(UTC+11:00) Чокурдах (RTZ 10)", "Asia/Srednekolymsk"),
            (
                "(UTC+12:00) Анадырь, Петропавловск-Камчатский (RTZ 11)",
                "Asia/Kamchatka",
            ),
            ("Russia TZ 2 Standard Time", "Europe/Moscow"),
            ("RTZ 2 (зима)", "Europe/Moscow"),
            ("Russia TZ 11 Standard Time", "Asia/Kamchatka"),
            // Since 2016.
            ("(UTC+02:00) Калининград", "Europe/Kaliningrad"),
            ("(UTC+03:00) Москва, Санкт-Петербург", "Europe/Moscow"),
            ("(UTC+03:00) Moscow, St. Petersburg", "Europe/Moscow"),
            ("(UTC+03:00) Волгоград", "Europe/Volgograd"),
            ("(UTC+04:00) Volgograd", "Europe/Volgograd"),
            ("(UTC+04:00) Астрахань, Ульяновск", "Europe/Astrakhan"),
            ("(UTC+04:00) Саратов", "Europe/Saratov"),
            ("(UTC+04:00) Izhevsk, Samara", "Europe/Samara"),
            ("(UTC+05:00) Екатеринбург", "Asia/Yekaterinburg"),
            ("(UTC+06:00) Омск", "Asia/Omsk"),
            ("(UTC+07:00) Новосибирск", "Asia/Novosibirsk"),
            ("(UTC+07:00) Барнаул, Горно-Алтайск", "Asia/Barnaul"),
            ("(UTC+07:00) Томск", "Asia/Tomsk"),
            ("(UTC+07:00) Krasnoyarsk", "Asia/Krasnoyarsk"),
            ("(UTC+08:00) Иркутск", "Asia/Irkutsk"),
            ("(UTC+09:00) Чита", "Asia/Chita"),
            ("(UTC+09:00) Якутск", "Asia/Yakutsk"),
            ("(UTC+10:00) Владивосток", "Asia/Vladivostok"),
            ("(UTC+11:00) Магадан", "Asia/Magadan"),
            ("(UTC+11:00) Сахалин", "Asia/Sakhalin"),
            ("(UTC+11:00) Чокурдах", "Asia/Srednekolymsk"),
            ("(UTC+12:00) Анадырь, Петропавловск-Камчатский", "Asia/Kamchatka"),
        ] {
            assert_eq!(zone(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn zones_of_others_in_both_languages() {
        for (name, expected) in [
            ("(UTC) Coordinated Universal Time", "Etc/UTC"),
            ("(UTC) Время в формате UTC", "Etc/UTC"),
            (
                "(GMT) Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London",
                "Europe/London",
            ),
            ("(UTC+00:00) Дублин, Лиссабон, Лондон, Эдинбург", "Europe/London"),
            ("(GMT+01.00) Sarajevo/Warsaw/Zagreb", "Europe/Warsaw"),
            (
                "(UTC+01:00) Амстердам, Берлин, Берн, Вена, Рим, Стокгольм",
                "Europe/Berlin",
            ),
            (
                "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
                "Europe/Kyiv",
            ),
            ("(UTC+02:00) Афины, Бухарест", "Europe/Bucharest"),
            ("(UTC+03:00) Минск", "Europe/Minsk"),
            ("(GMT+02:00) Minsk", "Europe/Minsk"),
            ("(UTC+05:00) Ашхабад, Ташкент", "Asia/Tashkent"),
            ("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
            ("(UTC+05:45) Катманду", "Asia/Kathmandu"),
            ("(UTC+08:00) Гонконг, Пекин, Урумчи, Чунцин", "Asia/Shanghai"),
            ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
            (
                "(UTC\u{2212}08:00) Pacific Time (US & Canada)",
                "America/Los_Angeles",
            ),
            ("(UTC-03:30) Ньюфаундленд", "America/St_Johns"),
        ] {
            assert_eq!(zone(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn names_that_are_not_sure_show_no_zone() {
        for name in [
            // Cities whose clocks went apart.
            "(UTC+03:00) Kaliningrad, Minsk",
            "(UTC+03:00) Калининград, Минск",
            "(GMT+06:00) Алматы, Новосибирск",
            "(GMT+06:00) Astana, Dhaka",
            "(GMT+08:00) Irkutsk, Ulaan Bataar",
            "(GMT+11:00) Magadan, Solomon Is., New Caledonia",
            "(GMT+12:00) Fiji, Kamchatka, Marshall Is.",
            "(GMT+02:00) Athens, Bucharest, Istanbul",
            // Offsets that the cities never had, or none at all.
            "(UTC+09:00) Moscow, St. Petersburg",
            "(UTC+05:00) Москва, Санкт-Петербург",
            "(UTC+07:00) Владивосток",
            "(UTC-03:00) Москва",
            "(UTC+3:61) Москва",
            "(MSK) Москва",
            "(+03:00) Москва",
            "(UTC+03:00)",
            "",
            "()",
        ] {
            assert_eq!(zone(name), None, "{name}");
        }
    }
}
