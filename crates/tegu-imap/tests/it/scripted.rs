//! Sessions against a scripted server: what real servers cannot be made to do at will.

use std::time::Duration;

use tegu_imap::wire::{Body, Limits};
use tegu_imap::{Credentials, Endpoint, ErrorKind, MailboxName, Session, SessionOptions, Uid, UidSet};
use tegu_net::Tls;

use super::support::{GREETING, anna, idle, inbox, login, plain, scripted, secret};

fn uids(numbers: impl IntoIterator<Item = u32>) -> UidSet {
    numbers.into_iter().filter_map(Uid::new).collect()
}

#[tokio::test]
async fn the_source_is_examined_and_peeked_at_only() {
    let (port, heard) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| "* 1 FETCH (UID 4 BODY[] {2}\r\nhi)\r\n$T OK\r\n".into())
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    session.examine(&inbox()).await.unwrap();
    session.snapshot(Uid::MIN).await.unwrap();
    let mut stream = session.fetch_bodies(&uids([4])).await.unwrap();
    assert_eq!(
        stream.next().await.unwrap().unwrap().body,
        Body::Whole("hi".into())
    );
    assert_eq!(stream.next().await.unwrap(), None);
    session.logout().await.unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(
        *heard,
        [
            "LOGIN \"anna\" \"p\"",
            "EXAMINE \"INBOX\"",
            "UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)",
            "UID FETCH 4 (UID FLAGS INTERNALDATE BODY.PEEK[])",
            "LOGOUT"
        ]
    );
}

#[tokio::test]
async fn names_and_passwords_cannot_inject_commands() {
    let (port, heard) = scripted(GREETING, |command| {
        let leave = || {
            if command.ends_with('}') {
                "+".into()
            } else {
                "$T OK\r\n".into()
            }
        };
        login(command, "").unwrap_or_else(leave)
    })
    .await;
    let credentials = Credentials::password("an\"na\r\nX LOGOUT", secret("p\\\r\nY NOOP"));
    let mut session = Session::connect(&plain(port), &credentials).await.unwrap();
    let name = MailboxName::from_wire(b"a\"\r\nZ DELETE INBOX");
    session.subscribe(&name).await.unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(
        *heard,
        [
            "LOGIN {15}\r\nan\"na\r\nX LOGOUT {10}\r\np\\\r\nY NOOP",
            "SUBSCRIBE {18}\r\na\"\r\nZ DELETE INBOX"
        ]
    );
}

#[tokio::test]
async fn a_refused_login_says_whether_to_ask_again() {
    for (greeting, answer, kind, retryable) in [
        (
            GREETING,
            "$T NO LOGIN failed.\r\n",
            ErrorKind::Authentication,
            false,
        ),
        (
            GREETING,
            "$T NO [AUTHORIZATIONFAILED] no\r\n",
            ErrorKind::Authentication,
            false,
        ),
        (
            GREETING,
            "$T BAD Command received in Invalid state.\r\n",
            ErrorKind::Refused,
            false,
        ),
        (
            GREETING,
            "$T NO [LIMIT] too many connections\r\n",
            ErrorKind::Refused,
            true,
        ),
        (
            GREETING,
            "$T NO [UNAVAILABLE] no database\r\n",
            ErrorKind::Refused,
            true,
        ),
        (
            GREETING,
            "$T NO [CONTACTADMIN] locked\r\n",
            ErrorKind::Refused,
            false,
        ),
        ("* BYE too many connections\r\n", "", ErrorKind::Connect, true),
        ("* BYE [UNAVAILABLE] down\r\n", "", ErrorKind::Refused, true),
        ("220 mail.example.org ESMTP\r\n", "", ErrorKind::Protocol, false),
        ("* 1 EXISTS\r\n", "", ErrorKind::Protocol, false),
    ] {
        let (port, _) = scripted(greeting, move |_| answer.into()).await;
        let timeouts = idle(Duration::from_millis(300));
        let error = Session::connect(&plain(port).timeouts(timeouts), &anna())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (kind, retryable),
            "{greeting:?} {answer:?}: {error}"
        );
        assert_eq!(
            error.to_string().contains("without TLS"),
            answer.contains("Invalid state")
        );
    }
}

