//! Whatever a ManageSieve server sends: the same responses for every cut of the stream, and bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_sieve::managesieve::wire::{Capabilities, Decoder, Response, listed};
use tegu_sieve::script::error_line;

fn all(pieces: &[&[u8]]) -> (Vec<Response>, bool) {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_response() {
                Ok(Some(response)) => out.push(response),
                Ok(None) => break,
                Err(_) => return (out, false),
            }
        }
    }
    (out, true)
}

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let cut = rest.len() * usize::from(*first) / 256;
    frugal(rest.len(), || {
        let (one, two) = rest.split_at(cut);
        let (whole, whole_good) = all(&[rest]);
        let (pieces, pieces_good) = all(&[one, two]);
        assert_eq!((&whole, whole_good), (&pieces, pieces_good));
        for response in whole {
            let _ = (
                Capabilities::of(&response).server(),
                listed(&response),
                error_line(&response.text),
            );
            let _ = response.ok();
        }
    });
});
