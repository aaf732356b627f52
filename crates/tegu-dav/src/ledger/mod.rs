//! What was done, remembered: so that a run that was killed goes on where it stood, nothing arrives
//! twice, and a later run knows what it may change.
//!
//! A [`Ledger`] keeps [`Entry`]s, in order, for each collection on a server, and gives them back folded
//! into a [`Record`]. [`Entry::encode`] and [`Entry::decode`] are the stored form for whoever keeps them
//! elsewhere.
//!
//! # The order that makes an upload happen exactly once
//!
//! 1. [`Entry::Intent`] is written before a resource is sent.
//! 2. It is sent, under the condition that nothing of its name is there.
//! 3. [`Entry::Stands`] is written when it was read back.
//!
//! A run that finds an intent open looks on the server for the UID, and so learns whether it arrived.

mod file;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::Pin;

use crate::error::{Error, ErrorKind, Result};

pub use file::FileLedger;
pub use memory::MemoryLedger;

/// A future in a box, as object-safe traits need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A memory of uploads. One run uses it at a time.
///
/// `collection` is the URL of a collection on the server.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// What is remembered of a collection; an empty record where nothing is.
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>>;

    /// Remembers more of a collection. When it returns, the entries must survive the death of this
    /// process.
    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>>;

    /// Returns when everything that was written survives the loss of power.
    fn sync(&self) -> BoxFuture<'_, Result<()>>;
}

/// One thing to remember.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// A resource is about to be sent.
    Intent {
        /// Its UID.
        uid: String,
        /// What will be sent; see [`digest`].
        digest: String,
    },
    /// A resource stands on the server.
    Stands {
        /// Its UID.
        uid: String,
        /// What is known of it.
        known: Known,
    },
    /// The collection was made for this upload, and nobody else's things are in it yet.
    Made,
    /// A resource is not there any more, and that is as it should be.
    Gone {
        /// Its UID.
        uid: String,
    },
    /// How far the source has been followed.
    Token {
        /// The source's sync token or state.
        token: String,
    },
}

/// What is known of a resource that stands on the server.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Known {
    /// Its path.
    pub href: String,
    /// Its entity tag when it was read back.
    pub etag: Option<String>,
    /// What was sent; see [`digest`].
    pub digest: String,
    /// Where the source has it, if the source is a server.
    pub source: Option<String>,
}

/// The folded entries of a collection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// What stands on the server, by UID.
    pub known: BTreeMap<String, Known>,
    /// UIDs that were about to be sent when the last run ended, with what was to be sent.
    pub open: BTreeMap<String, String>,
    /// UIDs that were known and are gone.
    pub gone: BTreeSet<String>,
    /// How far the source has been followed.
    pub token: Option<String>,
    /// Whether the collection was made for this upload.
    pub made: bool,
}

impl Record {
    /// Takes note of an entry.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Intent { uid, digest } => {
                self.open.insert(uid.clone(), digest.clone());
            }
            Entry::Stands { uid, known } => {
                self.open.remove(uid);
                self.gone.remove(uid);
                self.known.insert(uid.clone(), known.clone());
            }
            Entry::Gone { uid } => {
                self.open.remove(uid);
                self.known.remove(uid);
                self.gone.insert(uid.clone());
            }
            Entry::Token { token } => self.token = Some(token.clone()),
            Entry::Made => self.made = true,
        }
    }
}

/// What tells one content from another: 32 hexadecimal digits of BLAKE3.
#[must_use]
pub fn digest(body: &[u8]) -> String {
    let hash = blake3::hash(body).to_hex();
    hash.get(..32).unwrap_or_default().to_owned()
}

impl Entry {
    /// One line of text without its end: fields between tabs.
    #[must_use]
    pub fn encode(&self) -> String {
        let fields: Vec<&str> = match self {
            Self::Intent { uid, digest } => vec!["intent", uid, digest],
            Self::Stands { uid, known } => vec![
                "stands",
                uid,
                &known.digest,
                &known.href,
                known.etag.as_deref().unwrap_or_default(),
                known.source.as_deref().unwrap_or_default(),
            ],
            Self::Gone { uid } => vec!["gone", uid],
            Self::Token { token } => vec!["token", token],
            Self::Made => vec!["made"],
        };
        fields.into_iter().map(escape).collect::<Vec<_>>().join("\t")
    }

    /// The entry that a line holds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] for a line that is none.
    pub fn decode(line: &str) -> Result<Self> {
        let fields: Vec<String> = line.split('\t').map(unescape).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(match fields.as_slice() {
            ["intent", uid, digest] => Self::Intent {
                uid: (*uid).into(),
                digest: (*digest).into(),
            },
            ["stands", uid, digest, href, etag, source] => Self::Stands {
                uid: (*uid).into(),
                known: Known {
                    href: (*href).into(),
                    etag: some(etag),
                    digest: (*digest).into(),
                    source: some(source),
                },
            },
            ["gone", uid] => Self::Gone { uid: (*uid).into() },
            ["made"] => Self::Made,
            ["token", token] => Self::Token {
                token: (*token).into(),
            },
            _ => {
                return Err(
                    Error::new(ErrorKind::Journal, "a line is not an entry").doing("read", "the ledger")
                );
            }
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_encoded_decodes(uid in "\\PC{0,20}[\t\n\r\\\\]{0,3}", href in "\\PC{0,9}", etag in proptest::option::of("[^\u{0}]{1,9}")) {
            for entry in [
                Entry::Intent { uid: uid.clone(), digest: href.clone() },
                Entry::Gone { uid: uid.clone() },
                Entry::Made,
                Entry::Token { token: uid.clone() },
                Entry::Stands { uid, known: Known { href, etag: etag.clone(), digest: "d".into(), source: etag } },
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
