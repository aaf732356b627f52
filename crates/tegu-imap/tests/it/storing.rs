//! Storing messages on a scripted server: an answer for each, whatever the server does.

use std::time::Duration;

use tegu_imap::session::{AppendMessage, AppendOutcome};
use tegu_imap::wire::ResponseCode;
use tegu_imap::{ErrorKind, Flags, Session, Uid};

use super::support::{GREETING, anna, inbox, login, plain, scripted};

fn message(body: &str) -> AppendMessage {
    AppendMessage::new(Flags::new(), None, body.to_owned().into())
}

#[tokio::test]
async fn each_message_has_its_own_answer_whatever_literals_the_server_takes() {
    for capabilities in ["", "LITERAL-", "LITERAL+"] {
        let (port, heard) = scripted(GREETING, move |command| {
            login(command, capabilities).unwrap_or_else(|| match command {
                // What ends in an announcement is asked about before the literal is sent.
                _ if command.ends_with("{5000}") => "$T NO [TOOBIG] too big\r\n".into(),
                _ if command.ends_with('}') => "+".into(),
                _ if command.contains("bad") => "$T NO [LIMIT] not this one {3}\r\n".into(),
                _ if command.len() > 4000 => "$T NO [TOOBIG] too big\r\n".into(),
                _ => "$T OK [APPENDUID 7 42] done\r\n".into(),
            })
        })
        .await;
        let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
        let big = "b".repeat(5000);
        let nul = message("a\0b");
        let odd = AppendMessage::new(["x y"].into_iter().collect(), None, "k".into());
        let messages = [
            message("good"),
            message("bad"),
            nul,
            message(&big),
            odd,
            message("good too"),
        ];
        let outcomes = session.append(&inbox(), &messages).await.unwrap();
        let told: Vec<&str> = outcomes
            .iter()
            .map(|outcome| match outcome {
                AppendOutcome::Stored {
                    uids: Some((validity, uids)),
                } if validity.get() == 7 && *uids == [Uid::new(42).unwrap()] => "stored",
                AppendOutcome::Refused { text, .. } => text.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "stored",
                "not this one {3}",
                "the message holds NUL octets",
                "too big",
                "keyword \"x y\" cannot be sent",
                "stored"
            ],
            "{capabilities}"
        );
        let octets: usize = heard.lock().unwrap().iter().map(String::len).sum();
        assert_eq!(
            octets > 5000,
            capabilities == "LITERAL+",
            "only LITERAL+ sends before it asks"
        );
    }
}

#[tokio::test]
async fn a_missing_mailbox_stops_the_series() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "LITERAL+").unwrap_or_else(|| "$T NO [TRYCREATE] no such mailbox\r\n".into())
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let error = session
        .append(&inbox(), &[message("a"), message("b")])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// A server that answers at length before it reads on, while the client still writes: both socket buffers fill, and
/// only a client that reads while it writes gets through.
#[tokio::test]
async fn full_buffers_on_both_sides_do_not_deadlock() {
    let (port, _) = scripted(GREETING, |command| {
        login(command, "LITERAL+").unwrap_or_else(|| {
            let noise = format!("* OK {}\r\n", "n".repeat(1000)).repeat(4000);
            format!("{noise}$T OK\r\n")
        })
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let body = "m".repeat(1 << 20);
    let messages: Vec<AppendMessage> = (0..8).map(|_| message(&body)).collect();
    let name = inbox();
    let append = session.append(&name, &messages);
    let outcomes = tokio::time::timeout(Duration::from_secs(60), append)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(outcomes.len(), 8);
}

#[tokio::test]
async fn the_servers_append_limit_is_heeded_without_asking() {
    let (port, heard) = scripted(GREETING, |command| {
        login(command, "LITERAL+ APPENDLIMIT=10").unwrap_or_else(|| "$T OK\r\n".into())
    })
    .await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    let outcomes = session
        .append(&inbox(), &[message("0123456789a"), message("0123456789")])
        .await
        .unwrap();
    assert!(matches!(
        &outcomes[0],
        AppendOutcome::Refused {
            code: Some(ResponseCode::TooBig),
            ..
        }
    ));
    assert_eq!(outcomes[1], AppendOutcome::Stored { uids: None });
    assert_eq!(heard.lock().unwrap().len(), 2);
}
