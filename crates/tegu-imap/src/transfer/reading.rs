//! What messages of either side are known by: header fields, octets.

use std::collections::HashMap;

use super::context::FolderContext;
use crate::Result;
use crate::plan::Traits;
use crate::prove::{Digest, Digester, Fingerprint, fingerprint, header_keys};
use crate::session::{Part, Session};
use crate::wire::{Body, FetchItem, Flags, InternalDate, Uid, UidSet};

/// A message by what its header says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) uid: Uid,
    pub(super) flags: Flags,
    pub(super) octets: u64,
    pub(super) fingerprint: Fingerprint,
    pub(super) traits: Traits,
}

/// A message by its octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Octets {
    pub(super) whole: Digest,
    /// What is left when a server rewrites the header.
    pub(super) text: Digest,
    pub(super) octets: u64,
}

/// What the target holds from a UID on without the ledger's knowledge.
pub(super) async fn unknown_from(
    folder: &FolderContext<'_>,
    target: &mut Session,
    from: Uid,
) -> Result<UidSet> {
    let there = target.snapshot(from).await?.uids();
    let known: UidSet = folder.record.uids().filter_map(|(_, target)| target).collect();
    Ok(there.difference(&known))
}

/// What the headers of messages say.
pub(super) async fn headers(session: &mut Session, uids: &UidSet) -> Result<Vec<Header>> {
    let mut found = Vec::new();
    let each = |item: FetchItem| {
        let fields = item.sections.first().and_then(|section| section.body.bytes());
        if let (Some(uid), Some(fields)) = (item.uid, fields) {
            let octets = item.size.unwrap_or_default();
            let keys = header_keys(fields);
            let mut traits = Traits::new(uid);
            traits.date = item.internal_date.map(InternalDate::unix_seconds);
            traits.octets = octets;
            (traits.id, traits.envelope, traits.sender) = (keys.id, keys.envelope, keys.sender);
            found.push(Header {
                uid,
                fingerprint: fingerprint(fields),
                flags: item.flags.unwrap_or_default(),
                octets,
                traits,
            });
        }
    };
    session
        .fetch_each(
            uids,
            "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM TO CC SUBJECT)])",
            each,
        )
        .await?;
    found.sort_by_key(|header| header.uid);
    found.dedup_by_key(|header| header.uid);
    Ok(found)
}

/// Headers alone, by fingerprint.
pub(super) async fn fingerprints(session: &mut Session, uids: &UidSet) -> Result<HashMap<Uid, Fingerprint>> {
    let headers = headers(session, uids).await?;
    Ok(headers
        .into_iter()
        .map(|header| (header.uid, header.fingerprint))
        .collect())
}

/// Reads messages whole, and keeps their digests.
pub(super) async fn octets(session: &mut Session, uids: &UidSet) -> Result<HashMap<Uid, Octets>> {
    /// Larger messages are digested while they come.
    const HELD: u64 = 128 << 10;
    let mut found = HashMap::new();
    if uids.is_empty() {
        return Ok(found);
    }
    let mut current = Reader::default();
    let mut parts = session.fetch_parts(uids, HELD).await?;
    while let Some(part) = parts.next().await? {
        match part {
            Part::Whole(message) => {
                if let Body::Whole(body) = message.body {
                    let mut reader = Reader::default();
                    reader.take(&body);
                    found.insert(message.uid, reader.finish());
                }
            }
            Part::Begin(_) => current = Reader::default(),
            Part::Octets(octets) => current.take(&octets),
            Part::End(uid) => {
                found.insert(uid, std::mem::take(&mut current).finish());
            }
        }
    }
    Ok(found)
}

/// Digests a message, and its text apart from its header.
#[derive(Debug, Default)]
struct Reader {
    whole: Digester,
    text: Digester,
    in_text: bool,
    /// Octets of the current header line, but its end.
    line: usize,
}

impl Reader {
    fn take(&mut self, piece: &[u8]) {
        self.whole.update(piece);
        let mut start = 0;
        while !self.in_text {
            let rest = piece.get(start..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.line += rest.iter().filter(|byte| **byte != b'\r').count();
                return;
            };
            let line = rest.get(..end).unwrap_or_default();
            self.line += line.iter().filter(|byte| **byte != b'\r').count();
            self.in_text = self.line == 0;
            self.line = 0;
            start += end + 1;
        }
        self.text.update(piece.get(start..).unwrap_or_default());
    }

    fn finish(self) -> Octets {
        Octets {
            octets: self.whole.octets(),
            whole: self.whole.finish(),
            text: self.text.finish(),
        }
    }
}
