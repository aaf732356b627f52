//! The example as a program: what it prints, and how it fails.

use std::path::PathBuf;
use std::process::{Command, Output};

use tegu_imap::{MailboxName, Session};
use tegu_testkit::{Dovecot, skip_servers};

use super::support::{corpus, credentials, plain};

/// Cargo builds examples beside the tests, whose programs lie in `deps`.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test
        .parent()
        .and_then(|deps| deps.parent())
        .unwrap()
        .join("examples/imap_scan");
    assert!(
        path.exists(),
        "not built: cargo build -p tegu-imap --example imap_scan"
    );
    path
}

fn run(arguments: &[&str], password: &str) -> Output {
    Command::new(program())
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
    let url = format!("imap://anna@127.0.0.1:{}/", server.port());
    let output = run(&["--url", &url, "--json"], Dovecot::password());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let count = corpus().len();
    for expected in [
        format!("{{\"name\": \"Отправленные\", \"role\": \"sent\", \"messages\": {count}, "),
        format!("{{\"name\": \"a\\\"b\", \"role\": null, \"messages\": {count}, "),
        "{\"name\": \"INBOX\", \"role\": \"inbox\", \"messages\": 0, ".to_owned(),
        "{\"code\": \"IMAP-FOLDER-NOT-MAIL\", ".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected} is not in {text}");
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
