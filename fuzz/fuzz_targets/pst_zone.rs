//! Time zones: nothing panics, and an instant comes back unless its hour is there twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_pst::zone::Zone;

fuzz_target!(|data: &[u8]| {
    let (name, rest) = data.split_at(data.len().min(8));
    let name = String::from_utf8_lossy(name);
    let read = frugal(data.len(), || {
        [Zone::definition(data), Zone::structure(rest, &name)]
    });
    for zone in read.into_iter().flatten() {
        let component = zone.component();
        assert!(component.starts_with("BEGIN:VTIMEZONE\r\n") && component.ends_with("END:VTIMEZONE\r\n"));
        assert_eq!(component.matches("\r\n").count(), component.lines().count());
        let mut ambiguous = 0;
        for day in 0..400 {
            let instant = 1_704_067_200 + day * 86_400;
            ambiguous +=
                u32::from(zone.to_local(instant).and_then(|local| zone.to_utc(local)) != Some(instant));
        }
        assert!(ambiguous <= 12, "{ambiguous} instants do not come back");
    }
});
