#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn one(source: &str) -> (String, Vec<String>) {
    let split = cards(source.as_bytes(), Version::V3, &Limits::default()).unwrap();
    assert_eq!(split.items.len(), 1, "{:?}", split.items);
    let item = &split.items[0];
    let body = String::from_utf8(item.body.clone().unwrap()).unwrap();
    (
        body.replace("\r\n ", ""),
        item.findings
            .iter()
            .map(|finding| finding.code().to_owned())
            .collect(),
    )
}

#[test]
fn a_version_2_1_card_is_written_as_3_0() {
    let (body, codes) = one(concat!(
        "BEGIN:VCARD\r\nVERSION:2.1\r\n",
        "N;LANGUAGE=ru;CHARSET=utf-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2;=\r\n",
        "=D0=98=D0=B2=D0=B0=D0=BD\r\n",
        "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab, c; d\r\n",
        "TEL;WORK;VOICE:+7 495 1\r\n",
        "EMAIL;PREF;INTERNET:a@b.ru\r\n",
        "PHOTO;JPEG;BASE64:\r\nQUJD\r\nREVG\r\n\r\n",
        "X-MS-IMADDRESS:x\r\nEND:VCARD\r\n",
    ));
    assert!(body.contains("VERSION:3.0\r\n") && !body.contains("2.1"));
    assert!(body.contains("N;LANGUAGE=ru:Иванов;Иван;;;\r\n"), "{body}");
    assert!(body.contains("NOTE:a\\nb\\, c\\; d\r\n"), "{body}");
    assert!(body.contains("TEL;TYPE=WORK,VOICE:+7 495 1\r\n"), "{body}");
    assert!(body.contains("EMAIL;TYPE=PREF,INTERNET:a@b.ru\r\n"), "{body}");
    assert!(body.contains("PHOTO;TYPE=JPEG;ENCODING=b:QUJDREVG\r\n"), "{body}");
    assert!(
        body.contains("X-MS-IMADDRESS:x\r\n") && body.contains("FN:Иван Иванов\r\n"),
        "{body}"
    );
    assert_eq!(
        codes,
        ["DAV-REPAIR-VERSION", "DAV-REPAIR-ADDED", "DAV-REPAIR-ADDED"]
    );
}

#[test]
fn koi8_and_windows_1251_are_read_by_name_and_by_guess() {
    for (charset, encoding) in [
        ("koi8-r", encoding_rs::KOI8_R),
        ("windows-1251", encoding_rs::WINDOWS_1251),
    ] {
        for declared in [true, false] {
            let mut source = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN".to_vec();
            if declared {
                source.extend_from_slice(format!(";CHARSET={charset}").as_bytes());
            }
            source.extend_from_slice(b":");
            source.extend_from_slice(&encoding.encode("Пётр Семёнов").0);
            source.extend_from_slice(b"\r\nEND:VCARD\r\n");
            let split = cards(&source, Version::V3, &Limits::default()).unwrap();
            assert_eq!(split.items[0].summary, "Пётр Семёнов");
            assert!(!split.items[0].is_lossy());
            assert_eq!(split.findings.is_empty(), declared);
        }
    }
}

#[test]
fn a_version_3_card_keeps_its_lines() {
    let source = concat!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nUID:u1\r\n",
        "item1.URL:http://x\r\nitem1.X-ABLabel:_$!<HomePage>!$_\r\nX-CUSTOM;FOO=bar:va\\,l\r\nEND:VCARD\r\n",
    );
    let (body, codes) = one(source);
    assert_eq!(body, source);
    assert_eq!(codes, [""; 0]);
}

#[test]
fn a_line_that_is_no_property_is_named_and_not_written() {
    for line in ["no property at all\r\n", "END:VNOTE\r\n", "BEGIN:VNOTE\r\n"] {
        let source =
            format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nUID:u1\r\n{line}END:VCARD\r\n");
        let (body, codes) = one(&source);
        assert_eq!(body, source.replace(line, ""));
        assert_eq!(codes, ["DAV-JUNK-LINE"]);
    }
}

#[test]
fn what_would_be_lost_is_named() {
    for (line, code) in [
        ("AGENT:\r\nBEGIN:VCARD\r\nN:B\r\nEND:VCARD", "DAV-CARD-AGENT"),
        (
            "EMAIL;EX:/o=Org/ou=First/cn=Recipients/cn=ivanov",
            "DAV-ADDRESS-X500",
        ),
        ("PHOTO;BASE64:Q?", "DAV-BASE64-INVALID"),
        ("no property", "DAV-JUNK-LINE"),
        (
            "NOTE;CHARSET=utf-7;ENCODING=QUOTED-PRINTABLE:=41",
            "DAV-CHARSET-UNKNOWN",
        ),
        ("NOTE:a\u{b}b", "DAV-CONTROL-CHARACTER"),
    ] {
        let (_, codes) = one(&format!(
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\n{line}\r\nEND:VCARD\r\n"
        ));
        assert!(codes.iter().any(|known| known == code), "{line}: {codes:?}");
    }
}

