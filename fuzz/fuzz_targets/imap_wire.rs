//! Whatever a server sends: no panic, bounded memory, and the same responses however the network cuts the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::quirks;
use tegu_imap::wire::{Body, Decoder, Limits, Piece, Response};

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

/// The same with messages handed out in pieces, which are put back in their places.
fn assembled(input: &[u8], piece: usize, above: Option<u64>) -> (Vec<Response>, bool) {
    let mut limits = Limits::default();
    limits.line = 4096;
    limits.literal = 1 << 20;
    limits.skipped_literal = 1 << 20;
    let mut decoder = Decoder::new(limits);
    decoder.stream_above(above);
    let (mut responses, mut streamed) = (Vec::new(), Vec::new());
    for piece in input.chunks(piece) {
        decoder.push(piece);
        loop {
            match decoder.next_piece() {
                Ok(Some(Piece::Begin(..))) => streamed.clear(),
                Ok(Some(Piece::Octets(octets))) => streamed.extend_from_slice(&octets),
                Ok(Some(Piece::Response(Response::Fetch(mut item)))) => {
                    for section in &mut item.sections {
                        if section.body == Body::Streamed(streamed.len() as u64) {
                            section.body = Body::Whole(std::mem::take(&mut streamed).into());
                        }
                    }
                    responses.push(Response::Fetch(item));
                }
                Ok(Some(Piece::Response(Response::Unknown(_)))) => streamed.clear(),
                Ok(Some(Piece::Response(response))) => responses.push(response),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return (responses, true),
            }
        }
    }
    (responses, false)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, input)) = data.split_first() else {
        return;
    };
    let (responses, failed) = read(input, usize::from(*first).max(1));
    assert_eq!(read(input, input.len().max(1)), (responses.clone(), failed));
    let whole = assembled(input, input.len().max(1), None);
    assert_eq!(assembled(input, usize::from(*first).max(1), Some(3)), whole);
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
