#![allow(clippy::unwrap_used)]
use super::reply::paging_cookie;
use super::*;
use crate::ErrorKind;
use proptest::prelude::*;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x84);
            out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}

fn message(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, 2], &parts.concat()])
}

fn ann() -> Vec<u8> {
    let values = tlv(0x31, &[&tlv(4, &[b"\xff\xfe"]), &tlv(4, &[b"ann@example.org"])]);
    let list = tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[b"mail"]), &values])]);
    tlv(0x64, &[&tlv(4, &[b"cn=ann"]), &list])
}

fn done() -> Vec<u8> {
    vec![0x65, 7, 0x0a, 1, 0, 4, 0, 4, 0]
}

fn check(bytes: &[u8]) -> Result<Option<Reply>> {
    let mut framer = Framer::new(GuardLimits::default());
    framer.push(bytes);
    Ok(framer.next_reply()?.map(|f| f.reply()))
}

#[test]
fn sound_messages_pass_in_any_cut() {
    let cookie = tlv(0x30, &[&[2, 1, 0], &tlv(4, &[b"next"])]);
    let control = tlv(
        0xa0,
        &[&tlv(
            0x30,
            &[&tlv(4, &[b"1.2.840.113556.1.4.319"]), &tlv(4, &[&cookie])],
        )],
    );
    let reference = tlv(0x73, &[&tlv(4, &[b"ldap://x/"])]);
    let stream = [
        message(&[&ann()]),
        message(&[&reference]),
        message(&[&done(), &control]),
    ]
    .concat();
    for step in [1, 7, stream.len()] {
        let mut framer = Framer::new(GuardLimits::default());
        let mut seen = Vec::new();
        for chunk in stream.chunks(step) {
            framer.push(chunk);
            while let Some(frame) = framer.next_reply().unwrap() {
                assert_eq!(frame.message_id(), 2);
                seen.push(frame.reply());
            }
        }
        assert_eq!(seen, [Reply::Entry, Reply::Reference, Reply::Done]);
        assert!(framer.is_empty());
    }
    #[cfg(feature = "client")]
    assert_eq!(paging_cookie(&cookie).unwrap(), b"next");
}

#[test]
fn a_nest_of_sequences_is_refused_and_not_followed() {
    let mut nest = vec![0x30, 0];
    for _ in 0..20_000 {
        nest = [
            vec![0x30, 0x84],
            u32::try_from(nest.len()).unwrap().to_be_bytes().to_vec(),
            nest,
        ]
        .concat();
    }
    assert_eq!(check(&nest).unwrap_err().kind(), ErrorKind::Protocol);
    let inside = message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"]), &nest])]);
    assert_eq!(check(&inside).unwrap_err().kind(), ErrorKind::Protocol);
}

#[test]
fn what_an_ldap_library_could_stumble_over_is_refused() {
    let attribute = |name: &[u8]| tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[name]), &tlv(0x31, &[])])]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty message", vec![0x30, 0]),
        ("no number", tlv(0x30, &[&tlv(4, &[b"zz"]), &done()])),
        ("number too long", tlv(0x30, &[&[2, 5, 1, 1, 1, 1, 1], &done()])),
        ("number only", tlv(0x30, &[&[2, 1, 2]])),
        ("unknown operation", message(&[&tlv(0x66, &[])])),
        ("high tag", message(&[&[0x7f, 0x81, 1, 0]])),
        (
            "name not UTF-8",
            message(&[&tlv(0x64, &[&tlv(4, &[b"cn=\xff"]), &attribute(b"cn")])]),
        ),
        (
            "attribute not UTF-8",
            message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"]), &attribute(b"c\xff")])]),
        ),
        (
            "entry without attributes",
            message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"])])]),
        ),
        ("result without text", message(&[&tlv(0x65, &[&[0x0a, 1, 0]])])),
        (
            "controls of the wrong kind",
            message(&[&done(), &tlv(0xa0, &[&tlv(4, &[b"zz"])])]),
        ),
        (
            "control with an odd value",
            message(&[&done(), &tlv(0xa0, &[&tlv(0x30, &[&tlv(4, &[b"1"]), &[2, 0]])])]),
        ),
        (
            "truth value of no bytes",
            message(&[&done(), &tlv(0xa0, &[&tlv(0x30, &[&tlv(4, &[b"1"]), &[1, 0]])])]),
        ),
        ("two bodies", message(&[&done(), &done()])),
        ("indefinite length", vec![0x30, 0x80, 0, 0]),
        ("length of lengths", [vec![0x30, 0xff], vec![0xff; 127]].concat()),
        ("inner length too long", message(&[&[0x65, 0x20, 0x0a, 1, 0]])),
    ];
    for (name, bytes) in cases {
        assert_eq!(
            check(&bytes).map_err(|e| e.kind()),
            Err(ErrorKind::Protocol),
            "{name}"
        );
    }
}

#[test]
fn an_announced_length_is_refused_before_it_is_stored() {
    assert_eq!(
        check(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]).unwrap_err().kind(),
        ErrorKind::Limit
    );
}

#[test]
fn many_small_elements_are_too_many() {
    let values = tlv(0x31, &[&[4, 0].repeat(600_000)]);
    let list = tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[b"member"]), &values])]);
    let bomb = message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"]), &list])]);
    assert_eq!(check(&bomb).unwrap_err().kind(), ErrorKind::Limit);
}

proptest! {
    #[test]
    fn no_bytes_make_the_guard_panic(
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        noise in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut bytes = message(&[&ann()]);
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = check(&bytes);
        let _ = check(&noise);
    }
}
