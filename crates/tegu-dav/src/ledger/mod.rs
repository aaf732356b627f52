//! A memory of uploads, so that a killed run resumes, nothing arrives twice, and a later run knows what it may change.
//!
//! A [`Ledger`] keeps [`Entry`]s for each collection on a server and returns them folded into a [`Record`]. An entry replaces all
//! earlier ones of the same [key](Entry::key), so both a log and a keyed store can hold them. [`Entry::encode`] and
//! [`Entry::decode`] are the stored form. [`conformance`] tests implementations.
//!
//! # How an upload happens exactly once
//!
//! 1. Before a resource is sent, its entry says so: [`Known::intent`].
//! 2. It is sent on the condition that the server has nothing of its name.
//! 3. When it has been read back, its entry says where it is and what the server returned.
//!
//! A run that finds an open intent looks for the UID on the server, and so learns whether the resource arrived.
//!
//! ```
//! use tegu_dav::ledger::{Entry, Known, Ledger, MemoryLedger};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let ledger = MemoryLedger::new();
//! let url = "https://mail.example.org/caldav/anna/work/";
//! let mut known = Known::default();
//! known.intent = Some(tegu_dav::ledger::digest(b"BEGIN:VCALENDAR..."));
//! ledger.write(url, &[Entry::Item { uid: "1".into(), known }]).await?;
//! assert!(ledger.read(url).await?.items["1"].intent.is_some());
//! # Ok::<_, tegu_dav::Error>(()) }).unwrap();
//! ```

pub mod conformance;
mod ending;
mod file;
mod memory;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tegu_outcome::{Counts, Finding, Severity, State};

use crate::ItemKind;
use crate::error::{Error, ErrorKind, Result};

pub use ending::{Ending, Evidence};
pub use file::FileLedger;
pub use memory::MemoryLedger;

/// A boxed future, as object-safe traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A memory of uploads. One run uses it at a time.
///
/// `collection` is the URL of a collection on the server.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Returns what is known of a collection. The record is empty if nothing is.
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>>;

    /// Returns the collections that have entries, sorted.
    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>>;

    /// Adds entries, all of them or none. When this returns, they survive the death of the process.
    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>>;

    /// Returns when all written entries survive a loss of power.
    fn sync(&self) -> BoxFuture<'_, Result<()>>;
}

impl<T: Ledger + ?Sized> Ledger for Arc<T> {
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>> {
        (**self).read(collection)
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        (**self).collections()
    }

    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        (**self).write(collection, entries)
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        (**self).sync()
    }
}

/// One thing to remember of a collection.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // almost all entries are items
pub enum Entry {
    /// All that is known of one item. It replaces what was known.
    Item {
        /// Its UID; for further items of the source under one UID, the UID and a number (see [`copy_key`]).
        uid: String,
        /// What is known of it.
        known: Known,
    },
    /// An item is on neither side any more.
    Gone {
        /// As in [`Item`](Self::Item).
        uid: String,
    },
    /// The collection was created for this upload.
    Created,
    /// The collection is being filled by one request, which may take away its name.
    Filling {
        /// The name to give back; empty if it had none.
        display_name: String,
    },
    /// The collection was filled by one request, and has its name.
    Filled,
    /// How far the source has been followed.
    Token {
        /// The source's sync token or state.
        token: String,
    },
}

/// What is known of one item.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Known {
    /// How it ended. [`Ending::Failed`] until it has ended for the first time.
    pub ending: Ending,
    /// What was sent last, or would have been; see [`digest`].
    pub digest: String,
    /// Its path on the server, if it is there or was there.
    pub href: Option<String>,
    /// Its entity tag when it was read back.
    pub etag: Option<String>,
    /// What the server returned, if the ending has no evidence that says so.
    read: Option<String>,
    /// Whether this upload put it there. What was there before is never deleted.
    pub ours: bool,
    /// The digest of what is about to be sent.
    pub intent: Option<String>,
    /// How often it was sent without ending on the server.
    pub attempts: u32,
    /// Its size on the source.
    pub octets: u64,
    /// The codes of the findings that decided about its state.
    pub codes: Vec<String>,
    /// The document of the source that holds it.
    pub document: Option<String>,
    /// What was told of it, so that it need not be read again to tell it again.
    pub told: Option<Told>,
}

