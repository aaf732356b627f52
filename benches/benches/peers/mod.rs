//! The same work by other parsers. Each kernel gives a number that depends on all it read.

use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder as _;
use imap_codec::imap_types::response::{Data, Response};

/// Reads every response with `imap-proto` alone, from one slice that holds them all.
pub(crate) fn imap_proto(mut stream: &[u8]) -> usize {
    let mut responses = 0;
    while !stream.is_empty() {
        let (rest, response) = imap_proto::Response::parse(stream).expect("the stream is well formed");
        assert!(matches!(response, imap_proto::Response::Fetch(..)));
        stream = rest;
        responses += 1;
    }
    responses
}

/// Reads every response with `imap-codec`, from one slice that holds them all.
pub(crate) fn imap_codec(mut stream: &[u8]) -> usize {
    let codec = ResponseCodec::new();
    let mut responses = 0;
    while !stream.is_empty() {
        let (rest, response) = codec.decode(stream).expect("the stream is well formed");
        assert!(matches!(response, Response::Data(Data::Fetch { .. })));
        stream = rest;
        responses += 1;
    }
    responses
}
