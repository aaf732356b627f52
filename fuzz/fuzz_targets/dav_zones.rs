//! Zone names and the rules that files give them: nothing panics or runs away, and an event keeps its instants whatever
//! becomes of its zone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Limits, occur, split, zone};
use tegu_fuzz::{frugal, warm_up};

fuzz_target!(|data: &[u8]| {
    warm_up();
    let text = String::from_utf8_lossy(data);
    let name: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    if let Some(iana) = zone::iana(&name) {
        assert!(zone::is_iana(&iana), "{name} {iana}");
    }
    let limits = Limits::default().max_steps(50_000);
    for observances in [
        text.as_ref(),
        "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD",
    ] {
        let file = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Z\r\n{observances}\r\nEND:VTIMEZONE\r\n\
             BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Z:20110301T100000\r\n\
             RRULE:FREQ=MONTHLY;COUNT=60\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let Ok(split) = frugal(file.len(), || split::calendar(file.as_bytes(), &limits)) else {
            continue;
        };
        for item in split
            .items
            .iter()
            .filter(|item| !item.is_lossy() && item.components == 1)
        {
            let times = |bytes: &[u8]| -> Option<Vec<i64>> {
                let all = occur::calendar(bytes, i64::MIN..i64::MAX, 100, &limits).ok()?;
                Some(all.into_iter().map(|occurrence| occurrence.start).collect())
            };
            // What takes too long to compute is not compared.
            if let (Some(before), Some(after)) = (
                times(&item.original),
                times(item.body.as_deref().unwrap_or_default()),
            ) {
                assert_eq!(before, after);
            }
        }
    }
});
