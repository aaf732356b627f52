//! Records of items that are moved one by one: messages between sides that are not both IMAP servers, calendars, contacts.

use super::{
    Book, BookKind, JobKey, Journal, Lease,
    codec::{put, put_octets, take, take_octets},
    imap::damaged,
};
use crate::{Digest, Entity, Finding, Result, State};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A folder, calendar or address book of one account: what records are grouped by.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Scope {
    /// What kind of items.
    pub entity: Entity,
    /// [`Account::id`](crate::Account::id).
    pub account: String,
    /// The container's path on the source.
    pub container: Vec<String>,
}

impl Scope {
    /// Names a container.
    pub fn new(entity: Entity, account: impl Into<String>, container: Vec<String>) -> Self {
        Self {
            entity,
            account: account.into(),
            container,
        }
    }

    /// Whose book it is.
    pub fn job(&self) -> JobKey {
        JobKey::new(self.entity, self.account.clone())
    }

    /// The path as one name that keeps different paths apart: NUL never occurs in a folder's name.
    pub fn book(&self) -> Book {
        Book::new(BookKind::Records, self.container.join("\0"))
    }

    /// The container that a book is about.
    pub fn of_book(job: &JobKey, book: &Book) -> Self {
        let name = String::from_utf8_lossy(&book.name);
        let container = name.split('\0').map(str::to_owned).collect();
        Self::new(job.entity, job.account.clone(), container)
    }
}

/// What is remembered of one item.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// How it ended.
    pub state: State,
    /// Digest of its content on the source.
    pub digest: Option<Digest>,
    /// Digest of what the target gave back when the item was last proved, where that is not the same octets. It stays when a
    /// later version of the item does not get there, and tells whether what stands there is still what was proved.
    pub proof: Option<Digest>,
    /// What a calendar item or a contact is called on the target, where that is not the name that follows from its UID.
    pub place: Option<String>,
    /// Size in octets.
    pub bytes: u64,
    /// What a person recognises it by, where a person has to deal with it.
    pub label: String,
    /// Why it is not simply moved.
    pub findings: Vec<Finding>,
    /// Where the original was kept for a person, relative to the job directory.
    pub original: Option<String>,
    /// How often it has been tried.
    pub attempts: u32,
    /// It stands on the target, but not as it should; putting it there again would double it.
    pub on_target: bool,
}

impl Record {
    /// A record with nothing but a state.
    pub fn new(state: State) -> Self {
        Self {
            state,
            digest: None,
            proof: None,
            place: None,
            bytes: 0,
            label: String::new(),
            findings: Vec::new(),
            original: None,
            attempts: 1,
            on_target: false,
        }
    }

    /// Whether a later run must leave the item alone.
    pub fn stands_on_target(&self) -> bool {
        self.on_target || matches!(self.state, State::Moved | State::Present)
    }

    /// The name on the target, if it is not the one that follows from the item.
    pub(crate) fn place_or<'a>(&'a self, name: &'a str) -> &'a str {
        self.place.as_deref().unwrap_or(name)
    }

    /// Whether the item's owner deleted it on the target after it had got there; it is not brought back.
    pub(crate) fn deleted_by_owner(&self) -> bool {
        let deleted = |finding: &Finding| finding.code == Self::DELETED_BY_OWNER;
        self.state == State::Excluded && self.findings.iter().any(deleted)
    }

    /// The code of the finding that says so.
    pub(crate) const DELETED_BY_OWNER: &'static str = "DAV-TARGET-DELETED";
}

/// What is about to be sent: messages to a mail folder, or resources to a calendar or an address book.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// Where the mail folder ended, in the target's own terms; empty for resources.
    pub mark: String,
    /// The items, by identity on the source and digest.
    pub items: Vec<(String, Digest)>,
    /// How many octets each of them has; none where that was not written down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<u64>,
}

impl Intent {
    /// Says what will be appended behind `mark`.
    pub fn new(mark: impl Into<String>, items: Vec<(String, Digest)>) -> Self {
        Self {
            mark: mark.into(),
            items,
            sizes: Vec::new(),
        }
    }

    /// How many octets each item has, in the order of the items.
    #[must_use]
    pub fn sizes(mut self, sizes: impl IntoIterator<Item = u64>) -> Self {
        self.sizes = sizes.into_iter().collect();
        self
    }
}

/// What a book of records comes to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Opened {
    /// The container's name on the target, in the target's own terms.
    pub target: Option<String>,
    /// The last record of each item, by its identity on the source.
    pub records: HashMap<String, Record>,
    /// The intent that an earlier run left open.
    pub intent: Option<Intent>,
}

