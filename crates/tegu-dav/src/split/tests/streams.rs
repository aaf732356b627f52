//! Streams and threads give what memory gives.

use super::*;

#[test]
fn a_stream_gives_what_memory_gives() {
    let long = "я".repeat(200_000);
    let sources = [
        file(&event(PLAIN)),
        file(&event(&format!("{PLAIN}SUMMARY:{long}\r\n"))) + &file(&event(&PLAIN.replace("UID:u", "UID:v"))),
        file(&event(PLAIN)).replace("\r\n", "\n"),
        file(&event(PLAIN)).replace("\r\n", "\r"),
        format!("\u{feff}{}", file(&event(PLAIN))),
        (0..3000)
            .map(|n| event(&PLAIN.replace("UID:u", &format!("UID:{n}\r\nSUMMARY:{}", "x".repeat(n % 300)))))
            .collect(),
    ];
    for source in &sources {
        let memory = split(source);
        let stream = stream(std::io::Cursor::new(source), &Options::default()).unwrap();
        let streamed: Vec<Item> = stream.map(Result::unwrap).collect();
        assert_eq!(memory.items.len(), streamed.len());
        for (one, other) in memory.items.iter().zip(&streamed) {
            assert_eq!(
                (&one.uid, &one.body, &one.original, &one.findings),
                (&other.uid, &other.body, &other.original, &other.findings)
            );
        }
        let lines = Options::default().understanding(false);
        let regrouped = super::stream(std::io::Cursor::new(source), &lines).unwrap();
        for (one, item) in memory.items.iter().zip(regrouped) {
            let item = item.unwrap();
            assert_eq!(item.uid, one.uid);
            crate::strict::calendar(item.body.as_deref().unwrap()).unwrap();
        }
    }
    let wide: Vec<u8> = sources[0].encode_utf16().flat_map(u16::to_le_bytes).collect();
    let items: Vec<_> = stream(std::io::Cursor::new(&wide), &Options::default())
        .unwrap()
        .collect();
    assert_eq!(items.len(), 1);
}

/// Threads make the same of a file as a stream does, in the same order.
#[test]
fn several_threads_give_what_one_gives() {
    let mut source = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{ZONE}");
    for uid in 0..6_000 {
        let series = if uid % 7 == 0 {
            "RRULE:FREQ=DAILY;COUNT=3\r\n"
        } else {
            ""
        };
        let lines = format!(
            "UID:{}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=My Zone:20260105T100000\r\n{series}SUMMARY:\u{43e}{uid}\r\nDESCRIPTION:{}\r\n",
            uid % 5_900,
            "x".repeat(1_000),
        );
        source.push_str(&event(&lines));
        if uid % 1_000 == 0 {
            source.push_str("junk\r\nBEGIN:X-OWN\r\nEND:X-OWN\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:y\r\n");
            source.push_str(&ZONE.replace("My Zone", "Other"));
            source.push_str(ZONE);
        }
    }
    source.push_str("END:VCALENDAR\r\n");
    assert!(
        parallel::threads(source.len()) > 1
            || std::thread::available_parallelism().is_ok_and(|one| one.get() == 1)
    );
    let options = Options::default();
    for source in [source.as_bytes(), &encoding_rs::WINDOWS_1251.encode(&source).0] {
        let all = calendar_with(source, &options).unwrap();
        let mut stream = memory(source, &options).unwrap();
        let one: Vec<Item> = stream.by_ref().map(Result::unwrap).collect();
        assert_eq!(all.items.len(), one.len());
        for (item, other) in all.items.iter().zip(&one) {
            assert_eq!(
                (&item.uid, &item.body, &item.original, &item.findings),
                (&other.uid, &other.body, &other.original, &other.findings)
            );
        }
        assert_eq!(all.findings, stream.findings);
    }
    let error = calendar_with(
        source.as_bytes(),
        &Options::new(Limits::default().max_output(5 << 20)),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}
