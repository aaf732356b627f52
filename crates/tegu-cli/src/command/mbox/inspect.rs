//! What a tree holds.

use super::{
    copy::settled,
    outcome::{Failure, Outcome},
};
use crate::say;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Read, path::Path};
use tegu_mbox::{
    ErrorKind, Finding, Severity,
    detect::{self, Doubt},
    pst,
    read::{self, Options, Stream},
    tree::{self, Folder, Limits, Other, OtherKind},
};

type Codes = BTreeMap<&'static str, u64>;

pub(super) fn inspect(
    root: &Path,
    options: &Options,
    outcome: &mut Outcome,
    json: bool,
) -> Result<(), Failure> {
    let tree = tree::walk(root, &Limits::default())?;
    let folders: Vec<Value> = tree
        .folders
        .iter()
        .map(|found| match folder(found, options, outcome) {
            Ok(value) => value,
            Err(error) => {
                outcome.failed += 1;
                outcome.failure(&found.file, &error.to_string());
                json!({ "path": found.path, "file": found.file.display().to_string(), "error": error.to_string() })
            }
        })
        .collect();
    let messages: Vec<Value> = tree
        .messages
        .iter()
        .map(|single| json!({ "folder": single.folder, "file": single.file.display().to_string(), "size": single.size }))
        .collect();
    outcome.done += messages.len() as u64;
    let others: Vec<Value> = tree
        .others
        .iter()
        .map(|other| {
            let kind = match other.kind {
                OtherKind::Index => "index",
                OtherKind::ItemsNotMail => "items-not-mail",
                OtherKind::Special => "special",
                OtherKind::Unfinished => "unfinished",
                _ => "unknown",
            };
            if other.kind != OtherKind::Index {
                outcome.manual += 1;
            }
            json!({ "file": other.file.display().to_string(), "kind": kind, "losses": items(other) })
        })
        .collect();
    let whole = json!({
        "layout": tree.layout.name(),
        "folders": folders,
        "messages": messages,
        "others": others,
        "done": outcome.done,
        "manual": outcome.manual,
        "failed": outcome.failed,
    });
    if json {
        return Ok(say::json(&whole)?);
    }
    table(&whole);
    say::line(outcome.line());
    Ok(())
}

/// How much of a file of contacts or of a calendar is searched for losses.
const SEARCHED: u64 = 16 << 20;

/// What a converter is known to have lost of contacts and calendars; empty for other files.
fn items(other: &Other) -> Vec<String> {
    let mut content = Vec::new();
    let read = (other.kind == OtherKind::ItemsNotMail)
        .then(|| tegu_outcome::file::open_regular(&other.file))
        .and_then(Result::ok)
        .map(|file| file.take(SEARCHED).read_to_end(&mut content));
    if !matches!(read, Some(Ok(_))) {
        return Vec::new();
    }
    let name = other.file.file_name().unwrap_or_default().to_string_lossy();
    let losses = pst::check_items(&name, &content);
    losses.iter().map(ToString::to_string).collect()
}

/// The same for a person.
fn table(whole: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    say!("layout: {}", text(&whole["layout"]));
    for folder in whole["folders"].as_array().into_iter().flatten() {
        let path: Vec<String> = folder["path"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect();
        if folder["error"].is_string() {
            continue;
        }
        say!(
            "{:8} messages  {}  ({}, {} doubtful, {} converted from PST)",
            folder["messages"].as_u64().unwrap_or_default(),
            path.join("/"),
            folder["variant"].as_str().unwrap_or("empty"),
            folder["doubtful"].as_array().map_or(0, Vec::len),
            folder["converted"]
        );
    }
    say!(
        "{:8} messages in files of their own",
        whole["messages"].as_array().map_or(0, Vec::len)
    );
    for other in whole["others"].as_array().into_iter().flatten() {
        if other["kind"] != "index" {
            say!("{}: {}", text(&other["kind"]), text(&other["file"]));
            for loss in other["losses"].as_array().into_iter().flatten() {
                say!("    {}", text(loss));
            }
        }
    }
}

fn folder(folder: &Folder, options: &Options, outcome: &mut Outcome) -> Result<Value, tegu_mbox::Error> {
    let (mut messages, mut converted) = (0_u64, 0_u64);
    let (mut findings, mut losses) = (Codes::new(), Codes::new());
    let mut doubtful_messages: Vec<Value> = Vec::new();
    let detected = if folder.size == 0 {
        None
    } else {
        Some(detect::detect_reader(read::open(&folder.file, options)?)?)
    };
    // A tree is read as what it most likely is; what that leaves open counts.
    let options = &settled(&folder.file, options)?;
    let mut stream = Stream::new(read::open(&folder.file, options)?, options.clone());
    loop {
        let message = match stream.next_message() {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(error) if error.kind() == ErrorKind::Limit => {
                outcome.left(&folder.file, &error);
                continue;
            }
            Err(error) => return Err(error),
        };
        messages += 1;
        let mut doubts: Vec<String> = Vec::new();
        for finding in message.findings() {
            if finding.severity() == Severity::Lossy {
                doubts.push(finding.to_string());
            }
            *findings.entry(finding.code()).or_default() += 1;
        }
        let mut doubtful = !doubts.is_empty();
        let content = message.content();
        if pst::converter(message.from_line(), &content).is_some() {
            converted += 1;
            // Converted is never exact: a person decides whether it will do.
            doubtful = true;
            for loss in pst::check(&content) {
                if loss.severity() == Severity::Lossy {
                    doubts.push(loss.to_string());
                }
                *losses.entry(loss.code()).or_default() += 1;
            }
        }
        if !doubts.is_empty() {
            doubtful_messages.push(json!({ "offset": message.offset(), "told": doubts }));
        }
        *if doubtful {
            &mut outcome.manual
        } else {
            &mut outcome.done
        } += 1;
    }
    let name_codes: Vec<_> = folder.findings.iter().map(Finding::code).collect();
    Ok(json!({
        "path": folder.path,
        "file": folder.file.display().to_string(),
        "size": folder.size,
        "messages": messages,
        "variant": detected.as_ref().map(|detected| detected.variant.name()),
        "doubts": detected.map(|detected| detected.doubts.iter().map(doubt).collect::<Vec<_>>()),
        "findings": findings,
        "name": name_codes,
        "converted": converted,
        "losses": losses,
        "doubtful": doubtful_messages,
    }))
}

fn doubt(doubt: &Doubt) -> Value {
    let (what, offset) = match doubt {
        Doubt::QuotedOnce { offset } => ("quoted-once", *offset),
        Doubt::Unquoted { offset } => ("unquoted", *offset),
        Doubt::WrongLength { offset } => ("wrong-length", *offset),
        Doubt::NoLength { offset } => ("no-length", *offset),
        _ => ("other", 0),
    };
    json!({ "what": what, "offset": offset })
}
