#![allow(clippy::unwrap_used)]
use super::{
    hash::{hmac, key, utf16},
    *,
};
use proptest::prelude::*;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// [MS-NLMP] 4.2.4: user `User`, domain `Domain`, password `Password`.
#[test]
fn the_examples_of_the_specification() {
    let key = key("User", "Domain", "Password");
    assert_eq!(hex(&key), "0c868a403bfd7a93a3001ef22ef02e3f");
    let pair = |id: u16, text: &str| {
        [
            &id.to_le_bytes()[..],
            &(2 * text.len() as u16).to_le_bytes(),
            &utf16(text),
        ]
        .concat()
    };
    let info = [pair(2, "Domain"), pair(1, "Server"), vec![0; 4]].concat();
    let blob = [
        &[1, 1, 0, 0, 0, 0, 0, 0][..],
        &[0; 8],
        &[0xaa; 8],
        &[0; 4],
        &info,
        &[0; 4],
    ]
    .concat();
    let server = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    let proof = hmac(&key, &[&server, &blob]);
    assert_eq!(hex(&proof), "68cd0ab851e51c96aabc927bebef6a1c");
    assert_eq!(hex(&hmac(&key, &[&proof])), "8de40ccadbc14a82f15cb0ad0de95ca3");
    // The same by way of a challenge without a time.
    let mut message = [
        &SIGNATURE[..],
        &2_u32.to_le_bytes(),
        &[0; 8],
        &FLAGS.to_le_bytes(),
        &server,
        &[0; 8],
    ]
    .concat();
    message.extend((info.len() as u16).to_le_bytes());
    message.extend((info.len() as u16).to_le_bytes());
    message.extend(56_u32.to_le_bytes());
    message.extend([0; 8]);
    message.extend(&info);
    let random = Random {
        nonce: [0xaa; 8],
        time: 0,
    };
    let challenge = Challenge::read(&message).unwrap();
    let answer = challenge.answer(
        &negotiate(),
        &Identity::new("Domain\\User", "Password"),
        "HTTP/x",
        None,
        random,
    );
    let at = answer.windows(16).position(|window| window == proof).unwrap();
    assert_eq!(&answer[at + 16..at + 16 + blob.len()], blob);
    let old = hex(&answer[88..112]);
    assert_eq!(old, "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
}

#[test]
fn names_are_taken_apart() {
    for (name, domain, user) in [
        ("CORP\\anna", "CORP", "anna"),
        ("anna@corp.example", "", "anna@corp.example"),
        ("anna", "", "anna"),
    ] {
        let who = Identity::new(name, "s3cret");
        assert_eq!((who.domain, who.user), (domain, user));
        assert!(!format!("{who:?}").contains("s3cret"));
    }
}

#[test]
fn a_certificate_that_is_none_has_a_binding_too() {
    for octets in [&b""[..], b"\x30\x84\xff\xff\xff\xff", b"\x30\x80"] {
        assert!(
            ChannelBinding::of(octets)
                .data()
                .starts_with(b"tls-server-end-point:")
        );
    }
}

/// The answer repeats what the server says of itself, and counts its octets with 16 bits.
#[test]
fn a_challenge_that_says_too_much_is_refused() {
    let challenge = |length: u16| {
        let mut message = [&SIGNATURE[..], &2_u32.to_le_bytes(), &[0; 28]].concat();
        message.extend(length.to_le_bytes());
        message.extend(length.to_le_bytes());
        message.extend(48_u32.to_le_bytes());
        message.extend(1_u16.to_le_bytes());
        message.extend((length - 4).to_le_bytes());
        message.extend(vec![b'x'; usize::from(length - 4)]);
        Challenge::read(&message)
    };
    challenge(32 << 10).unwrap();
    assert_eq!(challenge(0xfff0).unwrap_err().kind(), crate::ErrorKind::Protocol);
}

proptest! {
    #[test]
    fn no_challenge_makes_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..120), cut in any::<bool>()) {
        let mut message = octets;
        if cut && message.len() > 12 {
            message[..8].copy_from_slice(SIGNATURE);
            message[8..12].copy_from_slice(&2_u32.to_le_bytes());
        }
        if let Ok(challenge) = Challenge::read(&message) {
            let random = Random { nonce: [1; 8], time: 2 };
            let answer = challenge.answer(&negotiate(), &Identity::new("a\\b", "c"), "HTTP/x", None, random);
            prop_assert!(answer.starts_with(SIGNATURE) && answer.len() >= 88);
        }
    }
}