/// What was told of an item when it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Told {
    /// What it is.
    pub kind: ItemKind,
    /// Title or name, by which a person recognises it.
    pub summary: String,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// Why the caller's filter excluded it.
    pub excluded: Option<Finding>,
    /// The [digest] of its original, if that is for a person.
    pub original: Option<String>,
}

/// What the severity of a finding ends with that excluded the item.
const EXCLUDED: &str = " excluded";

impl Told {
    fn encode(&self, fields: &mut Vec<String>) {
        let Self {
            kind,
            summary,
            findings,
            excluded,
            original,
        } = self;
        fields.push(kind.name().to_owned());
        fields.push(summary.clone());
        fields.push(original.clone().unwrap_or_default());
        let noticed = findings.iter().map(|finding| (finding, ""));
        for (finding, how) in noticed.chain(excluded.iter().map(|finding| (finding, EXCLUDED))) {
            fields.push(finding.code.clone().into_owned());
            fields.push(format!("{}{how}", finding.severity.name()));
            fields.push(finding.message.clone());
        }
    }

    fn decode(fields: &[&str]) -> Option<Self> {
        let [kind, summary, original, findings @ ..] = fields else {
            return None;
        };
        let mut told = Self {
            kind: ItemKind::of_name(kind)?,
            summary: (*summary).into(),
            findings: Vec::new(),
            excluded: None,
            original: Some((*original).to_owned()).filter(|original| !original.is_empty()),
        };
        let (findings, rest) = findings.as_chunks::<3>();
        for [code, severity, message] in findings {
            let (name, excluded) = match severity.strip_suffix(EXCLUDED) {
                Some(name) => (name, true),
                None => (*severity, false),
            };
            let mut all = [Severity::Info, Severity::Lossy].into_iter();
            let severity = all.find(|known| known.name() == name)?;
            let finding = Finding::new((*code).to_owned(), severity, *message);
            match excluded {
                true => told.excluded = Some(finding),
                false => told.findings.push(finding),
            }
        }
        rest.is_empty().then_some(told)
    }
}

impl Known {
    /// Returns the state in which it ended.
    #[must_use]
    pub fn state(&self) -> State {
        self.ending.state()
    }

    /// Returns the [digest] of what the server returned when the item was last read back.
    #[must_use]
    pub fn returned(&self) -> Option<&str> {
        let evidence = self.ending.evidence().map(Evidence::returned);
        evidence.or(self.read.as_deref())
    }

    /// Sets how it ended. What the server returned before stays known.
    #[cfg_attr(not(feature = "client"), allow(dead_code))] // only the import ends items
    pub(crate) fn end(&mut self, ending: Ending) {
        self.read = self.returned().map(str::to_owned);
        self.set(ending);
    }

    /// As [`end`](Self::end), with what the server returned this time.
    #[cfg_attr(not(feature = "client"), allow(dead_code))]
    pub(crate) fn end_at(&mut self, ending: Ending, returned: &[u8]) {
        self.read = Some(digest(returned));
        self.set(ending);
    }

    fn set(&mut self, ending: Ending) {
        if ending.evidence().is_some() {
            self.read = None;
        }
        self.ending = ending;
    }
}

/// The folded entries of a collection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// What is known of each item, by UID or [`copy_key`].
    pub items: BTreeMap<String, Known>,
    /// How far the source has been followed.
    pub token: Option<String>,
    /// Whether the collection was created for this upload.
    pub created: bool,
    /// The name to give back to the collection, if a request that fills it has not ended.
    pub filling: Option<String>,
}

