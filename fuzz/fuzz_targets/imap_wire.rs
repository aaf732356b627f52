//! Whatever a server sends: no panic, bounded memory, and the same responses however the network cuts the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::quirks;
use tegu_imap::wire::{Body, Decoder, Limits, Response};

fn read(input: &[u8], piece: usize) -> (Vec<Response>, bool) {
    let mut limits = Limits::default();
    limits.line = 4096;
    limits.literal = 1024;
    limits.skipped_literal = 1 << 20;
    limits.literals = 16;
    let mut decoder = Decoder::new(limits);
    let mut responses = Vec::new();
    for piece in input.chunks(piece) {
        decoder.push(piece);
        loop {
            match decoder.next_response() {
                Ok(Some(response)) => responses.push(response),
                Ok(None) => break,
                Err(_) => return (responses, true),
            }
        }
        assert!(decoder.buffered() <= 4096 + 1024 + piece.len());
    }
    (responses, false)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, input)) = data.split_first() else { return };
    let (responses, failed) = read(input, usize::from(*first).max(1));
    assert_eq!(read(input, input.len().max(1)), (responses.clone(), failed));
    for response in &responses {
        match response {
            Response::Tagged(_, status) | Response::Untagged(status) => {
                let _ = quirks::refusal(status);
            }
            Response::Fetch(item) => {
                for section in &item.sections {
                    if let Body::Whole(octets) = &section.body {
                        assert!(octets.len() <= 4096);
                        let _ = quirks::placeholder(octets);
                    }
                }
            }
            _ => {}
        }
    }
});
