//! The inventory of a mailbox: folders, counts, roles, and what would not move as mail.
//!
//! `imap_scan --url imap[s]://user[:password]@host[:port]/ [--json] [--insecure-tls]`
//!
//! The password may also come from the environment variable `TEGU_FROM_PASSWORD`. `imap://` means STARTTLS where the
//! server is remote, and plain text on the loopback. Nothing on the server changes.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/url.rs"]
mod url;

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

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
            eprintln!("imap_scan: {message}");
            return ExitCode::from(2);
        }
    };
    match scan(&arguments).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("imap_scan: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn scan(arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    let mut session = Session::connect(&arguments.endpoint, &arguments.credentials).await?;
    let mailboxes = session.list().await?;
    let mut folders = Vec::new();
    for mailbox in mailboxes.iter().filter(|mailbox| mailbox.selectable) {
        session.examine(&mailbox.name).await?;
        let snapshot = session.snapshot(Uid::MIN).await?;
        folders.push(Folder {
            name: mailbox.name.to_string(),
            role: mailbox.role(),
            messages: snapshot.entries.len(),
            octets: snapshot.entries.iter().map(|entry| entry.size).sum(),
        });
    }
    // What naming them on an empty target would find.
    let findings = plan_names(&mailboxes, &TargetLayout::new(Some('/'), "", Vec::new())).findings;
    let findings: Vec<(&str, String)> = findings
        .iter()
        .map(|finding| (finding.code(), finding.to_string()))
        .collect();
    let server = format!("{:?}", session.quirks().server);
    session.logout().await?;
    Ok(if arguments.json {
        json(&server, &folders, &findings)?
    } else {
        table(&server, &folders, &findings)?
    })
}

fn table(server: &str, folders: &[Folder], findings: &[(&str, String)]) -> Result<String, std::fmt::Error> {
    let mut text = format!("server: {server}\n");
    for Folder {
        name,
        role,
        messages,
        octets,
    } in folders
    {
        let role = role.map_or_else(String::new, |role| format!("  ({role:?})"));
        writeln!(text, "{messages:8} messages {octets:12} octets  {name}{role}")?;
    }
    for (code, what) in findings {
        writeln!(text, "{code}: {what}")?;
    }
    Ok(text)
}

fn json(server: &str, folders: &[Folder], findings: &[(&str, String)]) -> Result<String, std::fmt::Error> {
    let mut text = format!("{{\"version\": 1, \"server\": {}, \"folders\": [", quoted(server));
    for (
        at,
        Folder {
            name,
            role,
            messages,
            octets,
        },
    ) in folders.iter().enumerate()
    {
        let comma = if at > 0 { ", " } else { "" };
        let role = role.map_or_else(
            || "null".to_owned(),
            |role| quoted(&format!("{role:?}").to_lowercase()),
        );
        write!(
            text,
            "{comma}{{\"name\": {}, \"role\": {role}, \"messages\": {messages}, \"octets\": {octets}}}",
            quoted(name)
        )?;
    }
    text.push_str("], \"findings\": [");
    for (at, (code, what)) in findings.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(
            text,
            "{comma}{{\"code\": {}, \"text\": {}}}",
            quoted(code),
            quoted(what)
        )?;
    }
    text.push_str("]}");
    Ok(text)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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
