//! Every file of the corpora goes through, and what is lost without a finding fails the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tegu_dav::{Finding, Item, Limits, Split, csv, split, vcard};

use super::oracle;

pub(crate) fn files() -> Vec<PathBuf> {
    let root = match std::env::var_os("TEGU_CORPORA") {
        Some(root) => Path::new(&root).join("dav"),
        None => {
            eprintln!("TEGU_CORPORA is not set: only the few files in tests/data are read");
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
        }
    };
    let mut out = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// Looks for what is gone: the file, what became of it, and the first thing missed.
type Oracle = fn(&[u8], &Split) -> Option<String>;

fn lossy(item: &Item) -> Vec<&str> {
    item.findings
        .iter()
        .filter(|finding| finding.is_lossy())
        .map(Finding::code)
        .collect()
}

#[test]
fn nothing_is_lost_without_a_finding() {
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    let files = files();
    assert!(files.len() >= 4, "the corpus has {} files", files.len());
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let limits = Limits::default();
        let extension = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let (outcome, missing): (tegu_dav::Result<Split>, Oracle) = match extension.as_str() {
            "ics" => (split::calendar(&bytes, &limits), calendar_loss),
            "vcf" => (vcard::cards(&bytes, vcard::Version::V3, &limits), card_loss),
            "csv" => (csv::contacts(&bytes, &limits), |_, _| None),
            _ => continue,
        };
        let class = match &outcome {
            Err(error) => format!("{extension} {:?}", error.kind()),
            Ok(split) if split.items.is_empty() => format!("{extension} empty"),
            Ok(split) if split.items.iter().all(|item| !item.is_lossy()) => format!("{extension} whole"),
            Ok(split) if split.items.iter().any(|item| !item.is_lossy()) => {
                format!("{extension} partly manual")
            }
            Ok(_) => format!("{extension} manual"),
        };
        *classes.entry(class).or_default() += 1;
        if let Ok(split) = &outcome {
            for finding in split.items.iter().flat_map(|item| &item.findings) {
                *classes.entry(finding.code().to_owned()).or_default() += 1;
            }
            if let Some(problem) = missing(&bytes, split) {
                problems.push(format!("{}: {problem}", path.display()));
            }
            for item in split.items.iter().filter(|item| !item.is_lossy()) {
                let body = item.body.as_deref().unwrap();
                assert!(std::str::from_utf8(body).is_ok(), "{}", path.display());
                let same = if extension == "ics" {
                    tegu_dav::prove::calendar(body, body)
                } else {
                    tegu_dav::prove::contact(body, body)
                };
                assert_eq!(same, Ok(()), "{}", path.display());
                let again = if extension == "ics" {
                    split::calendar(body, &limits)
                } else {
                    vcard::cards(body, vcard::Version::V3, &limits)
                };
                let again = again.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                assert_eq!(again.items.len(), 1, "{}", path.display());
                assert_eq!(again.items[0].body.as_deref(), Some(body), "{}", path.display());
                assert!(
                    !again.items[0].is_lossy(),
                    "{}: {:?}",
                    path.display(),
                    again.items[0].findings
                );
                let physical = body.split(|&b| b == b'\n').filter(|line| !line.is_empty());
                assert!(
                    physical
                        .clone()
                        .all(|line| line.len() <= 76 && line.ends_with(b"\r")),
                    "{}",
                    path.display()
                );
            }
        }
    }
    for (class, count) in &classes {
        eprintln!("{count:6} {class}");
    }
    assert!(
        problems.is_empty(),
        "{} of {} files:\n{}",
        problems.len(),
        files.len(),
        problems.join("\n")
    );
}