#[test]
fn directory_addresses_are_resolved_by_the_caller() {
    let known = "/o=Org/ou=First/cn=Recipients/cn=anna";
    let table =
        crate::resolve::Table::new([(known, "anna@example.org"), ("/o=Org, Inc/cn=x", "x@example.org")]);
    let hidden = "IMCEAEX-_O=Org_OU=First_CN=Recipients_CN=anna@old.example.org";
    for (version, target, line, expected) in [
        (
            "2.1",
            Version::V3,
            format!("EMAIL;EX:{known}"),
            "EMAIL;TYPE=INTERNET:anna@example.org",
        ),
        (
            "2.1",
            Version::V3,
            format!("EMAIL;PREF;EX:{known}"),
            "EMAIL;TYPE=PREF,INTERNET:anna@example.org",
        ),
        (
            "2.1",
            Version::V4,
            format!("EMAIL;PREF;EX:{known}"),
            "EMAIL;PREF=1:anna@example.org",
        ),
        (
            "2.1",
            Version::V3,
            "EMAIL;EX;ENCODING=QUOTED-PRINTABLE:/o=3DOrg/ou=3DFirst/cn=3DRecipients/=\r\ncn=3Danna"
                .to_owned(),
            "EMAIL;TYPE=INTERNET:anna@example.org",
        ),
        (
            "2.1",
            Version::V3,
            format!("EMAIL;INTERNET:{hidden}"),
            "EMAIL;TYPE=INTERNET:anna@example.org",
        ),
        (
            "3.0",
            Version::V3,
            format!("item1.EMAIL;X-A=b;type=EX,pref:{known}"),
            "item1.EMAIL;X-A=b;type=INTERNET,pref:anna@example.org",
        ),
        (
            "3.0",
            Version::V3,
            "EMAIL;TYPE=EX:/o=Org\\, Inc/cn=x".to_owned(),
            "EMAIL;TYPE=INTERNET:x@example.org",
        ),
        (
            "3.0",
            Version::V3,
            format!("X-ADDRESSBOOKSERVER-MEMBER:mailto:{hidden}"),
            "X-ADDRESSBOOKSERVER-MEMBER:mailto:anna@example.org",
        ),
        (
            "4.0",
            Version::V4,
            format!("EMAIL;TYPE=EX;PREF=1:EX:{known}"),
            "EMAIL;PREF=1:anna@example.org",
        ),
        (
            "4.0",
            Version::V4,
            format!("MEMBER:mailto:{hidden}"),
            "MEMBER:mailto:anna@example.org",
        ),
    ] {
        let source = format!(
            "BEGIN:VCARD\r\nVERSION:{version}\r\nN:A;;;;\r\nFN:A\r\nUID:1\r\n{line}\r\nEND:VCARD\r\n"
        );
        let read = |lookup: Option<&dyn Lookup>| {
            let split = cards_with(source.as_bytes(), target, lookup, &Limits::default()).unwrap();
            let item = split.items[0].clone();
            (
                String::from_utf8(item.body.clone().unwrap())
                    .unwrap()
                    .replace("\r\n ", ""),
                item,
            )
        };
        let (body, item) = read(Some(&table));
        assert!(
            body.contains(&format!("\r\n{expected}\r\n")),
            "{expected} in {body}"
        );
        assert!(!item.is_lossy(), "{:?}", item.findings);
        assert!(
            item.findings.iter().any(|f| f.code() == "DAV-ADDRESS-RESOLVED"),
            "{line}"
        );
        // Whom nobody knows, a person decides about.
        let (_, item) = read(None);
        assert!(
            item.lossy().any(|f| f.code() == "DAV-ADDRESS-X500"),
            "{line}: {:?}",
            item.findings
        );
    }
}

#[test]
fn nothing_is_left_unaccounted() {
    let source = b"BEGIN:VCARD\nVERSION:3.0\nFN:a\nUID:1\nEND:VCARD\njunk\nBEGIN:VCARD\nVERSION:3.0\nFN:b\nUID:1\nEND:VCARD\nBEGIN:VCARD\nFN:c";
    let split = cards(source, Version::V3, &Limits::default()).unwrap();
    let codes: Vec<Vec<_>> = split
        .items
        .iter()
        .map(|item| {
            item.findings
                .iter()
                .filter(|f| f.is_lossy())
                .map(Finding::code)
                .collect()
        })
        .collect();
    assert_eq!(
        codes,
        [
            vec!["DAV-UID-DUPLICATE"],
            vec!["DAV-UID-DUPLICATE"],
            vec!["DAV-TRUNCATED"],
            vec!["DAV-JUNK-LINE"]
        ]
    );
    assert_eq!(
        cards(b"hello", Version::V3, &Limits::default())
            .unwrap_err()
            .kind(),
        ErrorKind::Malformed
    );
}