impl Record {
    /// Folds an entry in.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Item { uid, known } => {
                self.items.insert(uid.clone(), known.clone());
            }
            Entry::Gone { uid } => {
                self.items.remove(uid);
            }
            Entry::Created => self.created = true,
            Entry::Filling { display_name } => self.filling = Some(display_name.clone()),
            Entry::Filled => self.filling = None,
            Entry::Token { token } => self.token = Some(token.clone()),
        }
    }

    /// Folds stored entries, oldest first.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](ErrorKind::Journal) for a line that is not an entry.
    pub fn decode<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut record = Self::default();
        for line in lines {
            record.apply(&Entry::decode(line)?);
        }
        Ok(record)
    }

    /// Counts the items by state.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for known in self.items.values() {
            counts.expect(1);
            counts.add(known.state());
        }
        counts
    }
}

/// Returns the digest that tells one content from another: 32 hexadecimal digits of BLAKE3.
#[must_use]
pub fn digest(body: &[u8]) -> String {
    let hash = blake3::hash(body).to_hex();
    hash.get(..32).unwrap_or_default().to_owned()
}

/// Returns the key under which the ledger keeps the `n`th further item of the source with this UID: 1 for the second item.
#[must_use]
pub fn copy_key(uid: &str, n: usize) -> String {
    format!("{uid}\u{0}{n}")
}

