//! Records of items that move one by one.

use crate::{
    Digest, Finding, JobKey, Journal, Kind, Lease, LogName, Result, State, damaged,
    leb128::{put, put_octets, take, take_octets},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The kind of log that holds [`Records`].
pub const RECORDS: Kind = Kind::from_static("records");

/// Identifies a container of items: a folder, a calendar or an address book of one job.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct ContainerKey {
    /// The job that moves its items.
    pub job: JobKey,
    /// The path on the source, outermost level first. No level holds a NUL character.
    pub path: Vec<String>,
}

impl ContainerKey {
    /// Makes a key.
    pub fn new(kind: impl Into<Kind>, account: impl Into<String>, path: Vec<String>) -> Self {
        Self {
            job: JobKey::new(kind, account),
            path,
        }
    }

    /// Returns the name of the log that holds the container's records: the levels of the path, joined by NUL.
    #[must_use]
    pub fn log(&self) -> LogName {
        LogName::new(RECORDS, self.path.join("\0"))
    }

    /// Returns the container that a log of records is about.
    #[must_use]
    pub fn of_log(job: &JobKey, log: &LogName) -> Self {
        let name = String::from_utf8_lossy(&log.name);
        Self {
            job: job.clone(),
            path: name.split('\0').map(str::to_owned).collect(),
        }
    }

    /// Returns the path with its levels joined by slashes, for people.
    #[must_use]
    pub fn display(&self) -> String {
        self.path.join("/")
    }
}

/// What is remembered about one item.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// How its transfer ended.
    pub state: State,
    /// The digest of its content on the source.
    pub digest: Option<Digest>,
    /// The digest of what the target returned when the item was last proved, if that differs from the source's octets. It stays
    /// if a later version of the item does not reach the target, and tells whether the target still holds what was proved.
    pub proof: Option<Digest>,
    /// The item's name on the target, if that is not the one that follows from the item.
    pub place: Option<String>,
    /// The size in octets.
    pub bytes: u64,
    /// What a person recognises the item by; empty if no person has to deal with it.
    pub label: String,
    /// Why the item was not simply moved.
    pub findings: Vec<Finding>,
    /// Where the original is kept for a person. The caller decides what the path is relative to.
    pub original: Option<String>,
    /// How often the transfer was tried.
    pub attempts: u32,
    /// The target holds the item, but not as it should. Sending it again would duplicate it.
    pub on_target: bool,
    /// What the source told of the item's version when it was last looked at. It has no meaning but to the source.
    pub version: Option<String>,
    /// The names of the flags that were last carried over, joined by spaces; kept with a version.
    pub flags: Option<String>,
    /// The place of an older version of the item on the target, which goes once this one stands there.
    pub replaces: Option<String>,
}

impl Record {
    /// Makes a record of a first attempt with this state, and nothing else.
    #[must_use]
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
            version: None,
            flags: None,
            replaces: None,
        }
    }

    /// Returns whether the target holds the item, so that a later run must not send it again.
    #[must_use]
    pub fn stands_on_target(&self) -> bool {
        self.on_target || self.state.is_on_target()
    }
}

/// Says which items are about to be sent to a container, so that whoever resumes looks for them first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// Where the container ended, in the target's own terms; empty if its items have names.
    pub mark: String,
    /// The items: identity on the source, and digest.
    pub items: Vec<(String, Digest)>,
    /// The size of each item in octets, in the order of the items; empty if it is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<u64>,
    /// When they are sent, in seconds since 1970; 0 if it is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at: u64,
}

impl Intent {
    /// Makes an intent to send `items` behind `mark`.
    pub fn new(mark: impl Into<String>, items: Vec<(String, Digest)>) -> Self {
        Self {
            mark: mark.into(),
            items,
            sizes: Vec::new(),
            at: 0,
        }
    }

    /// Sets the size of each item in octets, in the order of the items.
    #[must_use]
    pub fn sizes(mut self, sizes: impl IntoIterator<Item = u64>) -> Self {
        self.sizes = sizes.into_iter().collect();
        self
    }

