//! `tegu ews scan`: folders, classes, settings, findings.

use super::account::Account;
use crate::say;
use serde_json::{Value, json};
use std::process::ExitCode;
use tegu_ews::{Finding, Inventory, inventory::Place, settings::Settings};
use tegu_migrate::Result;

pub(super) const HELP: &str = "The password comes from the environment variable TEGU_EWS_PASSWORD, or from a file that TEGU_EWS_PASSWORD_FILE or --password-file
names. Nothing is changed.

Exit status: 0, 2 for wrong arguments, 1 for any other error.

Example:
  tegu ews scan --url https://mail.example.org/EWS/Exchange.asmx --user 'EXAMPLE\\migration' --impersonate anna@example.org";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(super) account: Account,
}

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let (ews, mailbox) = arguments.account.open().await?;
    let inventory = mailbox.inventory().await?;
    let archive = mailbox.archive().await?;
    let recoverable = mailbox.recoverable().await?;
    let settings = mailbox.settings(&inventory).await?;
    let mut findings = ews.findings();
    findings.extend(inventory.findings.iter().cloned());
    findings.extend(settings.findings.iter().cloned());
    let recoverable = recoverable.map(|recoverable| {
        let all = recoverable
            .folders
            .iter()
            .chain(recoverable.left_out.iter().map(|(place, _)| place));
        all.map(|place| u64::from(place.folder.total)).sum::<u64>()
    });
    // Who cannot look at public folders still wants to know what the mailbox holds.
    let public = mailbox.public_folders().await.unwrap_or_else(|error| {
        let why = format!("the public folders could not be looked at: {error}");
        findings.push(Finding::info("EWS-PUBLIC-UNCOUNTED", why));
        None
    });
    if let Some(public) = &public {
        findings.extend(public.findings.iter().cloned());
        findings.extend(left_behind(public));
    }
    let server = ews.server().map(|server| server.to_string());
    if json {
        let folders = |inventory: &Inventory| inventory.folders.iter().map(place).collect::<Vec<_>>();
        say::json_line(&json!({
            "version": 1,
            "mailbox": mailbox.address(),
            "server": server,
            "folders": folders(&inventory),
            "left_out": inventory.left_out.iter().map(|(left, why)| json!({"folder": place(left), "why": why.name()})).collect::<Vec<_>>(),
            "archive": archive.as_ref().map(folders),
            "public": public.as_ref().map(folders),
            "recoverable": recoverable,
            "settings": settings,
            "findings": findings,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("server: {}", server.unwrap_or_default());
    for found in &inventory.folders {
        row(found);
    }
    for (left, why) in &inventory.left_out {
        say!(
            "{:8} left out ({})  {}",
            left.folder.total,
            why.name(),
            left.path.join("/")
        );
    }
    for found in archive.iter().flat_map(|archive| &archive.folders) {
        row(found);
    }
    for found in public.iter().flat_map(|public| &public.folders) {
        say!(
            "{:8} {:8} {}  (public folder, which does not move)",
            found.folder.total,
            found.kind.name(),
            found.path.join("/")
        );
    }
    if let Some(count) = recoverable {
        say!("{count:8} recoverable items, which are only counted");
    }
    told(&settings);
    findings
        .iter()
        .for_each(|finding: &Finding| note!("{}: {finding}", finding.severity));
    Ok(ExitCode::SUCCESS)
}

/// Public folders are for a person: no open protocol reaches them, and they have no owner whose account could take them.
fn left_behind(public: &Inventory) -> Option<Finding> {
    let (folders, items) = (public.folders.len(), public.total());
    (folders > 0).then(|| {
        Finding::lossy(
            "EWS-PUBLIC-FOLDERS",
            format!(
                "{folders} public folders with {items} items have no owner, and do not move with anybody"
            ),
        )
    })
}

fn place(place: &Place) -> Value {
    json!({
        "path": place.path,
        "kind": place.kind.name(),
        "class": place.folder.class,
        "items": place.folder.total,
        "octets": place.folder.size,
        "role": place.folder.distinguished,
    })
}

fn row(place: &Place) {
    say!(
        "{:8} {:8} {}",
        place.folder.total,
        place.kind.name(),
        place.path.join("/")
    );
}

fn told(settings: &Settings) {
    if let Some(rules) = &settings.rules {
        say!("inbox rules: {}", rules.rules.len());
    }
    if let Some(replies) = &settings.out_of_office {
        say!("automatic replies: {}", replies.state);
    }
    if let Some(delegates) = &settings.delegates {
        say!("delegates: {}", delegates.delegates.len());
    }
    if let Some(categories) = &settings.categories {
        say!("categories: {}", categories.len());
    }
}
