//! `tegu imap scan`: folders, counts, roles, and what would not move as mail.

use super::url;
use crate::say;
use serde_json::{Value, json};
use std::process::ExitCode;
use tegu_imap::{
    Session, Uid,
    finding::Finding,
    mailbox::{FolderRole, TargetLayout, plan_names},
};
use tegu_migrate::Error;

pub(super) const HELP: &str = "The password comes from the environment variable TEGU_FROM_PASSWORD, or from the file that TEGU_FROM_PASSWORD_FILE names. imap:// means STARTTLS, and plain text on the
loopback interface. Exit status: 0, 2 for wrong arguments, 1 for any other error.

Example:
  tegu imap scan --url imaps://anna@exchange.example.org/ --json";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The mailbox: imap[s]://user@host[:port]/
    #[arg(long)]
    url: String,
    /// Accept any certificate of the server
    #[arg(long)]
    insecure_tls: bool,
}

struct Folder {
    name: String,
    role: Option<FolderRole>,
    messages: usize,
    octets: u64,
}

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let (endpoint, credentials) =
        match url::read(&arguments.url, "TEGU_FROM_PASSWORD", arguments.insecure_tls) {
            Ok(place) => place,
            Err(message) => return Ok(say::wrong(message)),
        };
    let mut session = Session::connect(&endpoint, &credentials).await?;
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
    if json {
        say::json_line(&as_json(&server, &folders, &findings))?;
    } else {
        table(&server, &folders, &findings);
    }
    Ok(ExitCode::SUCCESS)
}

fn table(server: &str, folders: &[Folder], findings: &[Finding]) {
    say!("server: {server}");
    for folder in folders {
        let role = folder
            .role
            .map_or_else(String::new, |role| format!("  ({role:?})"));
        say!(
            "{:8} messages {:12} octets  {}{role}",
            folder.messages,
            folder.octets,
            folder.name
        );
    }
    for finding in findings {
        say!("{}: {finding}", finding.code());
    }
}

fn as_json(server: &str, folders: &[Folder], findings: &[Finding]) -> Value {
    let folder = |folder: &Folder| {
        let role = folder.role.map(FolderRole::name);
        json!({"name": folder.name, "role": role, "messages": folder.messages, "octets": folder.octets})
    };
    json!({
        "version": 1,
        "server": server,
        "folders": folders.iter().map(folder).collect::<Vec<_>>(),
        "findings": super::print::findings(findings),
    })
}
