//! Servers that keep a command alive: how long they may.

use std::time::Duration;

use tegu_imap::session::FetchStream;
use tegu_imap::{ErrorKind, Session, SessionOptions, Uid};
use tegu_net::{Endpoint, Stream};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::time::{Instant, sleep};

use super::support::{anna, inbox};

/// A session whose server answers each of the first commands as `before` says, and the next one with `remark` for ever.
async fn session(
    options: SessionOptions,
    before: &'static [&'static str],
    remark: &'static str,
    pause: Duration,
) -> Session {
    let (client, server) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        let mut server = BufReader::new(server);
        server
            .write_all(b"* PREAUTH [CAPABILITY IMAP4rev1] x\r\n")
            .await?;
        for answer in before {
            let mut command = String::new();
            server.read_line(&mut command).await?;
            let tag = command.split(' ').next().unwrap_or_default();
            server.write_all(answer.replace("$T", tag).as_bytes()).await?;
        }
        server.read_line(&mut String::new()).await?;
        for number in 1.. {
            server
                .write_all(remark.replace("$N", &format!("{number}")).as_bytes())
                .await?;
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
        std::io::Result::Ok(())
    });
    let endpoint = Endpoint::new("imaps://mail.example.org").unwrap();
    Session::from_stream(Stream::new(client), &endpoint, &anna(), &options)
        .await
        .unwrap()
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn remarks_are_not_progress() {
    for remark in [
        "* OK still busy\r\n",
        "* 5 EXISTS\r\n",
        "* 1 EXPUNGE\r\n",
        "* X what\r\n",
        "* NO hm\r\n",
    ] {
        let mut session = session(SessionOptions::new(), &[], remark, SECOND).await;
        let started = Instant::now();
        let error = session.list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{remark} {error}");
        assert!(error.is_retryable());
        let waited = started.elapsed();
        assert!(
            waited > HOUR / 2 - 2 * SECOND && waited < HOUR / 2 + 2 * SECOND,
            "{waited:?}"
        );
        // The answer would be taken for that to another command.
        assert_eq!(session.list().await.unwrap_err().kind(), ErrorKind::Connect);
    }
}

/// Data for ever are progress, but no command takes for ever.
#[tokio::test(start_paused = true)]
async fn a_command_has_a_deadline() {
    let options = SessionOptions::new().command_timeout(3 * HOUR);
    let mut session = session(options, &[], "* LIST () \"/\" m$N\r\n", SECOND).await;
    let started = Instant::now();
    let error = session.list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(started.elapsed() < 3 * HOUR + 2 * SECOND);
}

/// A large message that comes slowly is progress, octet by octet.
#[tokio::test(start_paused = true)]
async fn octets_of_a_message_are_progress() {
    let opened = &["* 1 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n$T OK x\r\n"];
    let mut session = session(
        SessionOptions::new(),
        opened,
        "* 1 FETCH (UID 1 BODY[] {20000}\r\n",
        SECOND,
    )
    .await;
    session.examine(&inbox()).await.unwrap();
    let started = Instant::now();
    let uids = [Uid::MIN].into_iter().collect();
    let mut messages: FetchStream<'_> = session.fetch_bodies(&uids).await.unwrap();
    // After so many octets the remark is part of the message.
    let error = tokio::time::timeout(HOUR / 6, messages.next()).await;
    assert!(error.is_err() && started.elapsed() >= HOUR / 6);
}

/// Time that the caller spends is not the server's.
#[tokio::test(start_paused = true)]
async fn the_callers_own_time_does_not_count() {
    let answer = "* 1 FETCH (UID 1 BODY[] {1}\r\na)\r\n* 2 FETCH (UID 2 BODY[] {1}\r\nb)\r\n$T OK x\r\n";
    let script: &'static [&'static str] =
        vec!["* 2 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n$T OK x\r\n", answer].leak();
    let mut session = session(SessionOptions::new(), script, "", SECOND).await;
    session.examine(&inbox()).await.unwrap();
    let uids = [Uid::MIN, Uid::MIN.next().unwrap()].into_iter().collect();
    let mut messages = session.fetch_bodies(&uids).await.unwrap();
    assert!(messages.next().await.unwrap().is_some());
    sleep(100 * HOUR).await;
    assert!(messages.next().await.unwrap().is_some());
    sleep(100 * HOUR).await;
    assert!(messages.next().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_takes_ten_seconds_at_most() {
    let session = session(SessionOptions::new(), &[], "* OK wait\r\n", SECOND).await;
    let started = Instant::now();
    assert_eq!(session.logout().await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(started.elapsed() < 12 * SECOND);
}

/// Remarks without a pause leave no moment in which nothing comes: time counts all the same, and a caller can give up.
#[tokio::test]
async fn a_flood_of_remarks_ends() {
    let options = SessionOptions::new().busy_timeout(Duration::from_millis(300));
    let mut first = session(options, &[], "* OK busy\r\n", Duration::ZERO).await;
    assert_eq!(first.list().await.unwrap_err().kind(), ErrorKind::Timeout);
    let mut second = session(SessionOptions::new(), &[], "* OK busy\r\n", Duration::ZERO).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(300), second.list())
            .await
            .is_err()
    );
}
