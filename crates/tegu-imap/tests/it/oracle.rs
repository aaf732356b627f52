//! `imap-proto` as a second opinion on what it reads right.

use imap_proto::{AttributeValue, MailboxDatum, NameAttribute};
use proptest::prelude::*;
use tegu_imap::wire::{Decoder, Response};

fn ours(line: &[u8]) -> Response {
    let mut decoder = Decoder::default();
    decoder.push(line);
    decoder.next_response().unwrap().unwrap()
}

fn theirs(line: &[u8]) -> imap_proto::Response<'_> {
    let (rest, response) = imap_proto::Response::parse(line).unwrap();
    assert!(rest.is_empty());
    response
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn fetch(
        sequence in 1..=u32::MAX, uid in 1..=u32::MAX, size in any::<u32>(),
        flags in proptest::collection::btree_set(r"\\Seen|\\Draft|\\Flagged|[$a-z][a-z0-9]{0,6}", 0..5),
        body in proptest::collection::vec(any::<u8>(), 0..50), order in any::<bool>(),
    ) {
        let flags: Vec<String> = flags.into_iter().collect();
        let mut line = format!("* {sequence} FETCH (").into_bytes();
        let meta = format!("UID {uid} FLAGS ({}) RFC822.SIZE {size}", flags.join(" ")).into_bytes();
        let literal = [format!("BODY[] {{{}}}\r\n", body.len()).as_bytes(), &body].concat();
        let items = if order { [&meta[..], &literal] } else { [&literal[..], &meta] };
        line.extend(items.join(&b' '));
        line.extend(b")\r\n");

        let Response::Fetch(item) = ours(&line) else { panic!() };
        let imap_proto::Response::Fetch(number, attributes) = theirs(&line) else { panic!() };
        prop_assert_eq!(item.sequence, number);
        for attribute in attributes {
            match attribute {
                AttributeValue::Uid(uid) => prop_assert_eq!(item.uid.map(|uid| uid.get()), Some(uid)),
                AttributeValue::Rfc822Size(size) => prop_assert_eq!(item.size, Some(u64::from(size))),
                AttributeValue::Flags(flags) => {
                    let flags = flags.iter().map(AsRef::as_ref).collect();
                    prop_assert_eq!(item.flags.as_ref(), Some(&flags));
                }
                AttributeValue::BodySection { data, .. } => {
                    let octets = item.body().and_then(|body| body.bytes());
                    prop_assert_eq!(octets.map(|octets| &octets[..]), data.as_deref());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn list(name in "[a-zA-Z0-9/&,+-]{1,12}", form in 0..3_u8, sent in any::<bool>()) {
        let written = match form {
            0 => name.as_str().into(),
            1 => format!("\"{name}\""),
            _ => format!("{{{}}}\r\n{name}", name.len()),
        };
        let attributes = if sent { r"\Sent \HasNoChildren" } else { "" };
        let line = format!("* LIST ({attributes}) \"/\" {written}\r\n");
        let Response::List(item) = ours(line.as_bytes()) else { panic!("{line}") };
        let imap_proto::Response::MailboxData(MailboxDatum::List(read)) = theirs(line.as_bytes()) else {
            panic!("{line}")
        };
        // It calls INBOX by one spelling; so does nobody here by chance, save in other cases.
        prop_assert_eq!(String::from_utf8_lossy(&item.name).to_lowercase(), read.name.to_lowercase());
        prop_assert_eq!(item.delimiter.map(String::from), read.delimiter.map(|delimiter| delimiter.into_owned()));
        prop_assert_eq!(item.attributes.iter().any(|one| one == r"\Sent"), read.name_attributes.contains(&NameAttribute::Sent));
    }

    #[test]
    fn whatever_both_read_as_numbers(kind in "EXISTS|RECENT|EXPUNGE", number in any::<u32>()) {
        let line = format!("* {number} {kind}\r\n");
        let same = match (ours(line.as_bytes()), theirs(line.as_bytes())) {
            (Response::Exists(a), imap_proto::Response::MailboxData(MailboxDatum::Exists(b)))
            | (Response::Recent(a), imap_proto::Response::MailboxData(MailboxDatum::Recent(b)))
            | (Response::Expunge(a), imap_proto::Response::Expunge(b)) => a == b,
            _ => false,
        };
        prop_assert!(same, "{}", line);
    }
}
