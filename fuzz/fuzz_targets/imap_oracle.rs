//! Our reader against `imap-proto` on lines that both take: what both tell must be the same.
//!
//! Where `imap-proto` is known to differ the comparison leaves out what the comment beside it says.
#![no_main]

use std::panic::{AssertUnwindSafe, catch_unwind};

use imap_proto::{
    AttributeValue, MailboxDatum, NameAttribute, ResponseCode as Code, Status as Word, StatusAttribute,
};
use libfuzzer_sys::fuzz_target;
use tegu_imap::wire::{Condition, Decoder, Response, ResponseCode, Status};

/// It panics on `INTERNALDATE NIL`, perhaps elsewhere.
fn theirs(line: &[u8]) -> Option<imap_proto::Response<'_>> {
    let parsed = catch_unwind(AssertUnwindSafe(|| imap_proto::Response::parse(line).ok()));
    let (rest, response) = parsed.ok()??;
    rest.is_empty().then_some(response)
}

/// libFuzzer's hook ends the run at any panic; one of `imap-proto` is no finding of ours.
fn pass_over_their_panics() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info
            .location()
            .is_some_and(|place| place.file().contains("imap-proto"))
        {
            hook(info);
        }
    }));
}

fn same_text(ours: &[u8], theirs: &str) -> bool {
    // It leaves escapes in quoted strings, writes INBOX in capitals, and replaces what is no UTF-8.
    let read_alike = !theirs.contains('\\') && std::str::from_utf8(ours).is_ok();
    ours.eq_ignore_ascii_case(theirs.as_bytes()) || !read_alike
}

fn same_status(ours: &Status, word: &Word, code: Option<&Code<'_>>, line: &[u8]) {
    let condition = match word {
        Word::Ok => Condition::Ok,
        Word::No => Condition::No,
        Word::Bad => Condition::Bad,
        Word::Bye => Condition::Bye,
        Word::PreAuth => Condition::Preauth,
    };
    assert_eq!(ours.condition, condition, "{}", line.escape_ascii());
    let Some(code) = code else { return };
    let told = ours.code.as_ref().expect("a code that imap-proto reads");
    match (code, told) {
        (Code::UidValidity(theirs), ResponseCode::UidValidity(ours)) => assert_eq!(ours.get(), *theirs),
        (Code::UidNext(theirs), ResponseCode::UidNext(ours)) => assert_eq!(ours, theirs),
        (Code::HighestModSeq(theirs), ResponseCode::HighestModSeq(ours)) => assert_eq!(ours, theirs),
        (Code::Alert, ours) => assert_eq!(*ours, ResponseCode::Alert),
        (Code::ReadOnly, ours) => assert_eq!(*ours, ResponseCode::ReadOnly),
        (Code::ReadWrite, ours) => assert_eq!(*ours, ResponseCode::ReadWrite),
        (Code::TryCreate, ours) => assert_eq!(*ours, ResponseCode::TryCreate),
        (Code::UidNotSticky, ours) => assert_eq!(*ours, ResponseCode::UidNotSticky),
        _ => {}
    }
}

