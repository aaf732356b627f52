//! Servers that never end: each is given up with a clear error, in bounded memory.

use tegu_imap::wire::Limits;
use tegu_imap::{ErrorKind, Session, SessionOptions, Uid};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::support::{credentials, plain};

/// A server that is past the log-in and answers the first command with `piece`, so many times over.
async fn endless(capabilities: &'static str, start: &'static str, piece: String, times: usize) -> u16 {
    endless_after(capabilities, &[], start, piece, times).await
}

/// The same after these answers to other commands.
async fn endless_after(
    capabilities: &'static str,
    before: &'static [&'static str],
    start: &'static str,
    piece: String,
    times: usize,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let greeting = format!("* PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] x\r\n");
        stream.write_all(greeting.as_bytes()).await.unwrap();
        for answer in before {
            let mut command = String::new();
            stream.read_line(&mut command).await.unwrap();
            let tag = command.split(' ').next().unwrap();
            stream
                .write_all(answer.replace("$T", tag).as_bytes())
                .await
                .unwrap();
        }
        stream.read_line(&mut String::new()).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        for _ in 0..times {
            // The client has had enough.
            if stream.write_all(piece.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    port
}

/// The most memory that this process has ever held, in KiB. Each test is a process of its own.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

async fn fails(port: u16, what: &str) {
    let mut limits = Limits::default();
    limits.held = 32 << 20;
    let options = SessionOptions::new().limits(limits);
    let session = Session::connect_with(&plain(port), &credentials("anna"), &options).await;
    let mut session = session.unwrap();
    let error = match what {
        "enable" => session.enable(&["CONDSTORE"]).await.unwrap_err(),
        "snapshot" => {
            session.examine(&super::support::inbox()).await.unwrap();
            session.snapshot(Uid::MIN).await.unwrap_err()
        }
        "changes" => {
            session.examine(&super::support::inbox()).await.unwrap();
            session.changes(1).await.unwrap_err()
        }
        "quotas" => session.quotas(&super::support::inbox()).await.unwrap_err(),
        "rights" => session.get_acl(&super::support::inbox()).await.unwrap_err(),
        "inventory" => session.inventory().await.unwrap_err(),
        _ => session.list().await.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::Limit, "{what}: {error}");
    assert!(peak_kib() < 200 << 10, "{what}: {} KiB", peak_kib());
}

#[tokio::test]
async fn ten_million_mailboxes() {
    let lines = "* LIST (\\HasNoChildren) \"/\" \"another folder\"\r\n".repeat(1000);
    fails(endless("", "", lines, 10_000).await, "list").await;
    let counts = "* STATUS x (MESSAGES 1)\r\n".repeat(1000);
    let offered = "LIST-EXTENDED LIST-STATUS";
    fails(endless(offered, "", counts, 10_000).await, "inventory").await;
}

#[tokio::test]
async fn a_line_without_an_end() {
    for start in [
        "",
        "* LIST () \"/\" \"",
        "* LIST () \"/\" {3}\r\nabc",
        "* OK [",
        "T1 OK ",
        "+ ",
    ] {
        fails(endless("", start, "x".repeat(100_000), 10_000).await, "list").await;
    }
    fails(
        endless("ACL", "* ACL x ", "a b ".repeat(10_000), 10_000).await,
        "rights",
    )
    .await;
    fails(endless("", "* LIST ", "(".repeat(100_000), 10_000).await, "list").await;
}

#[tokio::test]
async fn literals_and_quotas_without_an_end() {
    fails(
        endless("", "* LIST () \"/\" ", "{1}\r\nx".repeat(100), 10_000).await,
        "list",
    )
    .await;
    for size in [
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999999",
    ] {
        let literal = format!("* LIST () \"/\" {{{size}}}\r\n");
        fails(endless("", "", literal, 1).await, "list").await;
    }
    let quota = "* QUOTA \"\" (STORAGE 1 2)\r\n".repeat(100);
    fails(endless("QUOTA", "", quota, 10_000).await, "quotas").await;
}

/// Few things, each of them large: one budget of octets bounds them all.
#[tokio::test]
async fn long_names_and_long_lists_of_flags() {
    let name = format!("* LIST () \"/\" \"{}\"\r\n", "x".repeat(1 << 20));
    fails(endless("", "", name, 10_000).await, "list").await;
    let attributes = format!("* LIST ({}) \"/\" a\r\n", "\\a ".repeat(100_000));
    fails(endless("", "", attributes, 10_000).await, "list").await;
    let counts = format!("* STATUS {} (MESSAGES 1)\r\n", "x".repeat(1 << 20));
    fails(
        endless("LIST-EXTENDED LIST-STATUS", "", counts, 10_000).await,
        "inventory",
    )
    .await;

    let opened: &[&str] = &["* 3 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n$T OK x\r\n"];
    let keywords: String = (0..1000).map(|number| format!("k{number} ")).collect();
    let flags: String = (1..=1000)
        .map(|uid| format!("* 1 FETCH (UID {uid} FLAGS ({keywords}))\r\n"))
        .collect();
    for what in ["snapshot", "changes"] {
        fails(endless_after("", opened, "", flags.clone(), 100).await, what).await;
    }
    let enabled: String = (0..10_000).map(|number| format!("X{number} ")).collect();
    fails(
        endless("ENABLE", "", format!("* ENABLED {enabled}\r\n"), 10_000).await,
        "enable",
    )
    .await;
}

/// However a list of UIDs is cut into answers, it costs what its octets cost.
#[tokio::test]
async fn lists_of_uids_without_an_end() {
    let opened: &[&str] = &["* 3 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n$T OK x\r\n"];
    let gone: String = (1..10_000)
        .map(|uid| format!("* VANISHED (EARLIER) {}\r\n", 2 * uid))
        .collect();
    fails(endless_after("", opened, "", gone, 1000).await, "changes").await;
    let long: String = (1..100_000).map(|uid| format!("{},", 2 * uid)).collect();
    let gone = format!("* VANISHED (EARLIER) {long}1\r\n");
    fails(endless_after("", opened, "", gone, 1000).await, "changes").await;
}
