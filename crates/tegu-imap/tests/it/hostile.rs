//! Servers that never end: each is given up with a clear error, in bounded memory.

use tegu_imap::{ErrorKind, Session};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::support::{credentials, plain};

/// A server that is past the log-in and answers the first command with `piece`, so many times over.
async fn endless(capabilities: &'static str, start: &'static str, piece: String, times: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let greeting = format!("* PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] x\r\n");
        stream.write_all(greeting.as_bytes()).await.unwrap();
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
    let mut session = Session::connect(&plain(port), &credentials("anna"))
        .await
        .unwrap();
    let error = match what {
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
