//! read(write(m)) = m for every m that a variant can carry; what it cannot is refused.

use proptest::prelude::*;
use tegu_mbox::read::{Options, Slice};
use tegu_mbox::write::{Writer, check};
use tegu_mbox::{Envelope, ErrorKind, Finding, Variant};

const VARIANTS: [Variant; 4] = [Variant::Mboxrd, Variant::Mboxo, Variant::Mboxcl, Variant::Mboxcl2];

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just(b"From ".to_vec()),
        Just(b"From a@b Mon Jan  1 00:00:00 2024\n".to_vec()),
        Just(b">".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"Subject: s\n".to_vec()),
        Just(b"Subject: s\r\n".to_vec()),
        Just(b"Content-Length: 7\n".to_vec()),
        Just(b"Content-Length: 0\n\n".to_vec()),
        Just(b"text".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    (proptest::collection::vec(part, 0..16), any::<bool>()).prop_map(|(parts, finish)| {
        let mut message = parts.concat();
        if finish {
            message.push(b'\n');
        }
        message
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_accepted_reads_back(
        messages in proptest::collection::vec(hostile(), 0..6),
        variant in proptest::sample::select(&VARIANTS[..]),
    ) {
        let mut writer = Writer::new(Vec::new(), variant);
        let mut expected = Vec::new();
        for (number, message) in messages.iter().enumerate() {
            let envelope = Envelope::new("a@b", Some(number as i64 + 1));
            match writer.write(&envelope, message) {
                Ok(range) => expected.push((range, envelope, message.clone())),
                Err(error) => {
                    prop_assert_eq!(error.kind(), ErrorKind::Lossy);
                    prop_assert_eq!(error.find_source::<Finding>().cloned(), check(variant, message));
                }
            }
        }
        let file = writer.into_inner();
        let mut read = Vec::new();
        for message in Slice::new(&file, Options::own(variant)) {
            let message = message.unwrap();
            prop_assert_eq!(message.findings(), []);
            read.push((message.offset()..message.end(), message.envelope(), message.content().into_owned()));
        }
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn mboxrd_refuses_only_a_missing_final_newline() {
    for message in [
        &b"From \n"[..],
        b"\n",
        b"",
        b"\0\n",
        b">From \r\n",
        b"no header\n",
    ] {
        assert_eq!(check(Variant::Mboxrd, message), None);
    }
    assert_eq!(
        check(Variant::Mboxrd, b"A: b\n\nx").unwrap().code(),
        "MBOX-NO-FINAL-NEWLINE"
    );
}

#[test]
fn each_refusal_has_its_code() {
    for (variant, message, code) in [
        (Variant::Mboxo, "A: b\n\nFrom x\n", "MBOX-BODY-FROM"),
        (Variant::Mboxcl, "A: b\n\nFrom x\n", "MBOX-BODY-FROM"),
        (Variant::Mboxcl2, "A: b\n", "MBOX-HEADERS-UNBOUNDED"),
        (Variant::Mboxcl2, "Content-Length: 9\n\nx\n", "MBOX-LENGTH-OWN"),
    ] {
        assert_eq!(check(variant, message.as_bytes()).unwrap().code(), code);
    }
    assert_eq!(check(Variant::Mboxcl2, b"Content-Length: 2\n\nx\n"), None);
    assert_eq!(check(Variant::Mboxcl2, b"A: b\n\nFrom x\n"), None);
}

#[test]
fn headers_near_the_limit_of_what_a_reader_sees() {
    for length in (64 * 1024 - 200)..(64 * 1024 + 10) {
        let message = format!("A: {}\n\nbody\n", "x".repeat(length));
        if check(Variant::Mboxcl2, message.as_bytes()).is_none() {
            let mut writer = Writer::new(Vec::new(), Variant::Mboxcl2);
            writer.write(&Envelope::default(), message.as_bytes()).unwrap();
            let file = writer.into_inner();
            let all: Vec<_> = Slice::new(&file, Options::own(Variant::Mboxcl2))
                .map(Result::unwrap)
                .collect();
            assert!(
                all.len() == 1 && all[0].content().as_ref() == message.as_bytes(),
                "{length}"
            );
        }
    }
}