/// What is not in every record, written where there is any of it.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Extra {
    #[serde(rename = "l", default, skip_serializing_if = "String::is_empty")]
    label: String,
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    original: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

/// The records of one job, as its worker writes them.
///
/// A part of a book is one octet, a length, and so many octets: `t` the container's name on the target, `i` an intent as JSON,
/// `r` records, which close the intent.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    journal: &'a dyn Journal,
    lease: &'a Lease,
}

impl<'a> Records<'a> {
    /// The records of the job that is held.
    pub fn new(journal: &'a dyn Journal, lease: &'a Lease) -> Self {
        Self { journal, lease }
    }

    /// What is known of a container.
    pub async fn open(&self, scope: &Scope) -> Result<Opened> {
        Self::read(self.journal, scope).await
    }

    /// The same, for who holds no lease.
    pub async fn read(journal: &dyn Journal, scope: &Scope) -> Result<Opened> {
        let book = journal.read(&scope.job(), &scope.book()).await?;
        Self::decode(&book).ok_or_else(|| damaged(&scope.job(), &scope.container.join("/")))
    }

    /// Reads a book. `None`: it is damaged.
    pub(super) fn decode(book: &[u8]) -> Option<Opened> {
        decode(book)
    }

    /// Says what the container is called on the target.
    pub async fn target(&self, scope: &Scope, name: &str) -> Result<()> {
        self.add(scope, &part(b't', name.as_bytes())).await
    }

    /// Opens an intent, in place of one that may stand there.
    pub async fn begin(&self, scope: &Scope, intent: &Intent) -> Result<()> {
        self.add(scope, &Self::intent_part(intent)?).await
    }

    /// Writes records, new or in place of older ones, and closes the container's intent.
    pub async fn commit(&self, scope: &Scope, records: &[(String, Record)]) -> Result<()> {
        self.add(scope, &Self::part(records)?).await
    }

    async fn add(&self, scope: &Scope, part: &[u8]) -> Result<()> {
        self.journal.append(self.lease, &scope.book(), part).await
    }

    /// The stored form of records.
    pub(super) fn part(records: &[(String, Record)]) -> Result<Vec<u8>> {
        let mut octets = Vec::with_capacity(64 * records.len());
        for (id, record) in records {
            encode(id, record, &mut octets)?;
        }
        Ok(part(b'r', &octets))
    }

    /// The stored form of an intent.
    pub(super) fn intent_part(intent: &Intent) -> Result<Vec<u8>> {
        Ok(part(b'i', &json(intent)?))
    }
}

fn part(kind: u8, octets: &[u8]) -> Vec<u8> {
    let mut part = Vec::with_capacity(octets.len() + 6);
    part.push(kind);
    put_octets(&mut part, octets);
    part
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| crate::Error::new(crate::ErrorKind::Journal, format!("encoding a record: {error}")))
}

const DIGEST: u8 = 8;
const PROOF: u8 = 16;
const ON_TARGET: u8 = 32;
const EXTRA: u8 = 64;
/// The identity begins with the digest, as that of a message in a file does: it is not written twice.
const BY_DIGEST: u8 = 128;

fn encode(id: &str, record: &Record, out: &mut Vec<u8>) -> Result<()> {
    let rest = record
        .digest
        .and_then(|digest| id.strip_prefix(&digest.to_string()));
    let extra = Extra {
        label: record.label.clone(),
        findings: record.findings.clone(),
        original: record.original.clone(),
        place: record.place.clone(),
    };
    let has_extra = !extra.label.is_empty()
        || !extra.findings.is_empty()
        || extra.original.is_some()
        || extra.place.is_some();
    let bit = |set: bool, bit: u8| if set { bit } else { 0 };
    let state = State::ALL
        .iter()
        .position(|state| *state == record.state)
        .unwrap_or_default();
    out.push(
        state as u8
            | bit(record.digest.is_some(), DIGEST)
            | bit(record.proof.is_some(), PROOF)
            | bit(record.on_target, ON_TARGET)
            | bit(has_extra, EXTRA)
            | bit(rest.is_some(), BY_DIGEST),
    );
    put_octets(out, rest.unwrap_or(id).as_bytes());
    for digest in [record.digest, record.proof].into_iter().flatten() {
        out.extend_from_slice(digest.as_bytes());
    }
    put(out, record.bytes);
    put(out, u64::from(record.attempts));
    if has_extra {
        put_octets(out, &json(&extra)?);
    }
    Ok(())
}

