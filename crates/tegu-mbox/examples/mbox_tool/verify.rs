//! Whether a file is readable, and holds the same as another.

use std::collections::HashMap;
use std::path::Path;

use tegu_mbox::read::{self, Options, Stream};

use crate::outcome::{Failure, Outcome};

/// How often each content is there, and where it stands first.
type Multiset = HashMap<blake3::Hash, (u64, u64)>;

/// Messages are compared by their octets, envelopes and their order are not.
pub(crate) fn verify(file: &Path, against: Option<&Path>, options: &Options) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let (digests, digest) = digests(file, options, &mut outcome)?;
    println!(
        "{}: {} messages, digest {digest}",
        file.display(),
        outcome.done + outcome.manual
    );
    if let Some(other) = against {
        let mut there = Outcome::default();
        let (others, digest) = self::digests(other, options, &mut there)?;
        println!(
            "{}: {} messages, digest {digest}",
            other.display(),
            there.done + there.manual
        );
        outcome.manual += there.manual;
        outcome.failed += differ(file, &digests, other, &others) + differ(other, &others, file, &digests);
        let verdict = if outcome.failed == 0 {
            "the same messages"
        } else {
            "NOT the same messages"
        };
        println!("{verdict}");
    }
    Ok(outcome)
}

/// The multiset, and one digest that does not depend on the order.
fn digests(
    file: &Path,
    options: &Options,
    outcome: &mut Outcome,
) -> Result<(Multiset, blake3::Hash), Failure> {
    let mut stream = Stream::new(read::open(file, options)?, options.clone());
    let mut digests = Multiset::new();
    loop {
        let mut hasher = blake3::Hasher::new();
        let Some(summary) = stream.next_into(&mut hasher)? else {
            break;
        };
        digests.entry(hasher.finalize()).or_insert((0, summary.offset)).0 += 1;
        outcome.message(file, summary.offset, &summary.findings);
    }
    let mut all: Vec<_> = digests
        .iter()
        .map(|(digest, (count, _))| (*digest.as_bytes(), *count))
        .collect();
    all.sort_unstable();
    let mut whole = blake3::Hasher::new();
    for (digest, count) in all {
        whole.update(&digest).update(&count.to_le_bytes());
    }
    Ok((digests, whole.finalize()))
}

/// Names what `here` holds more often than `there`, and counts it.
fn differ(file: &Path, here: &Multiset, other: &Path, there: &Multiset) -> u64 {
    let mut more = 0;
    for (digest, (count, offset)) in here {
        let missing = count.saturating_sub(there.get(digest).map_or(0, |(count, _)| *count));
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