impl Entry {
    /// Returns what the entry is about. A later entry of the same key makes an earlier one void.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Item { uid, .. } | Self::Gone { uid } => format!("item {uid}"),
            Self::Created => "created".into(),
            Self::Filling { .. } | Self::Filled => "filling".into(),
            Self::Token { .. } => "token".into(),
        }
    }

    /// Returns one line of text, without its end: fields between tabs.
    #[must_use]
    pub fn encode(&self) -> String {
        let fields = match self {
            Self::Item { uid, known } => {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                let mut fields = vec![
                    "item".to_owned(),
                    uid.clone(),
                    known.ending.encode(),
                    known.digest.clone(),
                    text(&known.href),
                    text(&known.etag),
                    known.returned().unwrap_or_default().to_owned(),
                    if known.ours { "ours" } else { "" }.to_owned(),
                    text(&known.intent),
                    known.attempts.to_string(),
                    known.octets.to_string(),
                    known.codes.join(" "),
                    text(&known.document),
                ];
                if let Some(told) = &known.told {
                    told.encode(&mut fields);
                }
                fields
            }
            Self::Gone { uid } => vec!["gone".into(), uid.clone()],
            Self::Created => vec!["created".into()],
            Self::Filling { display_name } => vec!["filling".into(), display_name.clone()],
            Self::Filled => vec!["filled".into()],
            Self::Token { token } => vec!["token".into(), token.clone()],
        };
        let fields: Vec<String> = fields.iter().map(|field| escape(field)).collect();
        fields.join("\t")
    }

    /// Reads a line that [`encode`](Self::encode) made.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](ErrorKind::Journal) for a line that is not an entry.
    pub fn decode(line: &str) -> Result<Self> {
        let fields: Vec<String> = line.split('\t').map(unescape).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Self::of(&fields).ok_or_else(|| {
            Error::new(ErrorKind::Journal, "a line is not an entry").doing("read", "the ledger")
        })
    }

    fn of(fields: &[&str]) -> Option<Self> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Some(match fields {
            [
                "item",
                uid,
                ending,
                digest,
                href,
                etag,
                returned,
                ours,
                intent,
                attempts,
                octets,
                codes,
                document,
                told @ ..,
            ] => {
                let returned = some(returned);
                let ending = Ending::decode(ending, returned.as_deref())?;
                let known = Known {
                    read: returned.filter(|_| ending.evidence().is_none()),
                    ending,
                    digest: (*digest).into(),
                    href: some(href),
                    etag: some(etag),
                    ours: *ours == "ours",
                    intent: some(intent),
                    attempts: attempts.parse().ok()?,
                    octets: octets.parse().ok()?,
                    codes: codes.split_whitespace().map(str::to_owned).collect(),
                    document: some(document),
                    told: match told {
                        [] => None,
                        told => Some(Told::decode(told)?),
                    },
                };
                Self::Item {
                    uid: (*uid).into(),
                    known,
                }
            }
            ["gone", uid] => Self::Gone { uid: (*uid).into() },
            ["created"] => Self::Created,
            ["filling", display_name] => Self::Filling {
                display_name: (*display_name).into(),
            },
            ["filled"] => Self::Filled,
            ["token", token] => Self::Token {
                token: (*token).into(),
            },
            _ => return None,
        })
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const EVENT: &[u8] = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn what_is_on_the_server_without_evidence_has_to_be_proved_again() {
        for (state, digest, expected) in [
            ("moved", "d", State::Failed),
            ("present", "d", State::Failed),
            ("moved same", "", State::Failed),
            ("moved same", "d", State::Moved),
            ("present accepted", "d", State::Present),
            ("manual", "d", State::Manual),
        ] {
            let line = format!("item\t1\t{state}\td\t/a\t\t{digest}\tours\t\t0\t0\t\t");
            let Entry::Item { known, .. } = Entry::decode(&line).unwrap() else {
                panic!("{line}")
            };
            assert_eq!(known.state(), expected, "{line}");
            assert_eq!(known.returned().unwrap_or_default(), digest);
        }
        assert!(Entry::decode("item\t1\tmoved so\td\t/a\t\td\tours\t\t0\t0\t\t").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_encoded_decodes(uid in "\\PC{0,20}[\t\n\r\\\\\u{0}]{0,3}", text in proptest::option::of("[^\u{0}]{1,9}"), number: u32) {
            let same = Evidence::of_calendar(EVENT, EVENT).unwrap();
            let accepted = Evidence::of_accepted(b"other", &[crate::Finding::CollectionDeleted], |_| true).unwrap();
            let endings = [
                Ending::Failed,
                Ending::Moved(same.clone()),
                Ending::Moved(accepted.clone()),
                Ending::Present(same),
                Ending::Present(accepted),
                Ending::Manual,
                Ending::Excluded,
            ];
            let known = Known {
                ending: endings[number as usize % endings.len()].clone(),
                digest: uid.clone(),
                href: text.clone(),
                etag: text.clone(),
                read: text.clone().filter(|_| endings[number as usize % endings.len()].evidence().is_none()),
                ours: number % 2 == 0,
                intent: text.clone(),
                attempts: number,
                octets: u64::from(number),
                codes: vec!["DAV-A".into(); number as usize % 3],
                document: text.clone(),
                told: (number % 3 > 0).then(|| Told {
                    kind: [ItemKind::Event, ItemKind::Group, ItemKind::Unknown][number as usize % 3],
                    summary: uid.clone(),
                    findings: vec![Finding::lossy("EWS-A", uid.clone()), Finding::info("DAV-B", "")]
                        .into_iter()
                        .take(number as usize % 4)
                        .collect(),
                    excluded: (number % 5 == 0).then(|| Finding::info("POLICY-EXCLUDE-1", "left out")),
                    original: text,
                }),
            };
            for entry in [
                Entry::Gone { uid: uid.clone() },
                Entry::Created,
                Entry::Token { token: uid.clone() },
                Entry::Filling { display_name: uid.clone() },
                Entry::Filled,
                Entry::Item { uid, known },
            ] {
                let line = entry.encode();
                prop_assert!(!line.contains(['\n', '\r']));
                prop_assert_eq!(Entry::decode(&line).unwrap(), entry);
            }
        }

        #[test]
        fn no_line_makes_it_panic(line in "\\PC{0,40}") {
            let _ = Entry::decode(&line);
        }
    }
}