/// Every component of the input must be, line by line, in a resource without lossy findings or in the
/// original bytes of an item that goes to a person.
fn calendar_loss(bytes: &[u8], split: &Split) -> Option<String> {
    let (wanted, header) = oracle::calendar(bytes);
    let told = |code: &str| {
        split
            .items
            .iter()
            .flat_map(|item| &item.findings)
            .any(|finding| finding.code() == code)
    };
    // An exception of whole days may be named by a day instead of its midnight, where a finding says so.
    let days = told("DAV-REPAIR-RECURRENCE-ID");
    let by_day = |signature: oracle::Signature| -> oracle::Signature {
        let line = |line: String| match line
            .strip_prefix("RECURRENCE-ID:")
            .and_then(|value| value.split_once("T000000"))
        {
            Some((day, "" | "Z")) if days => format!("RECURRENCE-ID:{day}"),
            _ => line,
        };
        signature.into_iter().map(line).collect()
    };
    let wanted: Vec<_> = wanted
        .into_iter()
        .map(|(name, signature)| (name, by_day(signature)))
        .collect();
    let mut found: Vec<oracle::Signature> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for item in &split.items {
        let bytes = if lossy(item).is_empty() {
            item.body.as_deref().unwrap()
        } else {
            &item.original
        };
        let (components, own) = oracle::calendar(bytes);
        found.extend(components.into_iter().map(|(_, signature)| by_day(signature)));
        texts.extend(own);
        texts.extend(oracle::lines(bytes));
    }
    let unused: usize = split
        .findings
        .iter()
        .filter(|finding| matches!(finding, Finding::TzUnused { .. }))
        .count();
    let mut zones_missing = std::collections::BTreeSet::new();
    for (name, signature) in &wanted {
        if !found.contains(signature) {
            if name == "VTIMEZONE" {
                zones_missing.insert(signature.iter().find(|line| line.starts_with("TZID")).cloned());
            } else if !signature
                .iter()
                .all(|line| texts.iter().any(|text| text.contains(line.as_str())))
            {
                return Some(format!("a {name} is gone: {signature:.300?}"));
            }
        }
    }
    let matched: std::collections::BTreeSet<&String> = split
        .items
        .iter()
        .flat_map(|item| &item.findings)
        .filter_map(|finding| match finding {
            Finding::TzMatched { from, .. } => Some(from),
            _ => None,
        })
        .collect();
    let unused = unused + matched.len();
    if zones_missing.len() > unused && !split.items.iter().any(|item| !lossy(item).is_empty()) {
        return Some(format!(
            "{zones_missing:?} are gone, {unused} are known to be unused"
        ));
    }
    if !split.items.is_empty() {
        for line in header
            .iter()
            .filter(|line| !line.to_ascii_uppercase().starts_with("METHOD"))
            .filter(|line| !(told("DAV-REPAIR-CALENDAR-VERSION") && line.trim() == "VERSION:1.0"))
        {
            if !texts.iter().any(|text| text.contains(line.trim())) {
                return Some(format!("a calendar property is gone: {line}"));
            }
        }
    }
    let items: usize = split.items.iter().map(|item| item.components).sum();
    let events = wanted.iter().filter(|(name, _)| name != "VTIMEZONE").count();
    (items < events).then(|| format!("{events} components, {items} in items"))
}

/// Every property of every card whose item is not lossy must be in what is sent.
fn card_loss(bytes: &[u8], split: &Split) -> Option<String> {
    let wanted = oracle::cards(bytes);
    let items: usize = split.items.iter().map(|item| item.components).sum();
    if items < wanted.len() {
        return Some(format!("{} cards, {items} in items", wanted.len()));
    }
    let whole: Vec<&Item> = split.items.iter().filter(|item| lossy(item).is_empty()).collect();
    for item in whole {
        let source = oracle::cards(&item.original);
        let sent = oracle::cards(item.body.as_deref().unwrap());
        let ([source], [sent]) = (&source[..], &sent[..]) else {
            return Some(format!("{} is not one card", item.uid));
        };
        for (property, count) in source {
            let version = property.0 == "version";
            if !version && sent.get(property).copied().unwrap_or(0) < *count {
                return Some(format!(
                    "{property:?} is gone; sent {:.600?}",
                    sent.keys()
                        .filter(|(name, _)| *name == property.0)
                        .collect::<Vec<_>>()
                ));
            }
        }
    }
    None
}
