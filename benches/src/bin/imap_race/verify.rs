//! What a peer lost, changed or doubled: every message of both sides, by content.

use std::collections::BTreeMap;
use std::io;

use tegu_testkit::Dovecot;
use tegu_testkit::imap::{Client, Held, Holdings};

/// How the target differs from the source, in messages.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Difference {
    pub(crate) held: usize,
    /// Fewer messages than the source has, summed over the folders.
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    /// Octets that the source does not have.
    pub(crate) changed: usize,
    /// The same instant with other flags or keywords, whatever became of the octets.
    pub(crate) flags: usize,
    /// Another instant, whatever became of the octets.
    pub(crate) dates: usize,
    /// Folders whose order differs, of those that hold the same octets.
    pub(crate) disordered: usize,
}

pub(crate) fn holdings(port: u16, user: &str) -> io::Result<Holdings> {
    Client::login(port, user, Dovecot::password())?.holdings()
}

pub(crate) fn compare(source: &Holdings, target: &Holdings) -> Difference {
    let mut difference = Difference {
        held: target.values().map(Vec::len).sum(),
        ..Difference::default()
    };
    let empty = Vec::new();
    for (folder, messages) in source {
        difference.folder(messages, target.get(folder).unwrap_or(&empty));
    }
    for (folder, messages) in target {
        if !source.contains_key(folder) {
            difference.folder(&empty, messages);
        }
    }
    difference
}

impl Difference {
    fn folder(&mut self, source: &[Held], target: &[Held]) {
        self.lost += source.len().saturating_sub(target.len());
        self.doubled += target.len().saturating_sub(source.len());
        let common = source.len().min(target.len());
        let octets = shared(source, target, |held| held.digest);
        let dates = shared(source, target, |held| held.date);
        let dated_flags = shared(source, target, |held| (held.date, held.flags.clone()));
        self.changed += common - octets;
        self.dates += common - dates;
        self.flags += dates - dated_flags;
        let same = octets == source.len() && octets == target.len();
        if same
            && source
                .iter()
                .zip(target)
                .any(|(one, other)| one.digest != other.digest)
        {
            self.disordered += 1;
        }
    }
}

/// How many messages of one side have their equal on the other, each counted once.
fn shared<K: Ord>(source: &[Held], target: &[Held], key: impl Fn(&Held) -> K) -> usize {
    let mut open: BTreeMap<K, usize> = BTreeMap::new();
    for held in source {
        *open.entry(key(held)).or_default() += 1;
    }
    let mut count = 0;
    for held in target {
        if let Some(left) = open.get_mut(&key(held)).filter(|left| **left > 0) {
            *left -= 1;
            count += 1;
        }
    }
    count
}
