//! Names and other strings: encoding and decoding are inverse, no string breaks out of its command, and no two mailboxes become one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

use tegu_imap::mailbox::{Mailbox, TargetLayout, decode_mutf7, encode_mutf7, plan_names};
use tegu_imap::wire::{Command, Decoder, LiteralMode, Response, Step};
use tegu_imap::{InternalDate, MailboxName};

/// Whatever a server lists: each mailbox has a label and a target of its own, or is said to hold no mail.
fn names(data: &[u8]) {
    let raw: BTreeSet<&[u8]> = data
        .split(|&octet| octet == b'\n')
        .filter(|raw| !raw.is_empty())
        .collect();
    let names: Vec<MailboxName> = raw.iter().map(|raw| MailboxName::from_wire(raw)).collect();
    let labels: BTreeSet<String> = names.iter().map(MailboxName::label).collect();
    assert_eq!(labels.len(), raw.len());
    for (name, raw) in names.iter().zip(&raw) {
        assert_eq!(MailboxName::from_label(&name.label()).unwrap().raw(), *raw);
        let levels = name.levels(Some('/'));
        let joined: Vec<&[u8]> = levels.iter().map(MailboxName::raw).collect();
        assert_eq!(joined.join(&b'/'), *raw);
    }
    let listed = |delimiter| {
        names
            .iter()
            .map(move |name| Mailbox::new(name.clone(), delimiter, vec![]))
    };
    for (from, to) in [(Some('/'), Some('.')), (Some('.'), Some('/')), (None, None)] {
        let mailboxes: Vec<Mailbox> = listed(from).collect();
        for existing in [vec![], listed(to).collect()] {
            let layout = TargetLayout::new(to, "", existing);
            let plan = plan_names(&mailboxes, &layout);
            let not_mail = plan
                .findings
                .iter()
                .filter(|finding| finding.code() == "IMAP-FOLDER-NOT-MAIL");
            assert_eq!(plan.mappings.len() + not_mail.count(), names.len());
            let targets: BTreeSet<String> = plan
                .mappings
                .iter()
                .map(|mapping| mapping.target.as_str().to_lowercase())
                .collect();
            assert_eq!(targets.len(), plan.mappings.len());
            // A name costs no more than the target allows, however long and deep it is.
            let longest = |mapping: &tegu_imap::mailbox::Mapping| {
                mapping.create && mapping.target.raw().len() > layout.name_octets
            };
            assert!(!plan.mappings.iter().any(longest));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    names(data);
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
