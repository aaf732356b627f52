//! Names and other strings: encoding and decoding are inverse, and no string breaks out of its command.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::mailbox::{decode_mutf7, encode_mutf7};
use tegu_imap::wire::{Command, Decoder, LiteralMode, Response, Step};
use tegu_imap::{InternalDate, MailboxName};

fuzz_target!(|data: &[u8]| {
    assert_eq!(MailboxName::from_wire(data).raw(), data);
    if let Ok(text) = std::str::from_utf8(data) {
        assert_eq!(decode_mutf7(&encode_mutf7(text)).as_deref(), Some(text));
        if let Some(name) = decode_mutf7(text) {
            // Encoders differ, but what they mean does not.
            assert_eq!(decode_mutf7(&encode_mutf7(&name)), Some(name));
        }
        if let Some(date) = InternalDate::parse(text) {
            assert_eq!(InternalDate::parse(&date.to_string()), Some(date));
        }
    }
    let Ok(command) = Command::new("LIST () NIL").string(data) else {
        assert!(data.contains(&0));
        return;
    };
    let mut decoder = Decoder::default();
    for step in command.steps("*", LiteralMode::NonSynchronising) {
        if let Step::Send(octets) = step {
            decoder.push(&octets);
        }
    }
    match decoder.next_response() {
        Ok(Some(Response::List(item))) => assert_eq!(&item.name[..], data),
        other => panic!("{other:?}"),
    }
    assert_eq!(decoder.buffered(), 0);
});