#[tokio::test]
async fn nul_is_refused_before_anything_is_sent() {
    for credentials in [
        Credentials::password("a\0", secret("p")),
        Credentials::password("a", secret("p\0q")).mechanism("PLAIN"),
        Credentials::password("a", secret("p")).authorize_as("\0"),
    ] {
        let (port, heard) = scripted("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n", |_| String::new()).await;
        let error = Session::connect(&plain(port), &credentials).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(heard.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn passwords_show_nowhere() {
    let (port, _) = scripted(GREETING, |_| "$T NO [AUTHENTICATIONFAILED] no\r\n".into()).await;
    let credentials = Credentials::password("anna", secret("hunter2"));
    let error = Session::connect(&plain(port), &credentials).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(!format!("{error} {error:?} {credentials:?}").contains("hunter2"));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn sasl_plain_with_and_without_an_initial_response() {
    for (capabilities, first) in [("AUTH=PLAIN", false), ("AUTH=PLAIN SASL-IR", true)] {
        let greeting = if first {
            "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR] x\r\n"
        } else {
            "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] x\r\n"
        };
        let mut tag = String::new();
        let (port, heard) = scripted(greeting, move |command| {
            // The bare response line has no tag of its own; the command before it does.
            if command == "AUTHENTICATE PLAIN" {
                tag = "T1".into();
                "+ \r\n".into()
            } else if command.starts_with("AUTHENTICATE PLAIN ") {
                "$T OK [CAPABILITY IMAP4rev1] in\r\n".into()
            } else if command.is_empty() {
                format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n")
            } else {
                "* BYE\r\n$T OK\r\n".into()
            }
        })
        .await;
        let credentials = Credentials::password("admin", secret("p")).authorize_as("anna");
        Session::connect(&plain(port), &credentials)
            .await
            .unwrap()
            .logout()
            .await
            .unwrap();
        let heard = heard.lock().unwrap();
        let expected = if first {
            "AUTHENTICATE PLAIN YW5uYQBhZG1pbgBw"
        } else {
            "AUTHENTICATE PLAIN"
        };
        assert_eq!(heard[0], expected, "{capabilities}");
    }
}

#[tokio::test]
async fn bodies_that_never_come_are_missing_and_a_refusal_costs_its_own_command_only() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| match command {
            _ if command.starts_with("UID FETCH 1:1000 ") => "$T NO cannot convert\r\n".into(),
            // News of a message that was not asked for, OK without data for 1050, a stranger, a double.
            _ => (1001..=1100)
                .filter(|uid| *uid != 1050)
                .map(|uid| format!("* {uid} FETCH (BODY[] {{1}}\r\nx UID {uid})\r\n"))
                .chain(["* 1 FETCH (FLAGS ())\r\n* 9 FETCH (UID 9000 BODY[] {1}\r\ny)\r\n".into()])
                .chain(["* 1001 FETCH (UID 1001 BODY[] {1}\r\nx)\r\n$T OK\r\n".into()])
                .collect(),
        })
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    session.examine(&inbox()).await.unwrap();
    let mut stream = session.fetch_bodies(&uids(1..=1100)).await.unwrap();
    let mut found = UidSet::new();
    while let Some(message) = stream.next().await.unwrap() {
        assert!(found.insert(message.uid));
    }
    assert_eq!(found.to_string(), "1001:1049,1051:1100");
    assert_eq!(stream.missing().to_string(), "1:1000,1050");
    assert_eq!(stream.refused().len(), 1);
    assert_eq!(stream.refused()[0].text, "cannot convert");
}

#[tokio::test]
async fn throttling_says_how_long_to_wait() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| {
            "$T BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds\r\n* BYE Connection closed. 14\r\n".into()
        })
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let error = session.list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn goodbye_and_silence_are_told_apart() {
    let (port, _) = scripted(GREETING, |command| login(command, "").unwrap_or_default()).await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let error = session.list().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    // And stays so, without a wait.
    assert_eq!(session.list().await.unwrap_err().kind(), ErrorKind::Connect);

    let (port, _) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| "* OK still here\r\n".into())
    })
    .await;
    let timeouts = idle(Duration::from_millis(200));
    let mut session = Session::connect(&plain(port).timeouts(timeouts), &anna())
        .await
        .unwrap();
    let error = session.list().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
}

