//! Mail to move, and the comparison of what arrived.

use std::collections::BTreeMap;

use tegu_testkit::corpus::{self, Corpus};
use tegu_testkit::imap::{Client, Held, Holdings};

/// A seeded generator, so that a failure can be had again.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// At least `low`, less than `high`.
    pub(super) fn range(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (z ^ (z >> 31)) % (high - low)
    }
}

/// Fills the mailbox of the client's user with so many messages of the corpus: Cyrillic and quoted folder names, duplicates,
/// messages without Message-ID or any header, raw 8-bit headers, long lines.
pub(super) fn fill(client: &mut Client, count: usize, max_size: u64) -> usize {
    for folder in corpus::folders().filter(|folder| *folder != "INBOX") {
        client.create(folder).unwrap();
    }
    let mut last = None;
    for (number, message) in Corpus::new(11).max_size(max_size).messages(count).enumerate() {
        let flags: Vec<&str> = message.flags.iter().chain(&message.keywords).copied().collect();
        let date = message.internal_date.imap();
        let tag = client
            .send_append(message.folder, &flags.join(" "), Some(&date), &message.bytes)
            .unwrap();
        last = Some(tag.clone());
        if number % 50 == 49 {
            client.settle(&tag).unwrap();
            last = None;
        }
    }
    if let Some(tag) = last {
        client.settle(&tag).unwrap();
    }
    count
}

/// A message of about 2 MB.
pub(super) fn large(number: usize) -> Vec<u8> {
    let line = format!("{number} {}\r\n", "x".repeat(70));
    format!(
        "Subject: large {number}\r\nMessage-ID: <large-{number}@example.test>\r\n\r\n{}",
        line.repeat(28_000)
    )
    .into_bytes()
}

pub(super) fn holdings(port: u16, user: &str) -> Holdings {
    let password = tegu_testkit::Dovecot::password();
    Client::login(port, user, password).unwrap().holdings().unwrap()
}

pub(super) fn count(holdings: &Holdings) -> usize {
    holdings.values().map(Vec::len).sum()
}

/// A message and its folder.
pub(super) type InFolder = (String, Held);

type Content = (Vec<String>, Option<i64>, u64, [u8; 32]);

fn content(held: &Held) -> Content {
    let (flags, date, octets, digest) = held.content();
    (flags.iter().cloned().collect(), date, octets, digest)
}

/// Messages by content, and how often each is there.
fn multiset<'a>(messages: impl IntoIterator<Item = &'a Held>) -> BTreeMap<Content, usize> {
    let mut set = BTreeMap::new();
    for held in messages {
        *set.entry(content(held)).or_default() += 1;
    }
    set
}

/// Demands that every folder of one side is on the other, with the same messages, exactly as often.
pub(super) fn assert_same(source: &Holdings, target: &Holdings, what: &str) {
    let (lost, extra) = difference(source, target);
    assert!(
        lost.is_empty() && extra.is_empty(),
        "{what}: {} lost, {} too many\nlost {lost:?}\ntoo many {extra:?}",
        lost.len(),
        extra.len()
    );
    for folder in source.keys() {
        assert!(target.contains_key(folder), "{what}: no folder {folder}");
    }
}

/// What the target lacks, and what it has beyond the source, folder by folder, each message as often as it is so.
pub(super) fn difference(source: &Holdings, target: &Holdings) -> (Vec<InFolder>, Vec<InFolder>) {
    (beyond(source, target), beyond(target, source))
}

/// What one side has beyond the other.
fn beyond(one: &Holdings, other: &Holdings) -> Vec<InFolder> {
    let mut found = Vec::new();
    for (folder, messages) in one {
        let mut open = multiset(other.get(folder).into_iter().flatten());
        for held in messages {
            match open.get_mut(&content(held)).filter(|left| **left > 0) {
                Some(left) => *left -= 1,
                None => found.push((folder.clone(), held.clone())),
            }
        }
    }
    found
}
