//! What the tests share: a scripted server, endpoints, awkward messages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use tegu_imap::session::AppendMessage;
use tegu_imap::wire::Body;
use tegu_imap::{Credentials, Endpoint, Flags, InternalDate, MailboxName, Session, Uid};
use tegu_net::{Timeouts, Tls};
use tegu_testkit::Dovecot;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

pub(crate) const GREETING: &str = "* OK [CAPABILITY IMAP4rev1] hello\r\n";

pub(crate) fn inbox() -> MailboxName {
    MailboxName::new("INBOX").unwrap()
}

pub(crate) fn secret(text: &str) -> SecretString {
    text.into()
}

pub(crate) fn plain(port: u16) -> Endpoint {
    Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{port}"))
        .unwrap()
        .timeouts(idle(Duration::from_secs(10)))
}

/// A server by scheme, on this machine by name.
pub(crate) fn local(scheme: &str, port: u16) -> Endpoint {
    Endpoint::new(&format!("{scheme}://localhost:{port}")).unwrap()
}

/// Trusts these certificates.
pub(crate) fn trusting(pem: &[u8]) -> Tls {
    Tls::default().trust_pem(pem).unwrap()
}

pub(crate) fn idle(idle: Duration) -> Timeouts {
    let mut timeouts = Timeouts::default();
    timeouts.idle = idle;
    timeouts
}

pub(crate) fn anna() -> Credentials {
    Credentials::password("anna", secret("p"))
}

/// What a scripted server was told, command by command, without tags.
pub(crate) type Heard = Arc<Mutex<Vec<String>>>;

/// A server that answers each command as `answer` says; `$T` in the answer is the command's tag, and an empty answer
/// hangs up. Literals become part of the command; one for which `answer` gives a tagged line at once is not let in.
pub(crate) async fn scripted(
    greeting: &'static str,
    mut answer: impl FnMut(&str) -> String + Send + 'static,
) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let log = Arc::clone(&heard);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // The client may hang up whenever it likes.
        let _ = converse(stream, greeting, &mut answer, &log).await;
    });
    (port, heard)
}

pub(crate) async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    greeting: &str,
    answer: &mut impl FnMut(&str) -> String,
    log: &Heard,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(greeting.as_bytes()).await?;
    loop {
        let mut command = String::new();
        let refused = loop {
            if stream.read_line(&mut command).await? == 0 {
                return Ok(());
            }
            let Some((_, size)) = command.trim_end().rsplit_once('{') else {
                break None;
            };
            let Ok(octets) = size.trim_end_matches(['}', '+']).parse() else {
                break None;
            };
            if !size.contains('+') {
                let tagless = command.split_once(' ').unwrap_or_default().1.trim_end();
                let early = answer(tagless);
                if early.starts_with("$T") {
                    break Some(early);
                }
                stream.write_all(b"+ go\r\n").await?;
            }
            let mut literal = vec![0; octets];
            stream.read_exact(&mut literal).await?;
            command.push_str(&String::from_utf8_lossy(&literal));
        };
        let (tag, rest) = command.split_once(' ').unwrap_or((command.trim_end(), ""));
        log.lock().unwrap().push(rest.trim_end().to_owned());
        let reply = refused
            .unwrap_or_else(|| answer(rest.trim_end()))
            .replace("$T", tag);
        if reply.is_empty() {
            return Ok(());
        }
        stream.write_all(reply.as_bytes()).await?;
    }
}

/// Answers to the commands that every session begins with; `None` for the rest.
pub(crate) fn login(command: &str, capabilities: &str) -> Option<String> {
    if command.starts_with("LOGIN") && !command.ends_with('}') {
        Some(format!("$T OK [CAPABILITY IMAP4rev1 {capabilities}] in\r\n"))
    } else if command == "CAPABILITY" {
        Some(format!("* CAPABILITY IMAP4rev1 {capabilities}\r\n$T OK\r\n"))
    } else if command.starts_with("EXAMINE") || command.starts_with("SELECT") {
        Some(
            "* 3 EXISTS\r\n* OK [UIDVALIDITY 5]\r\n* OK [UIDNEXT 9]\r\n$T OK [READ-ONLY] open\r\n".to_owned(),
        )
    } else if command == "LOGOUT" {
        Some("* BYE\r\n$T OK\r\n".to_owned())
    } else {
        None
    }
}

/// Messages that copiers are known to lose or change.
pub(crate) fn awkward() -> Vec<Vec<u8>> {
    let long = "x".repeat(20_000);
    let mut messages: Vec<Vec<u8>> = [
        "From: a@example.org\r\nMessage-ID: <1@x>\r\nSubject: plain\r\n\r\nbody\r\n",
        // The same again: doubles are messages too.
        "From: a@example.org\r\nMessage-ID: <1@x>\r\nSubject: plain\r\n\r\nbody\r\n",
        "Subject: bare line feeds\n\nbody\nmore\n",
        "Subject: mixed ends\r\n\nbody\nmore\r\n",
        "Subject: no last line end\r\n\r\nbody",
        "Subject: header only\r\n",
        "no header at all",
        "From anna Mon Jan  1 00:00:00 2024\r\nSubject: mbox line\r\n\r\nFrom the start\r\n",
        "Subject: braces {3}\r\n\r\n)\r\n* 1 FETCH (UID 1)\r\nT1 OK {99}\r\n{5}\r\n",
        "Subject: lone carriage return\r\n\r\na\rb\r\nc",
        "Subject: Привет\r\n\r\nтело\r\n",
        "\r\n\r\n\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    messages.push(format!("Subject: long line\r\n\r\n{long}\r\n").into_bytes());
    messages.push(
        [
            &b"Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n"[..],
            &(1..=255).collect::<Vec<u8>>(),
        ]
        .concat(),
    );
    messages
}

pub(crate) fn credentials(user: &str) -> Credentials {
    Credentials::password(user, secret(Dovecot::password()))
}

pub(crate) fn corpus() -> Vec<AppendMessage> {
    let sets: [&[&str]; 4] = [
        &[],
        &["\\Seen"],
        &["\\Flagged", "$Forwarded"],
        &["\\Answered", "NonJunk", "\\Draft"],
    ];
    let zones = [0, 180, -210, 345];
    awkward()
        .into_iter()
        .enumerate()
        .map(|(at, body)| {
            let date = InternalDate::new(1_300_000_000 + at as i64 * 86_399, zones[at % 4]);
            AppendMessage::new(sets[at % 4].iter().copied().collect(), date, body.into())
        })
        .collect()
}

pub(crate) async fn read_back(
    session: &mut Session,
    name: &MailboxName,
) -> Vec<(Uid, Flags, Option<InternalDate>, Body)> {
    session.examine(name).await.unwrap();
    let snapshot = session.snapshot(Uid::MIN).await.unwrap();
    let mut stream = session.fetch_bodies(&snapshot.uids()).await.unwrap();
    let mut messages = Vec::new();
    while let Some(message) = stream.next().await.unwrap() {
        messages.push((message.uid, message.flags, message.internal_date, message.body));
    }
    assert!(stream.missing().is_empty());
    messages.sort_by_key(|message| message.0);
    for (entry, message) in snapshot.entries.iter().zip(&messages) {
        assert_eq!(
            (entry.uid, &entry.flags, entry.internal_date),
            (message.0, &message.1, message.2)
        );
        assert_eq!(
            Some(entry.size),
            message.3.bytes().map(|octets| octets.len() as u64)
        );
    }
    messages
}
