//! Whether a file is readable, and holds the same as another.

use super::{
    copy::settled,
    outcome::{Failure, Outcome},
};
use crate::say;
use serde_json::{Value, json};
use std::{collections::HashMap, path::Path};
use tegu_mbox::{
    Finding, Severity,
    read::{self, Options, Stream},
};

/// The messages of a file by the digest of their octets.
type Multiset = HashMap<blake3::Hash, Copies>;

/// The contents in the order in which they stand in the file.
fn in_order(messages: &Multiset) -> Vec<(&blake3::Hash, &Copies)> {
    let mut all: Vec<_> = messages.iter().collect();
    all.sort_unstable_by_key(|(_, copies)| copies.offset);
    all
}

#[derive(Default)]
struct Copies {
    count: u64,
    /// Where the first stands.
    offset: u64,
    /// Those about whose reading something is doubtful.
    doubtful: Vec<(u64, Vec<Finding>)>,
}

/// Messages are compared by their octets, envelopes and their order are not. A doubt about how a message is to be read
/// is settled by the other file, if that one holds the same without a doubt.
pub(super) fn verify(
    file: &Path,
    against: Option<&Path>,
    options: &Options,
    outcome: &mut Outcome,
    json: bool,
) -> Result<(), Failure> {
    let mut files = Vec::new();
    let here = read_and_say(file, options, json, &mut files)?;
    let mut same = None;
    if let Some(other) = against {
        let there = read_and_say(other, options, json, &mut files)?;
        tell(file, &here, &there, outcome);
        // Messages of the other file are counted where they are for a person.
        let done = outcome.done;
        tell(other, &there, &here, outcome);
        outcome.done = done;
        let missing =
            differ(file, &here, other, &there, outcome) + differ(other, &there, file, &here, outcome);
        outcome.failed += missing;
        same = Some(outcome.failed == 0);
    } else {
        tell(file, &here, &Multiset::new(), outcome);
    }
    outcome.tell();
    if json {
        let mut told = outcome.as_json();
        told["files"] = files.into();
        told["same"] = same.into();
        say::json(&told)?;
    } else if let Some(same) = same {
        say::line(if same {
            "the same messages"
        } else {
            "NOT the same messages"
        });
    }
    Ok(())
}

/// Reads the whole file, and says how many messages it holds, with one digest that does not depend on their order.
fn read_and_say(
    file: &Path,
    options: &Options,
    json: bool,
    files: &mut Vec<Value>,
) -> Result<Multiset, Failure> {
    let options = &settled(file, options)?;
    let mut stream = Stream::new(read::open(file, options)?, options.clone());
    let mut messages = Multiset::new();
    loop {
        let mut hasher = blake3::Hasher::new();
        let Some(summary) = stream.next_into(&mut hasher)? else {
            break;
        };
        let copies = messages.entry(hasher.finalize()).or_insert_with(|| Copies {
            offset: summary.offset,
            ..Copies::default()
        });
        copies.count += 1;
        if summary
            .findings
            .iter()
            .any(|finding| finding.severity() == Severity::Lossy)
        {
            copies.doubtful.push((summary.offset, summary.findings));
        }
    }
    let mut all: Vec<_> = messages
        .iter()
        .map(|(digest, copies)| (*digest.as_bytes(), copies.count))
        .collect();
    all.sort_unstable();
    let mut whole = blake3::Hasher::new();
    for (digest, count) in &all {
        whole.update(digest).update(&count.to_le_bytes());
    }
    let (count, digest) = (all.iter().map(|(_, count)| count).sum::<u64>(), whole.finalize());
    if !json {
        say!("{}: {count} messages, digest {digest}", file.display());
    }
    files
        .push(json!({ "file": file.display().to_string(), "messages": count, "digest": digest.to_string() }));
    Ok(messages)
}

/// Names what is doubtful in `here` and not settled by `there`.
fn tell(file: &Path, here: &Multiset, there: &Multiset, outcome: &mut Outcome) {
    for (digest, copies) in in_order(here) {
        outcome.done += copies.count - copies.doubtful.len() as u64;
        let settled = there
            .get(digest)
            .is_some_and(|others| others.doubtful.len() as u64 != others.count);
        for (offset, findings) in &copies.doubtful {
            outcome.message(file, *offset, if settled { &[] } else { findings });
        }
    }
}

/// Names what `here` holds more often than `there`, and counts it.
fn differ(file: &Path, here: &Multiset, other: &Path, there: &Multiset, outcome: &mut Outcome) -> u64 {
    let mut more = 0;
    for (digest, Copies { count, offset, .. }) in in_order(here) {
        let missing = count.saturating_sub(there.get(digest).map_or(0, |others| others.count));
        if missing > 0 {
            more += missing;
            let text = format!(
                "message at byte {offset} ({digest}): {missing} of {count} not in {}",
                other.display()
            );
            outcome.failure(file, &text);
        }
    }
    more
}