#[test]
fn a_space_at_the_end_survives_a_fold_of_its_own() {
    let text = "a".repeat(75 - "NOTE:".len());
    let source = format!(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nNOTE;ENCODING=QUOTED-PRINTABLE:{text}=20\r\nEND:VCARD\r\n"
    );
    let first = cards(source.as_bytes(), Version::V3, &Limits::default()).unwrap();
    let body = first.items[0].body.as_deref().unwrap();
    assert!(String::from_utf8_lossy(body).contains(&format!("NOTE:{text}\r\n  \r\n")));
    let again = cards(body, Version::V3, &Limits::default()).unwrap();
    assert_eq!(again.items[0].body.as_deref(), Some(body));
    assert!(again.items[0].findings.is_empty() && again.findings.is_empty());
}

#[test]
fn the_same_card_twice_is_one_item() {
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;;;;\r\nFN:A\r\nEND:VCARD\r\n";
    let split = cards(card.repeat(3).as_bytes(), Version::V3, &Limits::default()).unwrap();
    assert_eq!((split.items.len(), split.items[0].components), (1, 3));
}

#[test]
fn what_is_added_replaces_an_empty_one() {
    for version in ["3.0", "4.0"] {
        let (body, codes) = one(&format!(
            "BEGIN:VCARD\r\nVERSION:{version}\r\nUID: \r\na.FN:\r\nN:A;;;;\r\nEND:VCARD\r\n"
        ));
        assert_eq!(codes, ["DAV-REPAIR-ADDED", "DAV-REPAIR-ADDED"]);
        assert_eq!(body.matches("UID").count(), 1, "{body}");
        assert_eq!(body.matches("FN").count(), 1, "{body}");
        assert!(
            body.contains("\r\nUID:tegu-") && body.contains("\r\nFN:A\r\n"),
            "{body}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_as_the_same(
        lines in proptest::collection::vec(
            "((BEGIN|END):VCARDS?|VERSION:(2.1|3.0|4.0)|(UID|FN): ?a?|N(;CHARSET=utf-8)?(;QUOTED-PRINTABLE)?:[;=ABCDa-f\\\\,]{0,9}|PHOTO;BASE64:[A-D]{0,8}|TEL;[A-Z,]{1,5};TYPE=[a-z,\"]{0,4}:1|[A-Z]{1,3};[A-Z]=[^\\r\\n]{0,6}:x|[A-D]{4}|\\PC{0,20}| ?[A-D=]{0,5})",
            0..14,
        ),
        closed in any::<bool>(),
        v4 in any::<bool>(),
    ) {
        let target = if v4 { Version::V4 } else { Version::V3 };
        let source = if closed { format!("BEGIN:VCARD\r\nFN:x\r\n{}\r\nEND:VCARD", lines.join("\r\n")) } else { lines.join("\n") };
        if let Ok(split) = cards(source.as_bytes(), target, &Limits::default()) {
            for item in split.items.iter().filter(|item| !item.is_lossy()) {
                let body = item.body.as_deref().unwrap();
                prop_assert_eq!(crate::strict::card(body), Ok(()));
                let again = cards(body, target, &Limits::default()).unwrap();
                prop_assert_eq!(again.items.len(), 1);
                prop_assert_eq!(String::from_utf8_lossy(again.items[0].body.as_deref().unwrap()), String::from_utf8_lossy(body));
                prop_assert!(!again.items[0].is_lossy(), "{:?}", again.items[0].findings);
            }
        }
    }
}

#[test]
fn a_comma_that_version_2_1_escapes_stays_one_comma() {
    let (body, codes) = one(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:a\\,b;c\r\nFN:a\\,b\r\nNOTE:d\\,e,f\\;g;h\r\nADR:;;i\\,j\r\nEND:VCARD\r\n",
    );
    for expected in [
        "N:a\\,b;c;;;\r\n",
        "FN:a\\,b\r\n",
        "NOTE:d\\,e\\,f\\;g\\;h\r\n",
        "ADR:;;i\\,j;;;;\r\n",
    ] {
        assert!(body.contains(expected), "{expected} in {body}");
    }
    assert_eq!(codes, ["DAV-REPAIR-VERSION", "DAV-REPAIR-ADDED"]);
}
