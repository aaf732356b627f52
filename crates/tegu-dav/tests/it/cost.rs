//! Comparing two resources takes no more memory than both are long, whatever a server makes of them.

use tegu_dav::prove;

/// Octets of a resource.
const SIZE: usize = 100_000;

/// The most octets that this process had in memory, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some(peak << 10)
}

/// A calendar with an event of these lines.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n{lines}END:VEVENT\nEND:VCALENDAR\n")
}

/// As many lines as fit.
fn many(line: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(SIZE);
    for number in 0.. {
        let line = line(number);
        if out.len() + line.len() > SIZE {
            return out;
        }
        out.push_str(&line);
    }
    out
}

fn long(octets: usize) -> String {
    "x".repeat(octets)
}

fn date(number: usize) -> String {
    format!(
        "20{:02}{:02}{:02}T100000Z",
        number / 336 % 100,
        number / 28 % 12 + 1,
        number % 28 + 1
    )
}

/// A series that starts on this day of 2026; the other one starts a day later.
const START: &str = "DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY\n";

#[test]
fn memory_is_no_more_than_both_are_long() {
    let half = SIZE / 2;
    let dates = |name: &str| many(|number| format!("{name}:{}\n", date(number)));
    let one_list = |name: &str| {
        let list: Vec<String> = (0..SIZE / 18).map(date).collect();
        format!("{name}:{}\n", list.join(","))
    };
    let words = |number: usize| format!("{number},");
    let list: String = many(words)[..half].to_owned();
    let zone = "BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=DAILY\nTZOFFSETFROM:+0100\n\
                TZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n";
    let shapes = [
        (
            "properties of one name",
            event(&many(|number| format!("X-A:{number}\n"))),
        ),
        ("equal properties", event(&many(|_| "X-A:1\n".to_owned()))),
        (
            "parameters",
            event(&many(|number| {
                let params: String = (0..900).map(|param| format!(";X{param}={number}")).collect();
                format!("X-A{params}:1\n")
            })),
        ),
        (
            "attendees",
            event(&many(|number| {
                format!("ATTENDEE;CN=\"{number}\":mailto:a{number}@example.org\n")
            })),
        ),
        ("EXDATE in lines", event(&format!("{START}{}", dates("EXDATE")))),
        (
            "EXDATE in a list",
            event(&format!("{START}{}", one_list("EXDATE"))),
        ),
        ("RDATE in lines", event(&format!("{START}{}", dates("RDATE")))),
        ("RDATE in a list", event(&format!("{START}{}", one_list("RDATE")))),
        (
            "rules",
            event(&format!("{START}{}", many(|_| "RRULE:FREQ=YEARLY\n".to_owned()))),
        ),
        (
            "events",
            format!(
                "BEGIN:VCALENDAR\n{}END:VCALENDAR\n",
                many(|number| format!("BEGIN:VEVENT\nUID:{number}\nDTSTART:20260101T100000Z\nEND:VEVENT\n"))
            ),
        ),
        (
            "lines in a component with a long name",
            format!(
                "BEGIN:{0}\n{1}END:{0}\n",
                long(half),
                &many(|number| format!("A:{number}\n"))[..half]
            ),
        ),
        (
            "components in one with a long name",
            format!(
                "BEGIN:{0}\n{1}END:{0}\n",
                long(half),
                "BEGIN:A\nEND:A\n".repeat(half / 14)
            ),
        ),
        (
            "lines at depth",
            (0..14)
                .map(|_| format!("BEGIN:{}\n", long(90)))
                .collect::<String>()
                + &many(|number| format!("A:{number}\n")),
        ),
        (
            "a list behind long parameters",
            event(&format!("CATEGORIES;X={}:{list}\n", long(half))),
        ),
        (
            "a list in a long group",
            event(&format!("{}.CATEGORIES:{list}\n", long(half))),
        ),
        (
            "a long title of a series",
            event(&format!("{START}SUMMARY:{}\n", long(SIZE))),
        ),
        (
            "series of one identity and title",
            format!(
                "BEGIN:VCALENDAR\n{}END:VCALENDAR\n",
                format!(
                    "BEGIN:VEVENT\nUID:1\n{START}SUMMARY:{}\nEND:VEVENT\n",
                    long(5_000)
                )
                .repeat(SIZE / 5_200)
            ),
        ),
        (
            "calendars beside one zone",
            format!(
                "{zone}{}",
                many(|number| format!(
                    "BEGIN:A\nRECURRENCE-ID;TZID=Z:20260101T100000\nX-A:{number}\nEND:A\n"
                ))
            ),
        ),
    ];
    for (what, sent) in shapes {
        let got = sent.replace("20260101", "20260102").replace("X-A:7", "X-A:8") + "X-Z:1\n";
        let before = peak();
        let result = prove::calendar(sent.as_bytes(), got.as_bytes());
        assert!(result.is_err(), "{what}");
        if let (Some(before), Some(after)) = (before, peak()) {
            let octets = after - before;
            assert!(octets < 64 << 20, "{what}: {octets} octets");
        }
    }
}
