//! Tests of lines that stand in no component.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::tests::{PLAIN, ZONE, body, codes, event, file, split};
use super::*;
use crate::Item;

const ALARM: &str = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";

/// An event, its lines without `BEGIN` and with `END`.
fn headless(uid: &str) -> String {
    format!(
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nDESCRIPTION:secret {uid}\r\nUID:{uid}\r\nDTSTART:20260105T100000Z\r\n{ALARM}SUMMARY:lost {uid}\r\nEND:VEVENT\r\n"
    )
}

#[test]
fn lines_of_a_component_without_a_beginning_go_to_a_person_whole() {
    let (other, more) = (event(PLAIN), event(&PLAIN.replace("UID:u", "UID:v")));
    let orphan = headless("o");
    for (source, wanted) in [
        (file(&format!("{other}{orphan}{more}")), 2),
        (file(&format!("{orphan}{other}")), 1),
        (file(&format!("{other}{orphan}")), 1),
        (file(&format!("{ZONE}{orphan}{other}")), 1),
        (
            file(&format!("METHOD:PUBLISH\r\nX-WR-CALNAME:c\r\n{orphan}{other}")),
            1,
        ),
        (file(&orphan), 0),
        (format!("{}{orphan}", file(&other)), 1),
        (format!("{orphan}{other}"), 1),
        // Nobody ended it.
        (
            file(&format!("{other}{}", orphan.replace("END:VEVENT\r\n", ""))),
            1,
        ),
        (
            file(&format!("{}{other}", orphan.replace("END:VEVENT\r\n", ""))),
            1,
        ),
        (file(&format!("{other}{orphan}")).replace("\r\n", "\n"), 1),
    ] {
        let split = split(&source);
        let whole: Vec<&Item> = split.items.iter().filter(|item| !item.is_lossy()).collect();
        assert_eq!(whole.len(), wanted, "{source}");
        for item in &whole {
            for lost in ["secret", "lost", "X-MICROSOFT", "UID:o"] {
                assert!(!body(item).contains(lost), "{lost}: {source}");
            }
            assert_eq!(crate::strict::calendar(body(item).as_bytes()), Ok(()));
        }
        let lossy: Vec<&Item> = split.items.iter().filter(|item| item.is_lossy()).collect();
        assert_eq!(lossy.len(), 1, "{source}");
        assert_eq!(codes(lossy[0]), ["DAV-BEGIN-MISSING"]);
        let kept = String::from_utf8(lossy[0].original.clone())
            .unwrap()
            .replace("\r\n", "\n");
        let orphan = orphan.replace("\r\n", "\n");
        assert!(
            orphan.trim_end().starts_with(&*kept) && kept.contains("SUMMARY:lost"),
            "{kept}"
        );
    }
}

#[test]
fn two_components_without_beginnings_are_two_items() {
    let source = file(&format!("{}{}{}", headless("a"), headless("b"), event(PLAIN)));
    let split = split(&source);
    assert_eq!(split.items.len(), 3);
    let kept: Vec<_> = split.items[1..]
        .iter()
        .map(|item| String::from_utf8_lossy(&item.original))
        .collect();
    assert!(kept[0].contains("UID:a") && kept[1].contains("UID:b"), "{kept:?}");
}

#[test]
fn properties_of_a_calendar_stay_with_it() {
    let header = "METHOD:PUBLISH\r\nX-WR-CALNAME:c\r\nCOLOR:red\r\nX-OWN:1\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nUID:c\r\n";
    let split = split(&file(&format!(
        "{header}{}X-WR-TIMEZONE:Europe/Moscow\r\n",
        event(PLAIN)
    )));
    assert_eq!(split.items.len(), 1);
    for name in [
        "COLOR:red",
        "X-OWN:1",
        "REFRESH-INTERVAL",
        "UID:c",
        "X-WR-TIMEZONE",
    ] {
        assert!(body(&split.items[0]).contains(name), "{name}");
    }
}

