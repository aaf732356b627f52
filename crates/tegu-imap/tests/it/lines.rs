//! Odd but legal or really seen response lines, and what must be read in them.

use tegu_imap::wire::{Body, Condition, Decoder, FetchItem, Response, ResponseCode, Status};
use tegu_imap::{Flags, UidValidity};

fn read(line: &str) -> Response {
    read_octets(line.as_bytes())
}

fn read_octets(line: &[u8]) -> Response {
    let mut decoder = Decoder::default();
    decoder.push(line);
    decoder.push(b"\r\n* 77 EXISTS\r\n");
    let response = decoder.next_response().unwrap().unwrap();
    // Whatever the line was, the one behind it is not lost.
    assert_eq!(
        decoder.next_response().unwrap(),
        Some(Response::Exists(77)),
        "{}",
        line.escape_ascii()
    );
    response
}

fn fetch(items: &str) -> FetchItem {
    match read(&format!("* 1 FETCH ({items})")) {
        Response::Fetch(item) => *item,
        other => panic!("{items}: {other:?}"),
    }
}

fn status(line: &str) -> Status {
    match read(line) {
        Response::Tagged(_, status) | Response::Untagged(status) => status,
        other => panic!("{line}: {other:?}"),
    }
}

fn flags<const N: usize>(names: [&str; N]) -> Option<Flags> {
    Some(names.into_iter().collect())
}

fn body(items: &str) -> Body {
    fetch(items)
        .body()
        .cloned()
        .unwrap_or_else(|| panic!("{items}: no body"))
}