    /// Sets when they are sent, in seconds since 1970.
    #[must_use]
    pub fn at(mut self, at: u64) -> Self {
        self.at = at;
        self
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An item that was sent more often than copies or refusals are known of it: the target may get a copy late.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Doubt {
    /// Its identity on the source.
    pub id: String,
    /// The digest of what was sent.
    pub digest: Digest,
    /// Its size in octets.
    pub bytes: u64,
    /// When it was last sent, in seconds since 1970; 0 if it is not known.
    pub at: u64,
    /// How many of its sendings have no known end.
    pub sendings: u32,
}

impl Doubt {
    /// Makes a doubt about one sending.
    pub fn new(id: impl Into<String>, digest: Digest, bytes: u64, at: u64) -> Self {
        Self {
            id: id.into(),
            digest,
            bytes,
            at,
            sendings: 1,
        }
    }
}

/// Items of a container whose sending has no known end. They outlive passes: each looks for late copies behind the mark.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Doubts {
    /// Copies that were not seen yet stand here or behind it, in the target's own terms.
    pub mark: String,
    /// The items.
    pub items: Vec<Doubt>,
}

impl Doubts {
    /// Makes doubts about `items`, whose copies stand at `mark` or behind it.
    pub fn new(mark: impl Into<String>, items: Vec<Doubt>) -> Self {
        Self {
            mark: mark.into(),
            items,
        }
    }
}

/// What the journal knows about the items of a container.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ContainerRecords {
    /// The container's name on the target, in the target's own terms, if one was noted.
    pub target: Option<String>,
    /// The last record of each item, by the item's identity on the source.
    pub records: HashMap<String, Record>,
    /// The intent that an earlier run left open, if any.
    pub intent: Option<Intent>,
    /// What earlier runs sent with no known end. No item of an open intent counts here.
    pub doubts: Doubts,
}

/// What few records have.
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
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    flags: Option<String>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
}

impl Extra {
    fn is_empty(&self) -> bool {
        let texts = [
            &self.original,
            &self.place,
            &self.version,
            &self.flags,
            &self.replaces,
        ];
        self.label.is_empty() && self.findings.is_empty() && texts.iter().all(|text| text.is_none())
    }
}

/// Writes the records of one job.
///
/// The order of calls for a batch of items: [`begin`](Self::begin) with the intent, send the items and prove them, then
/// [`commit`](Self::commit), which closes the intent. Whoever resumes reads the container first ([`open`](Self::open)); if an
/// intent is open, it looks for those items on the target before it sends any, and then [resolves](Self::resolve) it: what was
/// not found may still arrive where the target finishes commands of connections that are lost.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    journal: &'a dyn Journal,
    lease: &'a Lease,
}

impl<'a> Records<'a> {
    /// Makes a writer for the job that `lease` is on.
    #[must_use]
    pub fn new(journal: &'a dyn Journal, lease: &'a Lease) -> Self {
        Self { journal, lease }
    }

    /// Reads what is known about a container.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the log is damaged, besides those of the journal.
    pub async fn open(&self, container: &ContainerKey) -> Result<ContainerRecords> {
        Self::read(self.journal, container).await
    }

    /// Reads what is known about a container, without a lease.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub async fn read(journal: &dyn Journal, container: &ContainerKey) -> Result<ContainerRecords> {
        let log = journal.read(&container.job, &container.log()).await?;
        Self::decode(&log).ok_or_else(|| damaged(&container.job, container.display()))
    }

    /// Reads a log of records. Returns `None` if it is damaged.
    #[must_use]
    pub fn decode(log: &[u8]) -> Option<ContainerRecords> {
        decode(log)
    }

    /// Notes the container's name on the target.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::append`].
    pub async fn target(&self, container: &ContainerKey, name: &str) -> Result<()> {
        self.add(container, &part(b't', name.as_bytes())).await
    }

    /// Opens an intent. It replaces one that is open.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::append`].
    pub async fn begin(&self, container: &ContainerKey, intent: &Intent) -> Result<()> {
        self.add(container, &Self::intent_part(intent)?).await
    }

    /// Writes records, which replace older ones of the same items, and closes the container's intent.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::append`].
    pub async fn commit(&self, container: &ContainerKey, records: &[(String, Record)]) -> Result<()> {
        self.add(container, &Self::part(records)?).await
    }

    /// Writes records as [`commit`](Self::commit) does and closes the intent, together with what stays in doubt, which replaces earlier
    /// doubts. A process that is killed leaves both or none.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::append`].
    pub async fn resolve(
        &self,
        container: &ContainerKey,
        records: &[(String, Record)],
        doubts: &Doubts,
    ) -> Result<()> {
        let mut parts = part(b'd', &json(doubts)?);
        parts.extend(Self::part(records)?);
        self.add(container, &parts).await
    }

    async fn add(&self, container: &ContainerKey, part: &[u8]) -> Result<()> {
        self.journal.append(self.lease, &container.log(), part).await
    }

    /// Returns the stored form of records.
    pub(super) fn part(records: &[(String, Record)]) -> Result<Vec<u8>> {
        let mut octets = Vec::with_capacity(64 * records.len());
        for (id, record) in records {
            encode(id, record, &mut octets)?;
        }
        Ok(part(b'r', &octets))
    }

    /// Returns the stored form of an intent.
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
    serde_json::to_vec(value).map_err(|error| {
        crate::Error::new(crate::ErrorKind::Journal, &error)
            .doing("encode", "a record")
            .with_source(error)
    })
}

