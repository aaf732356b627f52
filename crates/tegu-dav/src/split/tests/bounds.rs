//! Files of strangers: refused as a whole, bounded, and without a panic.

use super::*;

#[test]
fn other_files_are_refused_as_a_whole() {
    for source in ["", "hello", "BEGIN:VCARD\r\nEND:VCARD\r\n"] {
        assert_eq!(
            calendar(source.as_bytes(), &Limits::default())
                .unwrap_err()
                .kind(),
            ErrorKind::Malformed
        );
    }
    let empty = split(&file("X-WR-CALNAME:Work\\, mostly\r\n"));
    assert!(empty.items.is_empty());
    assert_eq!(empty.calendar_name.as_deref(), Some("Work, mostly"));
}

#[test]
fn a_frame_that_multiplies_is_bounded() {
    let zone = ZONE.replace(
        "TZID:My Zone\r\n",
        &format!("TZID:My Zone\r\nX-A:{}\r\n", "a".repeat(1000)),
    );
    let events: String = (0..100)
        .map(|n| {
            event(&format!(
                "UID:{n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=My Zone:20260105T100000\r\n"
            ))
        })
        .collect();
    let source = file(&format!("{zone}{events}"));
    assert!(calendar(source.as_bytes(), &Limits::default().max_output(50_000)).is_err());
    let limited = calendar(source.as_bytes(), &Limits::default().max_frame(500)).unwrap();
    assert!(
        limited
            .items
            .iter()
            .all(|item| codes(item).contains(&"DAV-FRAME-LARGE"))
    );
}

#[test]
fn uids_do_not_reach_names() {
    let split = split(&file(&event(&PLAIN.replace("UID:u", "UID:../../etc/passwd%2f"))));
    let item = &split.items[0];
    assert_eq!(item.uid, "../../etc/passwd%2f");
    assert!(
        item.resource_name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.')
    );
    assert!(item.resource_name.ends_with(".ics") && item.resource_name.len() == 36);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_make_it_panic(
        pieces in proptest::collection::vec("(BEGIN:VEVENT|END:VEVENT|BEGIN:VCALENDAR|END:VCALENDAR|BEGIN:VTIMEZONE|END:VTIMEZONE|UID:[ab ]?|TZID:a|DTSTART;TZID=a:20260105T100000|RECURRENCE-ID:2|[ -~]{0,12}|\\PC{0,6}| x)", 0..24),
        tail in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut source = pieces.join("\r\n").into_bytes();
        source.extend_from_slice(&tail);
        if let Ok(split) = calendar(&source, &Limits::default()) {
            // What is written can be split again and stays as it is.
            for item in split.items.iter().filter(|item| !item.is_lossy()) {
                let body = item.body.as_deref().unwrap();
                prop_assert_eq!(crate::strict::calendar(body), Ok(()));
                let again = calendar(body, &Limits::default()).unwrap();
                prop_assert_eq!(again.items.len(), 1);
                prop_assert_eq!(again.items[0].body.as_deref().unwrap(), body);
            }
        }
    }
}

#[test]
fn hostile_shapes_end_in_time() {
    let many = 40_000;
    let zone = |n: usize| ZONE.replace("My Zone", &format!("Z{n}"));
    let shapes: Vec<(&str, String)> = vec![
        (
            "strays",
            file(&event(&format!(
                "{PLAIN}{}{}",
                "END:X\r\n".repeat(many),
                "X:1\r\n".repeat(many)
            ))),
        ),
        (
            "zones",
            file(
                &(0..many / 10)
                    .map(|n| format!("{}{}", zone(n), zone(n).replace("+0307", "+0407")))
                    .collect::<String>(),
            ),
        ),
        ("calendars", (0..many / 10).map(|_| file(&event(PLAIN))).collect()),
        (
            "different",
            (0..many / 10)
                .map(|n| file(&event(&format!("{PLAIN}SUMMARY:{n}\r\n"))))
                .collect(),
        ),
        (
            "overrides",
            file(&format!(
                "{ZONE}{}",
                (0..many / 10)
                    .map(|n| event(&format!("{PLAIN}RECURRENCE-ID;TZID=My Zone:{n}\r\n")))
                    .collect::<String>()
            )),
        ),
        ("junk", file(&event(&format!("{PLAIN}{}", "x\r\n".repeat(many))))),
        (
            "repeated",
            file(&event(&format!("{PLAIN}{}", "SUMMARY:x\r\nX:1\r\n".repeat(many)))),
        ),
        (
            "folds",
            file(&event(&format!(
                "{PLAIN}SUMMARY:x{}\r\n",
                "\r\n x".repeat(many * 10)
            ))),
        ),
        (
            "parameters",
            file(&event(&format!("{PLAIN}X{}:1\r\n", ";A=1".repeat(many)))),
        ),
        (
            "quotes",
            file(&event(&format!("{PLAIN}X;A=\"{}:1\r\n", ",;:".repeat(many)))),
        ),
        (
            "dates",
            file(&event(&format!(
                "{PLAIN}EXDATE:20260101T000000Z{}\r\n",
                ",20260101T000000Z".repeat(many)
            ))),
        ),
        (
            "ends",
            "BEGIN:VEVENT\r\n".to_owned() + &"END:VCALENDAR\r\n".repeat(many),
        ),
    ];
    for (name, source) in shapes {
        let start = std::time::Instant::now();
        let split = calendar(source.as_bytes(), &Limits::default());
        let took = start.elapsed();
        assert!(took.as_secs() < 20, "{name}: {took:?}");
        let most = split
            .iter()
            .flat_map(|split| &split.items)
            .map(|item| item.findings.len())
            .max();
        assert!(most.unwrap_or(0) < 10_000, "{name}: {most:?} findings");
    }
}