#[tokio::test]
async fn an_answer_to_no_command_ends_the_session() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| "T99 OK\r\n".into())
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    assert_eq!(session.list().await.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn starttls_is_never_skipped_or_poisoned() {
    for (greeting, answer, kind) in [
        (GREETING, "$T BAD unknown\r\n", ErrorKind::Unsupported),
        ("* PREAUTH welcome\r\n", "$T OK\r\n", ErrorKind::Unsupported),
        (
            GREETING,
            "$T OK go\r\n* OK [CAPABILITY IMAP4rev1] injected\r\n",
            ErrorKind::Protocol,
        ),
        (GREETING, "", ErrorKind::Connect),
    ] {
        let (port, heard) = scripted(greeting, move |_| answer.into()).await;
        let endpoint = Endpoint::new(&format!("imap://127.0.0.1:{port}")).unwrap();
        let error = Session::connect(&endpoint, &anna()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
        assert!(
            !heard
                .lock()
                .unwrap()
                .iter()
                .any(|command| command.contains("anna"))
        );
    }
}

#[tokio::test]
async fn limits_end_the_session_with_a_clear_error() {
    let mut limits = Limits::default();
    (limits.mailboxes, limits.messages, limits.line) = (3, 3, 10_000);
    for (what, answer) in [
        ("mailboxes", "* LIST () \"/\" x\r\n".repeat(5)),
        ("octets", format!("* LIST () \"/\" {}", "x".repeat(20_000))),
        (
            "9223372036854775808",
            "* LIST () \"/\" {9223372036854775808}\r\n".into(),
        ),
    ] {
        let (port, _) = scripted(GREETING, move |command| {
            login(command, "").unwrap_or_else(|| answer.clone())
        })
        .await;
        let mut session = Session::connect_with(
            &plain(port),
            &anna(),
            &SessionOptions::new().limits(limits.clone()),
        )
        .await
        .unwrap();
        let error = session.list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains(what), "{error}");
        assert_eq!(session.list().await.unwrap_err().kind(), ErrorKind::Connect);
    }
}

#[tokio::test]
async fn a_message_above_the_limit_is_told_and_the_next_one_comes() {
    let mut limits = Limits::default();
    limits.literal = 1000;
    let (port, _) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| {
            let big = "z".repeat(5000);
            format!("* 1 FETCH (UID 1 BODY[] {{5000}}\r\n{big})\r\n* 2 FETCH (UID 2 BODY[] {{1}}\r\nx)\r\n$T OK\r\n")
        })
    })
    .await;
    let mut session = Session::connect_with(&plain(port), &anna(), &SessionOptions::new().limits(limits))
        .await
        .unwrap();
    session.examine(&inbox()).await.unwrap();
    let mut stream = session.fetch_bodies(&uids([1, 2])).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().body, Body::TooLarge(5000));
    assert_eq!(
        stream.next().await.unwrap().unwrap().body,
        Body::Whole("x".into())
    );
}

#[tokio::test]
async fn nothing_open_is_the_callers_error() {
    let (port, _) = scripted(GREETING, |command| login(command, "").unwrap_or_default()).await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    assert_eq!(
        session.snapshot(Uid::MIN).await.unwrap_err().kind(),
        ErrorKind::Config
    );
    assert_eq!(
        session.fetch_bodies(&uids([1])).await.unwrap_err().kind(),
        ErrorKind::Config
    );
}

#[tokio::test]
async fn root_certificates_that_are_none_are_the_callers_error() {
    for pem in [
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = Tls::default().trust_pem(pem.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{pem:?}");
    }
}

/// Sessions move between the threads of a runtime.
#[tokio::test]
async fn futures_are_send() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let (port, _) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| "$T OK\r\n".into())
    })
    .await;
    let mut session = send(Session::connect(&plain(port), &anna())).await.unwrap();
    send(session.list()).await.unwrap();
    send(session.examine(&inbox())).await.unwrap();
    send(session.snapshot(Uid::MIN)).await.unwrap();
    send(session.append(&inbox(), &[])).await.unwrap();
    let mut stream = send(session.fetch_bodies(&uids([1]))).await.unwrap();
    assert_eq!(send(stream.next()).await.unwrap(), None);
    drop(stream);
    send(session.logout()).await.unwrap();
}

