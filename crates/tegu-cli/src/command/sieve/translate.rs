//! `tegu sieve translate`: exported rules into scripts.

use super::connect;
use crate::say;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_migrate::Error;
use tegu_outcome::file;
use tegu_sieve::{
    read::{self, Encoding, ForwardingExport, Limits, MailboxRules},
    translate::{FolderNames, Folders, Owner, Server, Translation, Translator, Verdict},
};

pub(super) const HELP: &str = "The exports are what Get-InboxRule, Get-Mailbox and Get-MailboxAutoReplyConfiguration return, by Export-Clixml (best),
ConvertTo-Json or Export-Csv. A rule with a part that cannot be translated stands in the script as a comment. The codes are in
the documentation of `tegu_sieve::translate`. The password for --server comes from the environment variable TEGU_PASSWORD, or from the
file that TEGU_PASSWORD_FILE names.

Exit status: 0 everything is in the scripts, 3 something is left for a person, 2 for wrong arguments, 1 for any other error.

Examples:
  tegu sieve translate --rules rules.xml --server sieve://anna@mail.example.org/ --to scripts
  tegu sieve translate --rules rules.xml --mailbox mailboxes.xml --extensions 'fileinto mailbox copy regex' --to scripts --json";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The rules: what Get-InboxRule returned
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// The owners' addresses: what Get-Mailbox returned
    #[arg(long, value_name = "FILE")]
    mailbox: Option<PathBuf>,
    /// Automatic replies: what Get-MailboxAutoReplyConfiguration returned
    #[arg(long, value_name = "FILE")]
    replies: Option<PathBuf>,
    /// Ask this server what it offers: sieve[s]://user@host[:port]/
    #[arg(long, value_name = "URL", conflicts_with = "extensions")]
    server: Option<String>,
    /// What the server offers, separated by spaces
    #[arg(long, value_name = "LIST", required_unless_present = "server")]
    extensions: Option<String>,
    /// The server wants folder names in modified UTF-7 (Cyrus without `sieve_utf8fileinto`)
    #[arg(long)]
    utf7_folders: bool,
    /// The character between the levels of a folder's name on the server
    #[arg(long, value_name = "CHARACTER", default_value_t = '/')]
    delimiter: char,
    /// The folder for deleted messages on the server
    #[arg(long, value_name = "FOLDER", default_value = "Trash")]
    trash: String,
    /// A loss that is accepted, by its code; may be given several times
    #[arg(long, value_name = "CODE")]
    accept: Vec<String>,
    /// The encoding of exports that are not in Unicode, such as windows-1251
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The folder for the scripts, one for each mailbox
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Accept any certificate of the server
    #[arg(long)]
    insecure_tls: bool,
}

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode, Error> {
    let encoding = match &arguments.encoding {
        Some(name) => match Encoding::named(name) {
            Ok(encoding) => encoding,
            Err(error) => return Ok(say::wrong(error)),
        },
        None => Encoding::unicode(),
    };
    let mut server = Server::new(arguments.extensions.as_deref().unwrap_or_default());
    if let Some(url) = &arguments.server {
        let place = match connect::read(url, None, arguments.insecure_tls) {
            Ok(place) => place,
            Err(message) => return Ok(say::wrong(message)),
        };
        let client = connect::open(place).await?;
        server = client.capabilities().server();
        client.logout().await?;
    }
    if arguments.utf7_folders {
        server = server.folder_names(FolderNames::ModifiedUtf7);
    }
    let limits = Limits::default();
    let octets =
        |path: &Path| file::read_named(path).map_err(|error| Error::io("read", path.display(), error));
    let named = |path: &Path, error: Error| error.context(path.display());
    let mailboxes = read::rules(&octets(&arguments.rules)?, encoding, &limits)
        .map_err(|error| named(&arguments.rules, error))?;
    let owners = match &arguments.mailbox {
        Some(path) => {
            read::forwarding(&octets(path)?, encoding, &limits).map_err(|error| named(path, error))?
        }
        None => Vec::new(),
    };
    let replies = match &arguments.replies {
        Some(path) => read::replies(&octets(path)?, encoding, &limits).map_err(|error| named(path, error))?,
        None => Vec::new(),
    };
    let folders = Folders::default()
        .delimiter(arguments.delimiter)
        .trash(&arguments.trash);
    let mut translator = Translator::new(server).folders(folders);
    for code in &arguments.accept {
        translator = translator.accept(code);
    }
    let mut left = false;
    for (at, mailbox) in all(mailboxes, &replies).iter().enumerate() {
        let reply = replies
            .iter()
            .find(|reply| reply.mailbox.eq_ignore_ascii_case(&mailbox.mailbox));
        let translator = translator.clone().owner(owner(&mailbox.mailbox, &owners));
        let translation = translator.translate(&mailbox.rules, reply);
        left |= translation
            .parts
            .iter()
            .any(|part| part.verdict == Verdict::Manual)
            || !translation.findings.is_empty();
        // The number keeps names apart that become one.
        let plain = mailbox.mailbox.chars().map(|c| {
            if c.is_alphanumeric() || "@.-_".contains(c) {
                c
            } else {
                '_'
            }
        });
        let name = plain.take(60).collect::<String>();
        let path = arguments.to.join(format!("{:05}-{name}.sieve", at + 1));
        file::write(&path, |out| out.write_all(translation.text().as_bytes()))?;
        show(json, &mailbox.mailbox, &path, &translation)?;
    }
    Ok(ExitCode::from(if left { 3 } else { 0 }))
}

/// Mailboxes with rules, then those that only reply.
fn all(mut mailboxes: Vec<MailboxRules>, replies: &[read::AutoReply]) -> Vec<MailboxRules> {
    for reply in replies {
        if !mailboxes
            .iter()
            .any(|mailbox| mailbox.mailbox.eq_ignore_ascii_case(&reply.mailbox))
        {
            let mut mailbox = MailboxRules::default();
            mailbox.mailbox.clone_from(&reply.mailbox);
            mailboxes.push(mailbox);
        }
    }
    mailboxes
}

fn owner(mailbox: &str, owners: &[ForwardingExport]) -> Owner {
    let known = |name: &String| name.eq_ignore_ascii_case(mailbox);
    let mut found = owners
        .iter()
        .filter(|one| known(&one.address) || one.names.iter().any(known));
    match (found.next(), found.next()) {
        (Some(one), None) => Owner::new([&one.address].into_iter().chain(&one.aliases)),
        // Two mailboxes with one name: neither is taken for the other.
        (Some(_), Some(_)) => Owner::default(),
        (None, _) if tegu_sieve::rule::is_address(mailbox) => Owner::new([mailbox]),
        (None, _) => Owner::default(),
    }
}

fn show(json: bool, mailbox: &str, path: &Path, translation: &Translation) -> Result<(), Error> {
    if json {
        return say::json_line(&json!({
            "mailbox": mailbox,
            "script": path,
            "parts": translation.parts,
            "findings": translation.findings,
        }));
    }
    say!("{mailbox}: {}", path.display());
    for part in &translation.parts {
        let verdict = match part.verdict {
            Verdict::Exact => "exact",
            Verdict::Lossy => "lossy",
            _ => "manual",
        };
        say!("  {verdict:6} [{}] {}", part.name, part.explanation);
        for finding in &part.findings {
            say!("         {finding}");
        }
    }
    for finding in &translation.findings {
        say!("  {finding}");
    }
    Ok(())
}