#[test]
fn a_missing_end_costs_one_component() {
    let cut = format!("BEGIN:VEVENT\r\n{}", PLAIN.replace("UID:u", "UID:cut"));
    for source in [
        file(&format!("{cut}{}", event(PLAIN))),
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{cut}{}",
            file(&event(PLAIN))
        ),
    ] {
        let split = split(&source);
        let state: Vec<_> = split
            .items
            .iter()
            .map(|item| (item.uid.as_str(), item.is_lossy()))
            .collect();
        assert_eq!(state, [("cut", true), ("u", false)], "{source}");
        assert!(codes(&split.items[0]).contains(&"DAV-TRUNCATED"));
    }
}

/// What takes more work than its size allows is left to a person, by a named limit.
#[test]
fn work_is_bounded() {
    let far = "EXDATE:99991231T100000Z\r\n";
    let bare = PLAIN.replace("20260105", "20200105");
    let numbers = |most: u32| {
        let all: Vec<String> = (0..most).map(|number| number.to_string()).collect();
        all.join(",")
    };
    let dense = format!(
        "RRULE:FREQ=YEARLY;BYHOUR={};BYMINUTE={};BYSECOND={};BYSETPOS=366\r\n",
        numbers(24),
        numbers(60),
        numbers(60)
    );
    let zone = ZONE.replace(
        "END:STANDARD",
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\nEND:STANDARD",
    );
    let zoned = event(&bare.replace("DTSTART:20200105T100000Z", "DTSTART;TZID=My Zone:20200105T100000"));
    let limits = Limits::default().max_steps(5_000);
    let options = Options::new(limits);
    for (source, code) in [
        (
            event(&format!("{bare}{far}RRULE:FREQ=DAILY\r\n")),
            "DAV-RRULE-WORK",
        ),
        (
            event(&format!(
                "{bare}{far}{}",
                "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n".repeat(500)
            )),
            "DAV-RRULE-WORK",
        ),
        (event(&format!("{bare}{far}{dense}")), "DAV-RRULE-WORK"),
        (format!("{zone}{zoned}"), "DAV-TZ-INVALID"),
    ] {
        let source = file(&source);
        let memory = calendar_with(source.as_bytes(), &options).unwrap();
        assert!(
            codes(&memory.items[0]).contains(&code),
            "{:?}",
            codes(&memory.items[0])
        );
        assert!(memory.items[0].is_lossy());
        let mut stream = memory_of(&source, &options);
        let _ = stream.next();
        assert!(stream.work.used() <= 10_000, "{}", stream.work.used());
    }
    // A budget for all of the file, too.
    let series: String = (0..200)
        .map(|uid| event(&format!("{bare}{far}RRULE:FREQ=DAILY\r\n").replace("UID:u", &format!("UID:{uid}"))))
        .collect();
    let options = Options::new(Limits::default().max_steps(20_000).max_steps_per_byte(1));
    let source = file(&series);
    let mut stream = memory_of(&source, &options);
    assert!(
        stream
            .by_ref()
            .all(|item| codes(&item.unwrap()).contains(&"DAV-RRULE-WORK"))
    );
    assert!(stream.work.used() <= 32 * 20_000 + source.len() as u64);
    // Properties of the calendar are repeated in each resource.
    let large = format!(
        "X-A:{}\r\n{}",
        "x".repeat(250_000),
        (0..600)
            .map(|uid| event(&PLAIN.replace("UID:u", &format!("UID:{uid}"))))
            .collect::<String>()
    );
    let error = calendar_with(
        file(&large).as_bytes(),
        &Options::new(Limits::default().max_growth(1)),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("max_growth"), "{error}");
}
