//! From a stream the same items come as from memory; what is written splits into the same again, passes the last look
//! before it leaves, and takes place at the same instants as what it was made of.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use tegu_dav::{Finding, Limits, occur, split, strict};
use tegu_fuzz::{frugal, warm_up};

fuzz_target!(|data: &[u8]| {
    warm_up();
    let limits = Limits::default().max_steps(20_000);
    let options = split::Options::new(limits.clone());
    let memory = frugal(data.len(), || split::calendar_with(data, &options));
    let stream = split::stream(Cursor::new(data), &options).map(|stream| stream.collect::<Vec<_>>());
    let (memory, stream) = match (memory, stream) {
        (Ok(memory), Ok(stream)) => (memory, stream),
        (memory, stream) => {
            assert_eq!(
                memory.is_ok(),
                stream.is_ok_and(|items| items.iter().all(Result::is_ok))
            );
            return;
        }
    };
    assert_eq!(memory.items.len(), stream.len());
    for (item, streamed) in memory.items.iter().zip(stream) {
        let streamed = streamed.expect("what memory gives, a stream gives");
        assert_eq!(
            (&item.uid, &item.body, &item.findings),
            (&streamed.uid, &streamed.body, &streamed.findings)
        );
        if item.is_lossy() {
            continue;
        }
        let body = item
            .body
            .as_deref()
            .expect("an item that is not lossy has a body");
        assert_eq!(strict::calendar(body), Ok(()));
        let again = split::calendar_with(body, &options).expect("what was written is a calendar");
        assert_eq!(again.items.len(), 1);
        assert_eq!(again.items[0].body.as_deref(), Some(body));
        let times = |bytes: &[u8]| -> Option<Vec<(i64, i64)>> {
            let all = occur::calendar(bytes, 0..2_000_000_000, 50, &limits).ok()?;
            Some(
                all.into_iter()
                    .map(|occurrence| (occurrence.start, occurrence.end))
                    .collect(),
            )
        };
        // What takes too long to compute is not compared, nor a zone name that no reader finds before it has quotes.
        let quoted = item
            .findings
            .iter()
            .any(|finding| matches!(finding, Finding::RepairQuoted { .. }));
        if !quoted
            && item.components == 1
            && let (Some(before), Some(after)) = (times(&item.original), times(body))
        {
            assert_eq!(before, after);
        }
    }
});
