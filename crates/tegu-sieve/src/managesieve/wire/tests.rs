use super::*;
use proptest::prelude::*;

fn all(decoder: &mut Decoder) -> Result<Vec<Response>> {
    let mut out = Vec::new();
    while let Some(response) = decoder.next_response()? {
        out.push(response);
    }
    Ok(out)
}

const SESSION: &[u8] = b"\"IMPLEMENTATION\" \"Dovecot \\\"Pigeonhole\\\"\"\r\n\"SIEVE\" \"fileinto vacation\"\r\n\"SASL\" \"plain\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n\
    \"a\" ACTIVE\r\n{3+}\r\nb\r\n\r\n\"OK\"\r\nOK\r\n{7}\r\nkeep;\r\n\r\nOK (TAG \"x\") \"Done\"\r\nNO (QUOTA/MAXSIZE) {9}\r\ntoo\r\nlong\r\nBYE\r\n";

#[test]
fn a_session() {
    let mut decoder = Decoder::default();
    decoder.push(SESSION);
    let all = all(&mut decoder).unwrap();
    assert_eq!(
        all.iter().map(|one| one.status).collect::<Vec<_>>(),
        [Status::Ok, Status::Ok, Status::Ok, Status::No, Status::Bye]
    );
    let capabilities = Capabilities::of(&all[0]);
    assert_eq!(
        (capabilities.implementation.as_str(), capabilities.start_tls),
        ("Dovecot \"Pigeonhole\"", true)
    );
    let names: Vec<_> = listed(&all[1])
        .into_iter()
        .map(|one| (one.name, one.active))
        .collect();
    assert_eq!(
        names,
        [
            ("a".to_owned(), true),
            ("b\r\n".into(), false),
            ("OK".into(), false)
        ]
    );
    assert_eq!(all[2].lines, [[Token::Text("keep;\r\n".into())]]);
    let error = all[3].clone().ok().unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Limit, "(QUOTA/MAXSIZE) too long")
    );
    assert!(decoder.is_empty());
}

proptest! {
    #[test]
    fn pieces_make_no_difference(cuts in proptest::collection::vec(1..40_usize, 1..60)) {
        let mut whole = Decoder::default();
        whole.push(SESSION);
        let whole = all(&mut whole).unwrap();
        let (mut decoder, mut out, mut rest) = (Decoder::default(), Vec::new(), SESSION);
        for cut in cuts.into_iter().chain([SESSION.len()]) {
            let (piece, tail) = rest.split_at(cut.min(rest.len()));
            decoder.push(piece);
            out.extend(all(&mut decoder).unwrap());
            rest = tail;
        }
        prop_assert_eq!(out, whole);
    }

    #[test]
    fn a_command_is_read_as_it_was_meant(texts in proptest::collection::vec(".{0,40}", 0..4)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        // The grammar of strings is the same in both directions.
        let mut decoder = Decoder::default();
        decoder.push(&command("OK", &[]));
        decoder.push(&command("\"x\"", &texts));
        decoder.push(b"OK\r\n");
        let all = all(&mut decoder).unwrap();
        let read: Vec<Token> = texts.iter().map(|text| Token::Text((*text).to_owned())).collect();
        prop_assert_eq!(&all[1].lines[0][1..], read.as_slice());
    }
}

#[test]
fn a_server_out_of_bounds() {
    for (octets, kind) in [
        (&b"HELLO\r\n"[..], ErrorKind::Protocol),
        (b"{x}\r\n", ErrorKind::Protocol),
        (b"{99999999999999999999}\r\n", ErrorKind::Protocol),
        (b"{18446744073709551615}\r\n", ErrorKind::Protocol),
        (b"{5} x\r\n", ErrorKind::Protocol),
        (b"OK )\r\n", ErrorKind::Protocol),
        (b"a\rb", ErrorKind::Protocol),
    ] {
        let mut decoder = Decoder::default();
        decoder.push(octets);
        assert_eq!(
            all(&mut decoder).map_err(|e| e.kind()),
            Err(kind),
            "{}",
            String::from_utf8_lossy(octets)
        );
    }
    let mut limits = Limits::default();
    (limits.octets, limits.lines) = (100, 5);
    let mut decoder = Decoder::new(limits);
    decoder.push(&b"\"x\"\r\n".repeat(10));
    assert_eq!(all(&mut decoder).map_err(|e| e.kind()), Err(ErrorKind::Limit));
    let mut decoder = Decoder::new(limits);
    decoder.push(&[b'"'; 1]);
    decoder.push(&[b'x'; 200]);
    assert_eq!(all(&mut decoder).map_err(|e| e.kind()), Err(ErrorKind::Limit));
}
