//! `tegu imap scan`: what it prints, and how it fails.

use std::process::{Command, Output};

use tegu_imap::{MailboxName, Session};
use tegu_testkit::{Dovecot, skip_servers};

use crate::TEGU;

use super::support::{corpus, credentials, plain};

/// A name that would turn the line around that it stands in.
const HOSTILE: &str = "\u{202e}elcamro";

fn run(arguments: &[&str], password: &str) -> Output {
    Command::new(TEGU)
        .args(["imap", "scan"])
        .args(arguments)
        .env("TEGU_FROM_PASSWORD", password)
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_inventory_counts_what_is_there() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let mut session = Session::connect(&plain(server.port()), &credentials("anna"))
        .await
        .unwrap();
    for name in ["Отправленные", "Календарь", "a\"b"] {
        let name = MailboxName::new(name).unwrap();
        session.create(&name).await.unwrap();
        session.append(&name, &corpus()).await.unwrap();
    }
    session.create(&MailboxName::new(HOSTILE).unwrap()).await.unwrap();
    let url = format!("imap://anna@127.0.0.1:{}/", server.port());
    let output = run(&["--url", &url, "--json"], Dovecot::password());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let count = corpus().len();
    for (name, role, messages) in [
        ("Отправленные", Some("sent"), count),
        ("a\"b", None, count),
        (HOSTILE, None, 0),
        ("INBOX", Some("inbox"), 0),
    ] {
        let mut folders = told["folders"].as_array().unwrap().iter();
        let folder = folders.find(|folder| folder["name"] == name).unwrap();
        assert_eq!(folder["role"].as_str(), role, "{name}");
        assert_eq!(folder["messages"], messages, "{name}");
    }
    assert_eq!(told["findings"][0]["code"], "IMAP-FOLDER-NOT-MAIL");
    // No name is obeyed by a terminal.
    let table = run(&["--url", &url], Dovecot::password());
    let table = String::from_utf8(table.stdout).unwrap();
    for text in [&text, &table] {
        assert!(
            !text
                .trim_end()
                .contains(|c| c != '\n' && tegu_outcome::is_hidden(c)),
            "{text:?}"
        );
    }

    let wrong = run(&["--url", &url], "wrong");
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        told.lines().count() == 1 && told.contains("anna") && !told.contains("wrong"),
        "{told}"
    );
    assert_eq!(run(&["--url", "ftp://x"], "").status.code(), Some(2));
}
