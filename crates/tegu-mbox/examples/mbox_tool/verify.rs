//! Whether a file is readable, and holds the same as another.

use std::collections::HashMap;
use std::path::Path;

use tegu_mbox::read::{self, Options, Stream};
use tegu_mbox::{Finding, Severity};

use crate::copy::settled;
use crate::outcome::{Failure, Outcome};

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
pub(crate) fn verify(file: &Path, against: Option<&Path>, options: &Options) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let here = read_and_say(file, options)?;
    let Some(other) = against else {
        tell(file, &here, &Multiset::new(), &mut outcome);
        return Ok(outcome);
    };
    let there = read_and_say(other, options)?;
    tell(file, &here, &there, &mut outcome);
    let mut others = Outcome::default();
    tell(other, &there, &here, &mut others);
    outcome.manual += others.manual;
    outcome.failed += differ(file, &here, other, &there) + differ(other, &there, file, &here);
    let verdict = if outcome.failed == 0 {
        "the same messages"
    } else {
        "NOT the same messages"
    };
    println!("{verdict}");
    Ok(outcome)
}

/// Reads the whole file, and says how many messages it holds, with one digest that does not depend on their order.
fn read_and_say(file: &Path, options: &Options) -> Result<Multiset, Failure> {
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
    println!(
        "{}: {} messages, digest {}",
        file.display(),
        all.iter().map(|(_, count)| count).sum::<u64>(),
        whole.finalize()
    );
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
fn differ(file: &Path, here: &Multiset, other: &Path, there: &Multiset) -> u64 {
    let mut more = 0;
    for (digest, Copies { count, offset, .. }) in in_order(here) {
        let missing = count.saturating_sub(there.get(digest).map_or(0, |others| others.count));
        if missing > 0 {
            more += missing;
            eprintln!(
                "failed: {}: message at byte {offset} ({digest}): {missing} of {count} not in {}",
                file.display(),
                other.display()
            );
        }
    }
    more
}