fn decode(mut book: &[u8]) -> Option<Opened> {
    let mut opened = Opened::default();
    while let Some((kind, rest)) = book.split_first() {
        book = rest;
        let mut part = take_octets(&mut book)?;
        match kind {
            b't' => opened.target = Some(std::str::from_utf8(part).ok()?.to_owned()),
            b'i' => opened.intent = Some(serde_json::from_slice(part).ok()?),
            b'r' => {
                opened.intent = None;
                while !part.is_empty() {
                    let (id, record) = take_record(&mut part)?;
                    opened.records.insert(id, record);
                }
            }
            _ => return None,
        }
    }
    Some(opened)
}

fn take_record(input: &mut &[u8]) -> Option<(String, Record)> {
    let (bits, rest) = input.split_first()?;
    *input = rest;
    let mut record = Record::new(*State::ALL.get(usize::from(bits & 7))?);
    record.on_target = bits & ON_TARGET != 0;
    let mut id = std::str::from_utf8(take_octets(input)?).ok()?.to_owned();
    let mut digest = |bit: u8| -> Option<Option<Digest>> {
        if bits & bit == 0 {
            return Some(None);
        }
        let (digest, rest) = input.split_first_chunk::<32>()?;
        *input = rest;
        Some(Some(Digest::from_bytes(*digest)))
    };
    record.digest = digest(DIGEST)?;
    record.proof = digest(PROOF)?;
    if bits & BY_DIGEST != 0 {
        id.insert_str(0, &record.digest?.to_string());
    }
    record.bytes = take(input)?;
    record.attempts = u32::try_from(take(input)?).ok()?;
    if bits & EXTRA != 0 {
        let extra: Extra = serde_json::from_slice(take_octets(input)?).ok()?;
        (record.label, record.findings) = (extra.label, extra.findings);
        (record.original, record.place) = (extra.original, extra.place);
    }
    Some((id, record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Account,
        journal::{Claim, Job, MemoryJournal},
    };
    use std::time::Duration;

    #[tokio::test]
    async fn what_is_written_is_read() {
        let journal = MemoryJournal::new();
        let job = Job::new(Entity::Mail, Account::new("a@example.test"));
        journal.begin("plan", &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let records = Records::new(&journal, &lease);
        let scope = Scope::new(
            Entity::Mail,
            "a@example.test",
            vec!["Входящие".into(), "x".into()],
        );
        let near = Scope::new(Entity::Mail, "a@example.test", vec!["Входящие".into()]);
        assert_eq!(Scope::of_book(&scope.job(), &scope.book()), scope);
        assert_eq!(records.open(&scope).await.unwrap(), Opened::default());
        records.target(&scope, "INBOX.x").await.unwrap();
        let digest = Digest::of(b"m");
        let intent = Intent::new("7", vec![("1:1".into(), digest)]).sizes([5]);
        records.begin(&scope, &intent).await.unwrap();
        assert_eq!(records.open(&scope).await.unwrap().intent, Some(intent));

        let mut failed = Record::new(State::Failed);
        failed.findings.push(Finding::lossy("MAIL-REFUSED", "full"));
        let mut moved = Record::new(State::Moved);
        (moved.digest, moved.proof, moved.bytes, moved.attempts) =
            (Some(digest), Some(Digest::of(b"n")), 1 << 40, 300);
        moved.place = Some("uid.ics".into());
        let by_digest = format!("{digest}#2");
        let written = [("1:1".to_owned(), failed), (by_digest.clone(), moved.clone())];
        records.commit(&scope, &written).await.unwrap();
        let mut manual = Record::new(State::Manual);
        (manual.label, manual.original, manual.on_target) = ("l".into(), Some("o".into()), true);
        records
            .commit(&scope, &[("1:1".into(), manual.clone())])
            .await
            .unwrap();
        let opened = records.open(&scope).await.unwrap();
        assert_eq!(opened.target.as_deref(), Some("INBOX.x"));
        assert_eq!(opened.intent, None, "records close the intent");
        assert_eq!(
            opened.records,
            [("1:1".to_owned(), manual), (by_digest, moved)].into()
        );
        assert_eq!(records.open(&near).await.unwrap(), Opened::default());
    }

    #[test]
    fn a_message_takes_few_octets() {
        let mut record = Record::new(State::Moved);
        (record.digest, record.bytes) = (Some(Digest::of(b"m")), 50_000);
        for id in [
            "1234567890:4000000000".to_owned(),
            format!("{}#1", Digest::of(b"m")),
        ] {
            let mut octets = Vec::new();
            encode(&id, &record, &mut octets).unwrap();
            assert!(octets.len() <= 64, "{}", octets.len());
        }
    }
}
