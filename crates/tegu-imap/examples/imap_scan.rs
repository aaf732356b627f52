//! The inventory of a mailbox: folders, counts, roles, and what would not move as mail.
//!
//! `imap_scan --url imap[s]://user[:password]@host[:port]/ [--json] [--insecure-tls]`
//!
//! The password may also come from the environment variable `TEGU_FROM_PASSWORD`. `imap://` means STARTTLS, and plain text on
//! the loopback interface. Nothing on the server changes.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/print.rs"]
mod print;
#[path = "support/url.rs"]
mod url;

use std::process::ExitCode;

use serde_json::{Value, json};
use tegu_imap::finding::Finding;
use tegu_imap::mailbox::{FolderRole, TargetLayout, plan_names};
use tegu_imap::{Credentials, Endpoint, Session, Uid};

struct Arguments {
    endpoint: Endpoint,
    credentials: Credentials,
    json: bool,
}

struct Folder {
    name: String,
    role: Option<FolderRole>,
    messages: usize,
    octets: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            print::note(&format!("imap_scan: {message}"));
            return ExitCode::from(2);
        }
    };
    match scan(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::note(&format!("imap_scan: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn scan(arguments: &Arguments) -> tegu_imap::Result<()> {
    let mut session = Session::connect(&arguments.endpoint, &arguments.credentials).await?;
    let mailboxes = session.list().await?;
    let mut folders = Vec::new();
    for mailbox in mailboxes.iter().filter(|mailbox| mailbox.selectable) {
        session.examine(&mailbox.name).await?;
        let snapshot = session.snapshot(Uid::MIN).await?;
        folders.push(Folder {
            name: mailbox.name.label(),
            role: mailbox.role(),
            messages: snapshot.entries.len(),
            octets: snapshot.entries.iter().map(|entry| entry.size).sum(),
        });
    }
    // What naming them on an empty target would find.
    let findings = plan_names(&mailboxes, &TargetLayout::new(Some('/'), "", Vec::new())).findings;
    let server = format!("{:?}", session.quirks().server);
    session.logout().await?;
    if arguments.json {
        print::json(&json(&server, &folders, &findings));
    } else {
        table(&server, &folders, &findings);
    }
    Ok(())
}

fn table(server: &str, folders: &[Folder], findings: &[Finding]) {
    print::line(&format!("server: {server}"));
    for folder in folders {
        let role = folder
            .role
            .map_or_else(String::new, |role| format!("  ({role:?})"));
        print::line(&format!(
            "{:8} messages {:12} octets  {}{role}",
            folder.messages, folder.octets, folder.name
        ));
    }
    for finding in findings {
        print::line(&format!("{}: {finding}", finding.code()));
    }
}

fn json(server: &str, folders: &[Folder], findings: &[Finding]) -> Value {
    let folder = |folder: &Folder| {
        let role = folder.role.map(|role| format!("{role:?}").to_lowercase());
        json!({"name": folder.name, "role": role, "messages": folder.messages, "octets": folder.octets})
    };
    let finding = |finding: &Finding| json!({"code": finding.code(), "text": finding.to_string()});
    json!({
        "version": 1,
        "server": server,
        "folders": folders.iter().map(folder).collect::<Vec<_>>(),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut place, mut json, mut insecure) = (None, false, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--url" => place = Some(words.next().ok_or("--url needs a value")?),
            "--json" => json = true,
            "--insecure-tls" => insecure = true,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let usage = format!("usage: imap_scan --url {} [--json] [--insecure-tls]", url::SHAPE);
    let (endpoint, credentials) = url::read(&place.ok_or(usage)?, "TEGU_FROM_PASSWORD", insecure)?;
    Ok(Arguments {
        endpoint,
        credentials,
        json,
    })
}