const DIGEST: u8 = 8;
const PROOF: u8 = 16;
const ON_TARGET: u8 = 32;
const EXTRA: u8 = 64;
/// The identity begins with the digest, which is not written twice. That of a message in a file does.
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
        version: record.version.clone(),
        flags: record.flags.clone(),
        replaces: record.replaces.clone(),
    };
    let has_extra = !extra.is_empty();
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

fn decode(mut log: &[u8]) -> Option<ContainerRecords> {
    let mut opened = ContainerRecords::default();
    while let Some((kind, rest)) = log.split_first() {
        log = rest;
        let mut part = take_octets(&mut log)?;
        match kind {
            b't' => opened.target = Some(std::str::from_utf8(part).ok()?.to_owned()),
            b'i' => opened.intent = Some(serde_json::from_slice(part).ok()?),
            b'd' => opened.doubts = serde_json::from_slice(part).ok()?,
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
        (record.version, record.flags, record.replaces) = (extra.version, extra.flags, extra.replaces);
    }
    Some((id, record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Job, MemoryJournal};
    use std::time::Duration;

    const MAIL: Kind = Kind::from_static("mail");

    #[tokio::test]
    async fn what_is_written_is_read() {
        let journal = MemoryJournal::new();
        let job = Job::new(JobKey::new(MAIL, "anna"), &()).unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let records = Records::new(&journal, &lease);
        let scope = ContainerKey::new(MAIL, "anna", vec!["Входящие".into(), "x".into()]);
        let near = ContainerKey::new(MAIL, "anna", vec!["Входящие".into()]);
        assert_eq!(ContainerKey::of_log(&scope.job, &scope.log()), scope);
        assert_eq!(records.open(&scope).await.unwrap(), ContainerRecords::default());
        records.target(&scope, "INBOX.x").await.unwrap();
        let digest = Digest::from_bytes([7; 32]);
        let intent = Intent::new("7", vec![("1:1".into(), digest)]).sizes([5]);
        records.begin(&scope, &intent).await.unwrap();
        assert_eq!(records.open(&scope).await.unwrap().intent, Some(intent));

        let mut failed = Record::new(State::Failed);
        failed.findings.push(Finding::lossy("MAIL-REFUSED", "full"));
        let mut moved = Record::new(State::Moved);
        (moved.digest, moved.proof, moved.bytes, moved.attempts) =
            (Some(digest), Some(Digest::from_bytes([8; 32])), 1 << 40, 300);
        moved.place = Some("uid.ics".into());
        (moved.version, moved.flags) = (Some("v".into()), Some("\\Seen Work".into()));
        moved.replaces = Some("1:2".into());
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
        assert_eq!(records.open(&near).await.unwrap(), ContainerRecords::default());
    }

    #[tokio::test]
    async fn doubt_outlives_the_intent_and_what_is_recorded_later() {
        let journal = MemoryJournal::new();
        let job = Job::new(JobKey::new(MAIL, "anna"), &()).unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let records = Records::new(&journal, &lease);
        let scope = ContainerKey::new(MAIL, "anna", vec!["INBOX".into()]);
        let digest = Digest::from_bytes([7; 32]);
        let intent = Intent::new("7", vec![("1:1".into(), digest), ("1:2".into(), digest)]).at(1_700_000_000);
        records.begin(&scope, &intent).await.unwrap();
        assert_eq!(records.open(&scope).await.unwrap().intent, Some(intent.clone()));
        let doubts = Doubts::new("9", vec![Doubt::new("1:2", digest, 5, 1_700_000_000)]);
        let found = [("1:1".to_owned(), Record::new(State::Moved))];
        records.resolve(&scope, &found, &doubts).await.unwrap();
        let opened = records.open(&scope).await.unwrap();
        assert_eq!((opened.intent, &opened.doubts), (None, &doubts));
        assert_eq!(opened.records.len(), 1);
        let again = [("1:2".to_owned(), Record::new(State::Moved))];
        records.begin(&scope, &intent).await.unwrap();
        records.commit(&scope, &again).await.unwrap();
        let opened = records.open(&scope).await.unwrap();
        assert_eq!((opened.intent, opened.doubts), (None, doubts));
        records.resolve(&scope, &[], &Doubts::default()).await.unwrap();
        let opened = records.open(&scope).await.unwrap();
        assert_eq!((opened.doubts, opened.records.len()), (Doubts::default(), 2));
    }

    #[test]
    fn a_message_takes_few_octets() {
        let mut record = Record::new(State::Moved);
        (record.digest, record.bytes) = (Some(Digest::from_bytes([7; 32])), 50_000);
        for id in [
            "1234567890:4000000000".to_owned(),
            format!("{}#1", Digest::from_bytes([7; 32])),
        ] {
            let mut octets = Vec::new();
            encode(&id, &record, &mut octets).unwrap();
            assert!(octets.len() <= 64, "{}", octets.len());
        }
    }
}