#[test]
fn lines_that_no_time_zone_has_do_not_vanish_with_it() {
    let odd = [
        "SUMMARY:lost\r\n",
        "lost\r\n",
        "BEGIN:VALARM\r\nX-A:lost\r\nEND:VALARM\r\n",
        "END:lost\r\n",
    ];
    for odd in odd {
        for place in ["BEGIN:STANDARD", "END:STANDARD", "END:VTIMEZONE"] {
            let zone = ZONE.replace(place, &format!("{odd}{place}"));
            // Nobody uses it.
            let all = split(&file(&format!("{zone}{}", event(PLAIN))));
            assert_eq!(all.items.len(), 2, "{zone}");
            assert!(!all.items[0].is_lossy() && !body(&all.items[0]).contains("lost"));
            assert_eq!(codes(&all.items[1]), ["DAV-TZ-FOREIGN"]);
            assert!(String::from_utf8_lossy(&all.items[1].original).contains("lost"));
            // An event uses it, whatever the zone is called.
            for name in ["My Zone", "Russian Standard Time", "Europe/Moscow"] {
                let zone = zone.replace("My Zone", name);
                let used = event(
                    &PLAIN
                        .replace("DTSTART:", &format!("DTSTART;TZID={name}:"))
                        .replace("00Z\r\nE", "00\r\nE")
                        .replace("T100000Z", "T100000"),
                );
                let all = split(&file(&format!("{zone}{used}")));
                assert!(all.items[0].is_lossy(), "{zone}");
                assert!(
                    String::from_utf8_lossy(&all.items[0].original).contains("lost"),
                    "{name} {zone}"
                );
            }
        }
    }
    // The second definition of a name.
    let twice = format!(
        "{ZONE}{}",
        ZONE.replace("END:STANDARD", "SUMMARY:lost\r\nEND:STANDARD")
    );
    let all = split(&file(&format!("{twice}{}", event(PLAIN))));
    assert_eq!(codes(&all.items[1]), ["DAV-TZ-FOREIGN"]);
}

/// Pieces of calendars, to be put together in any order.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "BEGIN:VCALENDAR\r\n",
        "END:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "BEGIN:VTODO\r\n",
        "END:VTODO\r\n",
        "BEGIN:VALARM\r\n",
        "END:VALARM\r\n",
        "BEGIN:VTIMEZONE\r\n",
        "END:VTIMEZONE\r\n",
        "BEGIN:STANDARD\r\n",
        "END:STANDARD\r\n",
        "BEGIN:X-OWN\r\n",
        "END:X-OWN\r\n",
        "END:STRANGE\r\n",
        "VERSION:2.0\r\n",
        "PRODID:p\r\n",
        "\r\n",
    ];
    let named = prop_oneof![
        Just("SUMMARY"),
        Just("UID"),
        Just("X-A"),
        Just("DESCRIPTION"),
        Just("TZID"),
        Just("junk"),
        Just("X-A:\r\n ")
    ];
    prop_oneof![
        (0..fixed.len()).prop_map(move |at| fixed[at].to_owned()),
        (named, any::<u16>()).prop_map(|(name, number)| format!(
            "{name}{}#{number}\r\n",
            if name == "junk" { " " } else { ":" }
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever stands where, no line vanishes, and none comes into a resource that is not its own.
    #[test]
    fn no_line_vanishes(pieces in proptest::collection::vec(piece(), 0..24)) {
        let pieces: Vec<String> = pieces.into_iter().enumerate().map(|(at, piece)| piece.replace('#', &format!("m{at}-"))).collect();
        let source = pieces.concat();
        let Ok(split) = calendar(source.as_bytes(), &Limits::default()) else { return Ok(()) };
        let unused = split.findings.iter().any(|finding| matches!(finding, crate::Finding::TzUnused { .. }));
        let originals: Vec<String> = split.items.iter().map(|item| String::from_utf8_lossy(&item.original).into_owned()).collect();
        for (at, piece) in pieces.iter().enumerate() {
            let Some(mark) = piece.split(['\r', ':', ' ']).find(|word| word.starts_with(&format!("m{at}-"))) else { continue };
            let holders = originals.iter().filter(|text| text.contains(mark)).count();
            let zone = piece.starts_with("TZID") || piece.starts_with("X-A");
            // An empty calendar's own properties say nothing that anybody moves.
            let own = zone || piece.starts_with("UID") || piece.starts_with("DESCRIPTION");
            prop_assert!(holders > 0 || (unused && zone) || own, "{piece} of {source}");
            if piece.starts_with("SUMMARY") || piece.starts_with("junk") {
                prop_assert!(holders == 1, "{holders} times {piece} of {source}");
            }
        }
    }
}
