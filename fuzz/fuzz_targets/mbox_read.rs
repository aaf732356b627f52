//! Slice, stream, pieces and index give the same messages for any bytes, however they arrive, and no option makes any
//! of them panic.

#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use tegu_mbox::read::{Index, Message, Options, Slice, Stream};
use tegu_mbox::{Finding, Flags, Variant};

type Seen = Result<(u64, u64, Vec<u8>, Vec<Finding>), String>;

fn seen(message: &Message<'_>) -> Seen {
    let content = message.content().into_owned();
    let envelope = message.envelope();
    let _ = Flags::from_headers(&content);
    let _ = tegu_mbox::flags::extract(&content);
    let _ = tegu_mbox::date::internal_date(&envelope, &content);
    Ok((message.offset(), message.end(), content, message.findings()))
}

struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let room = out.len().min(self.1);
        self.0.read(&mut out[..room])
    }
}

fuzz_target!(|data: &[u8]| {
    let [choice, step, file @ ..] = data else { return };
    let mut options = Options::default().strict(choice & 1 != 0);
    options.max_message = [60, 1000, 70_000, u64::MAX][usize::from(choice >> 1 & 3)];
    options.variant = [
        None,
        Some(Variant::Mboxrd),
        Some(Variant::Mboxo),
        Some(Variant::Mboxcl2),
    ][usize::from(choice >> 3 & 3)];

    let by_slice: Vec<Seen> = Slice::new(file, options.clone())
        .map(|message| {
            message
                .map_err(|error| error.to_string())
                .and_then(|message| seen(&message))
        })
        .collect();
    let step = usize::from(*step) * 7 + 1;
    let mut stream = Stream::new(Trickle(file, step), options.clone());
    let mut by_stream: Vec<Seen> = Vec::new();
    loop {
        match stream.next_message() {
            Ok(Some(message)) => by_stream.push(seen(&message)),
            Ok(None) => break,
            Err(error) => by_stream.push(Err(error.to_string())),
        }
    }
    assert_eq!(by_slice, by_stream);

    // These know no longest message.
    options.max_message = u64::MAX;
    let by_slice: Result<Vec<Message<'_>>, _> = Slice::new(file, options.clone()).collect();
    let Ok(by_slice) = by_slice else {
        assert!(Index::build(Trickle(file, step), options).is_err());
        return;
    };
    let mut stream = Stream::new(Trickle(file, step), options.clone());
    for message in &by_slice {
        let mut content = Vec::new();
        let summary = stream
            .next_into(&mut content)
            .expect("the slice was readable")
            .expect("as many messages");
        assert_eq!((summary.offset, summary.end), (message.offset(), message.end()));
        assert_eq!(summary.findings, message.findings());
        assert_eq!(content, message.content().as_ref());
    }
    assert!(
        stream
            .next_into(&mut Vec::new())
            .expect("the slice was readable")
            .is_none()
    );

    let index = Index::build(Trickle(file, step), options.clone()).expect("the slice was readable");
    assert_eq!(index.len(), by_slice.len());
    for (n, message) in by_slice.iter().enumerate().take(8) {
        assert_eq!(index.span(n), Some(message.offset()..message.end()));
        let mut rest = index
            .slice(n, file, options.clone())
            .expect("a message starts there");
        let again = rest.next().expect("a message").expect("a readable one");
        assert_eq!((again.raw(), again.end()), (message.raw(), message.end()));
    }
});