#[test]
fn names_in_every_form() {
    for (line, delimiter, name) in [
        (r#"* LIST (\HasNoChildren \Sent) "/" Sent"#, Some('/'), "Sent"),
        (r#"* LIST () NIL INBOX"#, None, "INBOX"),
        (r#"* LIST () "/" "a\"b\\c""#, Some('/'), "a\"b\\c"),
        (r#"* LIST () "\\" x"#, Some('\\'), "x"),
        ("* LIST () \"/\" {3}\r\na\"b", Some('/'), "a\"b"),
        ("* LIST () \"/\" {9}\r\nпочт\"", Some('/'), "почт\""),
        (r#"* LIST () "/" Projects/[old]"#, Some('/'), "Projects/[old]"),
        (r#"* LIST () "." &BBAEQARFBDgEMg-"#, Some('.'), "&BBAEQARFBDgEMg-"),
        (r#"* LIST () "/" "x" (CHILDINFO ("SUBSCRIBED"))"#, Some('/'), "x"),
        (r#"* LIST () "/" "new" ("OLDNAME" ("old"))"#, Some('/'), "new"),
        (r#"* list (\noselect)  "/"  "x""#, Some('/'), "x"),
        (r#"* LIST () "/" "TEST ""#, Some('/'), "TEST "),
        (r#"* LIST () "/" NIL"#, Some('/'), "NIL"),
    ] {
        let Response::List(item) = read(line) else {
            panic!("{line}")
        };
        assert_eq!(
            (item.delimiter, &item.name[..]),
            (delimiter, name.as_bytes()),
            "{line}"
        );
    }
    assert!(matches!(read(r#"* LSUB () "/" INBOX"#), Response::Lsub(_)));
    let Response::List(item) = read(r#"* LIST (\HasChildren \NonExistent) "/" x"#) else {
        panic!()
    };
    assert_eq!(item.attributes, ["\\HasChildren", "\\NonExistent"]);
}

#[test]
fn counts_with_new_items_and_trailing_blanks() {
    for (line, messages) in [
        ("* STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 5)", 3),
        ("* STATUS \"INBOX\" (MESSAGES 3 SIZE 99999999999 DELETED 0) ", 3),
        ("* STATUS INBOX (APPENDLIMIT NIL MAILBOXID (F1) MESSAGES 4)", 4),
        ("* STATUS INBOX (HIGHESTMODSEQ 9223372036854775807 MESSAGES 5)", 5),
        ("* STATUS {5}\r\nINBOX ( MESSAGES 6 )", 6),
    ] {
        let Response::Status(name, items) = read(line) else {
            panic!("{line}")
        };
        assert_eq!(
            (&name[..], items.messages),
            (&b"INBOX"[..], Some(messages)),
            "{line}"
        );
    }
}

#[test]
fn namespaces() {
    let Response::Namespace([personal, others, shared]) =
        read(r#"* NAMESPACE (("INBOX." ".")("" NIL "X-PARAM" ("a" "b"))) NIL (("Public/" "/"))"#)
    else {
        panic!()
    };
    assert_eq!(
        (personal[0].prefix.as_str(), personal[0].delimiter),
        ("INBOX.", Some('.'))
    );
    assert_eq!((personal[1].prefix.as_str(), personal[1].delimiter), ("", None));
    assert_eq!((others.len(), shared[0].prefix.as_str()), (0, "Public/"));
}

#[test]
fn dates() {
    for (items, seconds) in [
        (r#"INTERNALDATE "17-Jul-1996 02:44:25 -0700""#, Some(837_596_665)),
        (r#"INTERNALDATE " 7-Jul-1996 02:44:25 -0700""#, Some(836_732_665)),
        (r#"INTERNALDATE "7-Jul-1996 02:44:25 -0700""#, Some(836_732_665)),
        ("INTERNALDATE NIL", None),
        (r#"INTERNALDATE """#, None),
        (r#"INTERNALDATE "00-Jan-0000 00:00:00 +0000""#, None),
    ] {
        let item = fetch(&format!("{items} UID 4"));
        assert_eq!(
            item.internal_date.map(|date| date.unix_seconds()),
            seconds,
            "{items}"
        );
        assert_eq!(item.uid.map(|uid| uid.get()), Some(4), "{items}");
    }
}

#[test]
fn what_is_beside_the_point_costs_nothing_else() {
    for extra in [
        "MODSEQ (123)",
        "PREVIEW NIL",
        "PREVIEW {3}\r\nabc",
        "EMAILID (M6) THREADID NIL",
        "SAVEDATE NIL",
        r#"X-GM-MSGID 1278455344230334865 X-GM-LABELS (\Inbox "a b" "&BB8-")"#,
        "BODY[HEADER.FIELDS (\"SUBJECT\" FROM)] {4}\r\n\r\n\r\n",
        "BODY[TEXT]<0> \"\"",
        "BINARY[] ~{4}\r\na\0b)",
        "BINARY[1] NIL",
        r#"BODYSTRUCTURE ("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 3 NIL NIL 1)"#,
        "BODY (\"TEXT\" \"PLAIN\" NIL NIL NIL NIL 0 0)",
        "ENVELOPE (NIL \"Привет\" NIL NIL NIL NIL NIL NIL NIL NIL)",
        "UNKNOWN-ITEM (a (b \"c)\"))",
        " ",
    ] {
        let item = fetch(&format!("FLAGS (\\Seen) {extra} UID 9  RFC822.SIZE 12 "));
        assert_eq!(item.uid.map(|uid| uid.get()), Some(9), "{extra}");
        assert_eq!((item.flags, item.size), (flags(["\\Seen"]), Some(12)), "{extra}");
    }
    assert_eq!(
        fetch("MODSEQ (9223372036854775807)").mod_seq,
        Some(i64::MAX as u64)
    );
}

#[test]
fn flags_that_break_other_parsers() {
    assert_eq!(
        fetch(r"FLAGS (\Seen a]b %c $Label[1] NIL)").flags,
        flags(["\\Seen", "a]b", "%c", "$Label[1]", "NIL"])
    );
    assert_eq!(fetch("FLAGS (важно)").flags, flags(["важно"]));
    assert_eq!(fetch("FLAGS ()").flags, flags([]));
    let Response::Flags(known) = read(r"* FLAGS (\Answered \* важно)") else {
        panic!()
    };
    assert!(known.contains("важно"));
}

#[test]
fn sizes_beyond_32_bits_and_below_zero() {
    assert_eq!(fetch("RFC822.SIZE 5000000000").size, Some(5_000_000_000));
    assert_eq!(fetch("RFC822.SIZE -1 UID 3").size, None);
    assert_eq!(fetch("UID 0").uid, None);
    assert_eq!(fetch("UID 4294967296").uid, None);
}

#[test]
fn bodies_in_every_form_and_place() {
    let whole = |octets: &'static [u8]| Body::Whole(octets.into());
    assert_eq!(body("UID 1 BODY[] {5}\r\na\r\n)b"), whole(b"a\r\n)b"));
    assert_eq!(body("BODY[] {5}\r\na\r\n)b UID 1"), whole(b"a\r\n)b"));
    assert_eq!(body("BODY[] {0}\r\n UID 1"), whole(b""));
    assert_eq!(body("BODY[] \"\""), whole(b""));
    assert_eq!(body(r#"BODY[] "a\"b""#), whole(b"a\"b"));
    assert_eq!(body("BODY[] NIL"), Body::Nil);
    assert_eq!(body("BODY[] {3+}\r\nabc"), whole(b"abc"));
    assert_eq!(body("BODY[] {3}\r\na\0b"), whole(b"a\0b"));
    assert_eq!(body("RFC822 {1}\r\nx"), whole(b"x"));
    assert_eq!(fetch("BODY[]<0> {1}\r\nx").body(), None);
    assert_eq!(fetch("BODY[HEADER] {1}\r\nx").body(), None);
}

#[test]
fn status_lines_that_servers_send() {
    for (line, condition, text) in [
        ("T1 OK", Condition::Ok, ""),
        ("T1 NO ", Condition::No, ""),
        (
            "T1 BAD Command received in Invalid state.",
            Condition::Bad,
            "Command received in Invalid state.",
        ),
        ("* BYE", Condition::Bye, ""),
        (
            "* BYE Connection is closed. 13",
            Condition::Bye,
            "Connection is closed. 13",
        ),
        (
            "T1 NO Сервер недоступен {15}",
            Condition::No,
            "Сервер недоступен {15}",
        ),
        ("* OK [UNKNOWN-CTE a b] text", Condition::Ok, "text"),
        ("* PREAUTH hello", Condition::Preauth, "hello"),
        ("* ok [ALERT] x", Condition::Ok, "x"),
        ("* OK [broken", Condition::Ok, "[broken"),
    ] {
        let status = status(line);
        assert_eq!(
            (status.condition, status.text.as_str()),
            (condition, text),
            "{line}"
        );
    }
    let raw = read_octets(b"T1 NO \xcd\xe5\xf2 {3}");
    assert!(matches!(raw, Response::Tagged(_, status) if status.text.ends_with("{3}")));
}

#[test]
fn codes() {
    let validity = UidValidity::new(1);
    for (line, code) in [
        ("T1 NO [OVERQUOTA] full", ResponseCode::OverQuota),
        ("T1 NO [TRYCREATE] none", ResponseCode::TryCreate),
        ("T1 NO [LIMIT] x", ResponseCode::Limit),
        ("T1 NO [TOOBIG] x", ResponseCode::TooBig),
        ("T1 OK [READ-ONLY] x", ResponseCode::ReadOnly),
        ("* OK [UIDVALIDITY 1]", ResponseCode::UidValidity(validity)),
        ("* OK [UIDNEXT 7] Predicted", ResponseCode::UidNext(7)),
        ("* OK [HIGHESTMODSEQ 5] x", ResponseCode::HighestModSeq(5)),
        (
            "* OK [NOMODSEQ] x",
            ResponseCode::Other("NOMODSEQ".into(), String::new()),
        ),
        ("* NO [UIDNOTSTICKY] x", ResponseCode::UidNotSticky),
        (
            "* OK [MAILBOXID (F2212)] x",
            ResponseCode::Other("MAILBOXID".into(), "(F2212)".into()),
        ),
        ("T1 NO [inuse] x", ResponseCode::InUse),
        (
            "* OK [ClOsEd] x",
            ResponseCode::Other("CLOSED".into(), String::new()),
        ),
    ] {
        assert!(line.to_ascii_uppercase().contains(code.name()), "{line}");
        assert_eq!(status(line).code, Some(code), "{line}");
    }
    let greeting = status("* OK [CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN] ready");
    let Some(ResponseCode::Capability(offered)) = greeting.code else {
        panic!()
    };
    assert!(offered.has("literal+") && offered.has("AUTH=PLAIN"));
}

#[test]
fn capabilities_and_ids() {
    for line in [
        "* CAPABILITY IMAP4rev2 ",
        "* CAPABILITY  imap4rev2",
        "* ENABLED IMAP4rev2",
    ] {
        match read(line) {
            Response::Capability(offered) | Response::Enabled(offered) => {
                assert!(offered.has("IMAP4REV2"), "{line}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
    let Response::Id(fields) = read(r#"* ID ("name" "Dovecot" "version" NIL)"#) else {
        panic!()
    };
    assert_eq!(fields, [("name".to_owned(), "Dovecot".to_owned())]);
    assert_eq!(read("* ID NIL"), Response::Id(vec![]));
}

#[test]
fn rights_of_others_and_of_oneself() {
    let Response::Acl(name, entries) =
        read("* ACL {5}\r\nINBOX anna lrswikxtecda \"-b c\" lrs {3}\r\ny\"z \"\" anyone p")
    else {
        panic!()
    };
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.identifier.as_str(),
                entry.rights.to_string(),
                entry.is_negative(),
            )
        })
        .collect();
    assert_eq!(&name[..], b"INBOX");
    assert_eq!(
        entries,
        [
            ("anna", "lrswikxtea".to_owned(), false),
            ("-b c", "lrs".to_owned(), true),
            ("y\"z", String::new(), false),
            ("anyone", "p".to_owned(), false)
        ]
    );
    assert_eq!(read("* ACL x"), Response::Acl("x".into(), vec![]));
    assert_eq!(
        read("* MYRIGHTS \"a b\" lrcd"),
        Response::MyRights("a b".into(), "lrkxte".parse().unwrap())
    );
    let Response::ListRights(name, identifier, rights) = read("* LISTRIGHTS x anna l r s te k 0 ") else {
        panic!()
    };
    assert_eq!(
        (&name[..], identifier.as_str(), rights.required.to_string()),
        (&b"x"[..], "anna", "l".to_owned())
    );
    let optional: Vec<_> = rights.optional.iter().map(ToString::to_string).collect();
    assert_eq!(optional, ["r", "s", "te", "k", "0"]);
    for line in [
        "* ACL",
        "* ACL x anna",
        "* ACL x (anna lr)",
        "* MYRIGHTS x",
        "* LISTRIGHTS x anna",
    ] {
        assert!(matches!(read(line), Response::Unknown(_)), "{line}");
    }
}

#[test]
fn quotas() {
    let Response::Quota(quota) = read("* QUOTA \"User quota\" (STORAGE 10 512 message 3 1000 X-ODD 1 2)")
    else {
        panic!()
    };
    assert_eq!(quota.root, "User quota");
    assert_eq!(
        (quota.octets_left(), quota.messages_left()),
        (Some(502 * 1024), Some(997))
    );
    assert_eq!(quota.resource("x-odd").map(|odd| odd.limit), Some(2));
    for (line, left) in [
        ("* QUOTA \"\" ()", None),
        ("* QUOTA {0}\r\n (STORAGE 600 512)", Some(0)),
        ("* QUOTA \"\" (STORAGE 0 9223372036854775807)", Some(u64::MAX)),
        ("* QUOTA \"\" (STORAGE -1 9)", None),
        ("* QUOTA \"\" (STORAGE 1)", None),
    ] {
        let Response::Quota(quota) = read(line) else {
            panic!("{line}")
        };
        assert_eq!(quota.octets_left(), left, "{line}");
    }
    assert_eq!(
        read("* QUOTAROOT INBOX \"User quota\" x"),
        Response::QuotaRoot("INBOX".into(), vec!["User quota".into(), "x".into()])
    );
    assert_eq!(
        read("* QUOTAROOT comp.mail.mime"),
        Response::QuotaRoot("comp.mail.mime".into(), vec![])
    );
}

#[test]
fn continuations() {
    for (line, text) in [
        ("+", ""),
        ("+ ", ""),
        ("+ Ready for {3}", "Ready for {3}"),
        ("+ cGxhaW4=", "cGxhaW4="),
    ] {
        assert_eq!(read(line), Response::Continue(text.into()), "{line:?}");
    }
}

#[test]
fn what_is_not_for_us_is_skipped_whole() {
    for line in [
        "* ESEARCH (TAG \"A1\") UID MIN 1 COUNT 3",
        "* SEARCH 1 2 (MODSEQ 9)",
        "* SEARCH ",
        "* METADATA INBOX (/shared/x {3}\r\na\"b)",
        "* THREAD (2)(3 6 (4 23))",
        "* X-UNHEARD-OF {2}\r\n\r\n",
        "CAPABILITY completed.",
        "* LIST (",
        "* LIST () \"/\"",
        "* 1 FETCH (UID",
        "* 1 FETCH (UID 3",
        "* 1 FETCH UID 3",
        "* 99999999999 EXISTS",
        "* NAMESPACE NIL",
        "",
        "*",
        "* ",
    ] {
        assert!(matches!(read(line), Response::Unknown(_)), "{line}");
    }
}

#[test]
fn line_feeds_alone_end_lines_too() {
    let mut decoder = Decoder::default();
    decoder.push(b"* 3 EXISTS\n* 1 FETCH (BODY[] {2}\nab)\n* 1 RECENT\n* 2 EXPUNGE\r\n");
    let mut next = || decoder.next_response().unwrap().unwrap();
    assert_eq!(next(), Response::Exists(3));
    assert!(matches!(next(), Response::Fetch(item) if item.body() == Some(&Body::Whole("ab".into()))));
    assert_eq!((next(), next()), (Response::Recent(1), Response::Expunge(2)));
}