fn compare(line: &[u8], ours: &Response, theirs: &imap_proto::Response<'_>) {
    let shown = || line.escape_ascii().to_string();
    match (theirs, ours) {
        (imap_proto::Response::Data { status, outcome }, Response::Untagged(ours)) => {
            same_status(ours, status, outcome.code.as_ref(), line);
        }
        (imap_proto::Response::Done { tag, status, outcome }, Response::Tagged(our_tag, ours)) => {
            assert_eq!(*our_tag, tag.0, "{}", shown());
            same_status(ours, status, outcome.code.as_ref(), line);
        }
        (imap_proto::Response::Capabilities(theirs), Response::Capability(ours)) => {
            let count = theirs.len();
            // Ours is a set without regard to case.
            assert!(ours.iter().count() <= count, "{}", shown());
        }
        (imap_proto::Response::Expunge(theirs), Response::Expunge(ours)) => assert_eq!(ours, theirs),
        (imap_proto::Response::Fetch(sequence, attributes), Response::Fetch(ours)) => {
            assert_eq!(ours.sequence, *sequence, "{}", shown());
            // What it cannot read it hands out as unknown, without the value.
            if attributes
                .iter()
                .any(|value| matches!(value, AttributeValue::Unknown))
            {
                return;
            }
            // The last of two tells in ours, and the list tells both in theirs.
            let last = |pick: fn(&AttributeValue<'_>) -> bool| attributes.iter().rfind(|value| pick(value));
            if let Some(AttributeValue::Uid(uid)) = last(|value| matches!(value, AttributeValue::Uid(_))) {
                assert_eq!(ours.uid.map_or(0, |uid| uid.get()), *uid, "{}", shown());
            }
            if let Some(AttributeValue::Rfc822Size(size)) =
                last(|value| matches!(value, AttributeValue::Rfc822Size(_)))
            {
                assert_eq!(ours.size, Some(u64::from(*size)), "{}", shown());
            }
            if let Some(AttributeValue::Flags(flags)) =
                last(|value| matches!(value, AttributeValue::Flags(_)))
            {
                let flags: tegu_imap::Flags = flags.iter().map(AsRef::as_ref).collect();
                assert_eq!(ours.flags.as_ref(), Some(&flags), "{}", shown());
            }
            if let Some(AttributeValue::ModSeq(sequence)) =
                last(|value| matches!(value, AttributeValue::ModSeq(_)))
            {
                assert_eq!(ours.mod_seq, Some(*sequence), "{}", shown());
            }
        }
        (imap_proto::Response::MailboxData(datum), ours) => match (datum, ours) {
            (MailboxDatum::Exists(theirs), Response::Exists(ours)) => assert_eq!(ours, theirs),
            (MailboxDatum::Recent(theirs), Response::Recent(ours)) => assert_eq!(ours, theirs),
            (MailboxDatum::Flags(theirs), Response::Flags(ours)) => {
                let flags: tegu_imap::Flags = theirs.iter().map(AsRef::as_ref).collect();
                assert_eq!(*ours, flags, "{}", shown());
            }
            (MailboxDatum::List(theirs), Response::List(ours) | Response::Lsub(ours)) => {
                assert!(same_text(&ours.name, &theirs.name), "{}", shown());
                let marked = theirs.name_attributes.contains(&NameAttribute::NoSelect);
                let told = ours
                    .attributes
                    .iter()
                    .any(|one| one.eq_ignore_ascii_case("\\Noselect"));
                assert!(told || !marked, "{}", shown());
            }
            (MailboxDatum::Status { mailbox, status }, Response::Status(name, items)) => {
                assert!(same_text(name, mailbox), "{}", shown());
                let last = |pick: fn(&StatusAttribute) -> Option<u64>| status.iter().rev().find_map(pick);
                let pick = |attribute: &StatusAttribute| match attribute {
                    StatusAttribute::Messages(count) => Some(u64::from(*count)),
                    _ => None,
                };
                if let Some(messages) = last(pick) {
                    assert_eq!(items.messages.map(u64::from), Some(messages), "{}", shown());
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fuzz_target!(init: pass_over_their_panics(), |data: &[u8]| {
    // One line with CRLF is what it wants; literals may be within.
    let mut line = data.to_vec();
    line.extend_from_slice(b"\r\n");
    let mut decoder = Decoder::default();
    decoder.push(&line);
    let Ok(Some(ours)) = decoder.next_response() else {
        return;
    };
    // The two frame alike, or what they read is not the same line.
    if decoder.buffered() > 0 || matches!(ours, Response::Unknown(_)) {
        return;
    }
    if let Some(theirs) = theirs(&line) {
        compare(&line, &ours, &theirs);
    }
});