fn names<const N: usize>(names: [&str; N]) -> [MailboxName; N] {
    names.map(|name| MailboxName::new(name).unwrap())
}

#[tokio::test]
async fn many_mailboxes_are_counted_with_one_answer_each() {
    // The server answers the whole series when it has heard all of it, names in other forms, numbers out of turn.
    let mut heard_so_far = Vec::new();
    let (port, heard) = scripted(GREETING, move |command| {
        login(command, "CONDSTORE STATUS=SIZE LITERAL+").unwrap_or_else(|| {
            heard_so_far.push("$T".to_owned());
            if heard_so_far.len() < 6 {
                return "* OK working\r\n".into();
            }
            "* STATUS {5}\r\ninbox (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 9 SIZE 5000000000)\r\n\
             * STATUS c (MESSAGES 30)\r\nT2 OK\r\nT3 NO [NONEXISTENT] gone\r\nT4 OK\r\n\
             * STATUS \"&BBAEQARFBDgEMg-\" (MESSAGES 40) \r\nT5 OK\r\nT6 OK\r\n* STATUS odd (MESSAGES 60)\r\nT7 OK\r\n"
                .into()
        })
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let asked = names(["INBOX", "b", "c", "Архив", "e", "f"]);
    let counted = session.status_all(&asked).await.unwrap();
    let inbox = counted[0].as_ref().unwrap();
    assert_eq!(
        (
            inbox.messages,
            inbox.uid_next,
            inbox.uid_validity.map(|validity| validity.get())
        ),
        (1, Uid::new(2), Some(3))
    );
    assert_eq!(
        (inbox.highest_mod_seq, inbox.size),
        (Some(9), Some(5_000_000_000))
    );
    let messages: Vec<_> = counted
        .iter()
        .map(|counted| {
            counted
                .as_ref()
                .map(|status| status.messages)
                .map_err(tegu_imap::Error::kind)
        })
        .collect();
    assert_eq!(
        messages,
        [
            Ok(1),
            Err(ErrorKind::NotFound),
            Ok(30),
            Ok(40),
            Err(ErrorKind::Protocol),
            Ok(60)
        ]
    );
    let first = "STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ SIZE)";
    assert_eq!(heard.lock().unwrap()[1], first);
    assert!(session.status_all(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn counting_asks_before_literals_and_stays_below_the_error_limit_of_exchange() {
    let (port, heard) = scripted(GREETING, |command| {
        login(command, "").unwrap_or_else(|| {
            if command.ends_with('}') {
                "+".into()
            } else {
                "* STATUS x (MESSAGES 7)\r\n$T OK\r\n".into()
            }
        })
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let asked = [
        inbox(),
        MailboxName::from_wire("Я".as_bytes()),
        inbox(),
        MailboxName::from_wire(b"a\0"),
    ];
    let counted = session.status_all(&asked).await.unwrap();
    assert!(
        counted[..3]
            .iter()
            .all(|status| status.as_ref().unwrap().messages == 7)
    );
    assert_eq!(counted[3].as_ref().unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(
        heard.lock().unwrap()[2],
        "STATUS {2}\r\nЯ (MESSAGES UIDNEXT UIDVALIDITY)"
    );

    let greeting = "* OK The Microsoft Exchange IMAP4 service is ready.\r\n";
    let (port, heard) = scripted(greeting, |command| {
        login(command, "").unwrap_or_else(|| "$T NO x doesn't exist.\r\n".into())
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let asked: Vec<MailboxName> = (0..40)
        .map(|number| MailboxName::new(&format!("f{number}")).unwrap())
        .collect();
    assert_eq!(
        session.status_all(&asked).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    session.logout().await.unwrap();
    let statuses = heard
        .lock()
        .unwrap()
        .iter()
        .filter(|command| command.starts_with("STATUS"))
        .count();
    assert!(statuses < 10, "{statuses}");
}

/// With all extensions, with some, with none: the same inventory by whatever commands the server has.
#[tokio::test]
async fn an_inventory_takes_what_the_server_offers() {
    let full = "LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE LITERAL+";
    for (capabilities, first, others) in [
        (
            full,
            "LIST \"\" \"*\" RETURN (CHILDREN SPECIAL-USE SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))",
            // The list left one out.
            &["STATUS \"b\" (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"][..],
        ),
        (
            "LIST-EXTENDED LITERAL+",
            "LIST \"\" \"*\" RETURN (CHILDREN SUBSCRIBED)",
            &[
                "STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)",
                "STATUS \"a\" (MESSAGES UIDNEXT UIDVALIDITY)",
                "STATUS \"b\" (MESSAGES UIDNEXT UIDVALIDITY)",
            ],
        ),
        (
            "SPECIAL-USE",
            "LIST \"\" \"*\"",
            &[
                "LSUB \"\" \"*\"",
                "STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY)",
                "STATUS \"a\" (MESSAGES UIDNEXT UIDVALIDITY)",
                "STATUS \"b\" (MESSAGES UIDNEXT UIDVALIDITY)",
            ],
        ),
    ] {
        let (port, heard) = scripted(GREETING, move |command| {
            login(command, capabilities).unwrap_or_else(|| match command.split(' ').next().unwrap() {
                "LIST" => {
                    let mark = if command.contains("SUBSCRIBED") { "\\subscribed" } else { "" };
                    let counts = if command.contains("STATUS") {
                        "* STATUS INBOX (MESSAGES 1)\r\n* STATUS {1}\r\na (MESSAGES 2 HIGHESTMODSEQ 7)\r\n"
                    } else {
                        ""
                    };
                    format!(
                        "* LIST () \"/\" INBOX\r\n* LIST ({mark} \\HasChildren) \"/\" \"a\"\r\n* LIST () \"/\" b\r\n\
                         * LIST () \"/\" {{1}}\r\na\r\n* LIST (\\Noselect) \"/\" c\r\n{counts}$T OK\r\n"
                    )
                }
                "LSUB" => "* LSUB () \"/\" a\r\n* LSUB () \"/\" gone\r\n* LSUB (\\Noselect) \"/\" b\r\n$T OK\r\n".into(),
                _ if command.contains("INBOX") => "* STATUS INBOX (MESSAGES 1)\r\n$T OK\r\n".into(),
                _ if command.contains("\"a\"") => "* STATUS a (MESSAGES 2 HIGHESTMODSEQ 7)\r\n$T OK\r\n".into(),
                _ => "$T NO not to you\r\n".into(),
            })
        })
        .await;
        let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
        let listed = session.inventory().await.unwrap();
        let rows: Vec<_> = listed
            .iter()
            .map(|row| {
                let status = row.status.map(|status| (status.messages, status.highest_mod_seq));
                (row.mailbox.name.as_str(), row.subscribed, status)
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("INBOX", false, Some((1, None))),
                ("a", true, Some((2, Some(7)))),
                ("b", false, None),
                ("c", false, None)
            ]
        );
        assert!(listed[1].mailbox.has("\\haschildren") && !listed[3].mailbox.selectable);
        let heard = heard.lock().unwrap();
        assert_eq!(heard[1], first);
        assert_eq!(heard[2..], *others, "{capabilities}");
    }
}

#[tokio::test]
async fn namespaces_are_told_as_people_read_them() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "NAMESPACE").unwrap_or_else(|| {
            "* NAMESPACE ((\"INBOX.\" \".\")) ((\"&BBQEQARDBDMEOAQ1-/\" \"/\" \"X\" (\"y\"))) ((\"\" \"/\")({7}\r\nPublic/ NIL))\r\n$T OK\r\n".into()
        })
    })
    .await;
    let session = Session::connect(&plain(port), &anna()).await.unwrap();
    let namespaces = session.namespaces();
    assert_eq!(
        (session.namespace_prefix(), session.delimiter()),
        ("INBOX.", Some('.'))
    );
    assert_eq!(namespaces.personal.len(), 1);
    assert_eq!(namespaces.other_users[0].prefix, "Другие/");
    let shared: Vec<_> = namespaces
        .shared
        .iter()
        .map(|item| (item.prefix.as_str(), item.delimiter))
        .collect();
    assert_eq!(shared, [("", Some('/')), ("Public/", None)]);
}
