use super::*;

/// Builds a recurrence as [MS-OXOCAL] section 2.2.1.44.5 lays it out.
fn blob(pattern: u16, specific: &[u32], period: u32, end: (u32, u32), tail: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    let frequency = match pattern {
        0 => 0x200a_u16,
        1 => 0x200b,
        _ if period.is_multiple_of(12) => 0x200d,
        _ => 0x200c,
    };
    for value in [0x3004, 0x3004, frequency, pattern, 0] {
        data.extend(value.to_le_bytes());
    }
    let start = 223_000_000 / 1440 * 1440_u32;
    let mut words = vec![0, period, 0];
    words.extend(specific);
    words.extend([end.0, end.1, 1, 1, start + 1440, 0, start, start + 14_400]);
    data.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    data.extend(tail);
    data
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn rules_of_all_patterns() {
    let never = (0x2023, 10);
    for (pattern, specific, period, rule) in [
        (0, vec![], 1440, "FREQ=DAILY"),
        (0, vec![], 4320, "FREQ=DAILY;INTERVAL=3"),
        (1, vec![0x3e], 1, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;WKST=MO"),
        (1, vec![0x41], 2, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,SA;WKST=MO"),
        (2, vec![5], 1, "FREQ=MONTHLY;BYMONTHDAY=5"),
        (2, vec![31], 1, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (
            2,
            vec![30],
            2,
            "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        ),
        (3, vec![2, 5], 1, "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1"),
        (3, vec![4, 2], 12, "FREQ=YEARLY;BYMONTH=12;BYDAY=TU;BYSETPOS=2"),
        (4, vec![31], 1, "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ] {
        let recurrence = Recurrence::task(&blob(pattern, &specific, period, never, &[])).unwrap();
        assert_eq!(recurrence.start_date().unwrap().month(), 12);
        assert_eq!(recurrence.rule(None).unwrap(), rule);
    }
}

#[test]
fn ends() {
    let task = |end| Recurrence::task(&blob(0, &[], 1440, end, &[])).unwrap();
    assert_eq!(task((0x2022, 7)).rule(None).unwrap(), "FREQ=DAILY;COUNT=7");
    assert_eq!(
        task((0x2021, 7)).rule(Some("20240101")).unwrap(),
        "FREQ=DAILY;UNTIL=20240101"
    );
    assert!(task((0x2021, 7)).rule(None).is_err());
    assert!(Recurrence::task(&blob(0, &[], 1440, (1, 1), &[])).is_err());
}

#[test]
fn exceptions_with_wide_strings() {
    let start = 223_000_000 / 1440 * 1440_u32;
    let mut tail = words(&[0x3006, 0x3009, 600, 660]);
    tail.extend(1_u16.to_le_bytes());
    tail.extend(words(&[
        start + 1440 + 700,
        start + 1440 + 760,
        start + 1440 + 600,
    ]));
    tail.extend((SUBJECT | LOCATION | 0x20).to_le_bytes());
    tail.extend([3, 0, 2, 0, b'?', b'?', 2, 0, 1, 0, b'x']);
    tail.extend(words(&[3]));
    tail.extend(words(&[0, 4, 0, 0]));
    tail.extend(words(&[
        start + 1440 + 700,
        start + 1440 + 760,
        start + 1440 + 600,
    ]));
    tail.extend([2, 0]);
    tail.extend("Да".encode_utf16().flat_map(u16::to_le_bytes));
    tail.extend([1, 0, b'y', 0]);
    tail.extend(words(&[0, 0]));
    let data = blob(0, &[], 1440, (0x2023, 0), &tail);
    let recurrence = Recurrence::appointment(&data, None).unwrap();
    let exception = &recurrence.exceptions[0];
    assert_eq!(exception.subject.as_deref(), Some("Да"));
    assert_eq!(exception.location.as_deref(), Some("y"));
    assert_eq!(exception.busy, Some(3));
    assert_eq!(recurrence.excluded(), Vec::<u32>::new());
    assert_eq!(recurrence.offsets, Some((600, 660)));
    // Anything more or less is told.
    assert!(Recurrence::appointment(&data[..data.len() - 1], None).is_err());
    assert!(Recurrence::appointment(&[data.as_slice(), b"x"].concat(), None).is_err());
}

#[test]
fn counts_are_checked_against_what_follows() {
    let mut data = blob(0, &[], 1440, (0x2023, 0), &[]);
    let at = data.len() - 20;
    data[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(Recurrence::task(&data).is_err());
}

#[test]
fn other_calendars_are_refused() {
    let mut data = blob(0, &[], 1440, (0x2023, 0), &[]);
    data[8] = 6;
    assert_eq!(
        Recurrence::task(&data).unwrap_err().kind(),
        crate::ErrorKind::Unsupported
    );
}
