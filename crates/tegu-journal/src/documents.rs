//! The documents of a collection: what a source listed, and what was read of it.

use crate::{JobKey, Journal, Kind, Lease, LogName, Result, damaged};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The kind of log that holds [`Documents`]: one for each collection that its source gives an identity, by that.
pub const DOCUMENTS: Kind = Kind::from_static("documents");

/// Differences behind which a new state is worth its place in the journal, where it may take tens of kilobytes. Fewer are listed again by
/// the next pass, with the same request.
const WORTH: usize = 100;

/// What a source listed of a collection and the state behind it, and which versions of its documents were read.
///
/// Write it when every item of every document that it says was read has an ending: what a process that was killed did not write down is
/// listed and read again. A source that gives no states lists everything, and what was read is known all the same.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a list, where it ends, and what came of it"
)]
pub struct Documents {
    /// What decides what documents say, besides their versions. With another key all of them are read again.
    pub key: String,
    /// The state behind the list. It has no meaning but to the source.
    pub state: Option<String>,
    /// What the source listed at that state: the versions of all documents, by identity.
    pub listed: BTreeMap<String, String>,
    /// What was read last, by identity.
    pub read: BTreeMap<String, DocumentRead>,
}

/// A document that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what is remembered of a document")]
pub struct DocumentRead {
    /// The version that it had.
    pub version: String,
    /// How many items it held.
    pub items: u64,
}

/// What differs from the lines before.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Entry {
    /// The lines before count for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begins: Option<Beginning>,
    /// The state behind these documents and those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Identity and version, and how many items it held, if it was read. Without a state they were not listed for the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    documents: Vec<(String, String, Option<u64>)>,
    /// Documents that are listed no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gone: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Beginning {
    collection: String,
    key: String,
}

impl Documents {
    /// Reads what is known of all collections of a job, by their identities.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if a log is damaged, besides those of the journal.
    pub async fn read_all(journal: &dyn Journal, job: &JobKey) -> Result<HashMap<String, Self>> {
        let mut all = HashMap::new();
        for log in journal.logs(job).await? {
            if log.kind != DOCUMENTS {
                continue;
            }
            let mut documents = Self::default();
            for line in journal.read(job, &log).await?.split(|octet| *octet == b'\n') {
                if !line.is_empty() {
                    let entry = serde_json::from_slice(line);
                    documents.apply(entry.map_err(|_| damaged(job, "the documents of a collection"))?);
                }
            }
            all.insert(String::from_utf8_lossy(&log.name).into_owned(), documents);
        }
        Ok(all)
    }

    fn apply(&mut self, entry: Entry) {
        if let Some(Beginning { key, .. }) = entry.begins {
            *self = Self {
                key,
                ..Self::default()
            };
        }
        let is_listed = entry.state.is_some();
        for gone in &entry.gone {
            self.listed.remove(gone);
            self.read.remove(gone);
        }
        for (id, version, items) in entry.documents {
            match items {
                Some(items) => {
                    let version = version.clone();
                    self.read.insert(id.clone(), DocumentRead { version, items });
                }
                None => drop(self.read.remove(&id)),
            }
            if is_listed {
                self.listed.insert(id, version);
            }
        }
        if is_listed {
            self.state = entry.state;
        }
    }

    /// How many items a document held when this version of it was read. `None`: it was not.
    #[must_use]
    pub fn items(&self, id: &str, version: &str) -> Option<u64> {
        let read = self.read.get(id).filter(|read| read.version == version);
        read.map(|read| read.items)
    }

    /// Writes down what differs from `before`, which is what the log holds. A new state is written when it is worth it, and always if the
    /// list was made anew, since the state before may mean nothing any more.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn write(
        &self,
        (before, anew): (Option<&Self>, bool),
        journal: &dyn Journal,
        lease: &Lease,
        collection: &str,
    ) -> Result<()> {
        let Some(entry) = self.since(before, anew, collection) else {
            return Ok(());
        };
        let json = serde_json::to_string(&entry);
        let mut line =
            json.map_err(|error| damaged(lease.key(), format_args!("a list of documents: {error}")))?;
        line.push('\n');
        let log = LogName::new(DOCUMENTS, collection);
        journal.append(lease, &log, line.as_bytes()).await
    }

    fn since(&self, before: Option<&Self>, anew: bool, collection: &str) -> Option<Entry> {
        let nothing = Self::default();
        let known = before.filter(|before| before.key == self.key);
        let old = known.unwrap_or(&nothing);
        let read = |id: &String| self.read.get(id);
        let new: Vec<&String> = self
            .listed
            .iter()
            .filter(|(id, version)| old.listed.get(*id) != Some(*version))
            .map(|(id, _)| id)
            .collect();
        let gone = old.listed.keys().filter(|id| !self.listed.contains_key(*id));
        let gone: BTreeSet<&String> = gone.collect();
        let is_first = anew && self.state != old.state || known.is_none() || old.state.is_none();
        let is_worth = self.state.is_some() && (is_first || new.len() + gone.len() >= WORTH);

        let mut entry = Entry::default();
        let mut told: Vec<&String> = self
            .read
            .keys()
            .filter(|id| old.read.get(*id) != read(id))
            .collect();
        // What was read in vain this time, or is not there any more, is not known to have been read.
        told.extend(old.read.keys().filter(|id| read(id).is_none()));
        if is_worth {
            told.extend(new);
            told.retain(|id| self.listed.contains_key(*id));
            let read = old.read.keys().filter(|id| !self.listed.contains_key(*id));
            entry.gone = gone
                .into_iter()
                .chain(read)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .cloned()
                .collect();
            entry.state.clone_from(&self.state);
        }
        told.sort();
        told.dedup();
        let version = |id: &String| {
            let listed = self.listed.get(id).filter(|_| is_worth);
            listed.or_else(|| Some(&read(id)?.version))
        };
        entry.documents = told
            .into_iter()
            .map(|id| {
                let version = version(id).cloned().unwrap_or_default();
                (id.clone(), version, read(id).map(|read| read.items))
            })
            .collect();
        let is_empty = entry.documents.is_empty() && entry.gone.is_empty() && entry.state.is_none();
        if known.is_none() {
            entry.begins = Some(Beginning {
                collection: collection.to_owned(),
                key: self.key.clone(),
            });
        }
        (!is_empty).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, ErrorKind, Job, MemoryJournal};
    use proptest::prelude::*;
    use std::time::Duration;

    async fn journal() -> (MemoryJournal, Lease) {
        let journal = MemoryJournal::new();
        let job = Job::new(JobKey::new(Kind::from_static("calendars"), "anna"), &()).unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!("a job is free");
        };
        (journal, lease)
    }

    fn documents(key: &str, state: Option<&str>, all: &[(&str, &str, Option<u64>)]) -> Documents {
        let mut documents = Documents {
            key: key.into(),
            state: state.map(str::to_owned),
            ..Documents::default()
        };
        for (id, version, items) in all {
            if state.is_some() {
                documents.listed.insert((*id).into(), (*version).into());
            }
            if let Some(items) = *items {
                let version = (*version).to_owned();
                documents
                    .read
                    .insert((*id).into(), DocumentRead { version, items });
            }
        }
        documents
    }

    async fn known(journal: &dyn Journal, lease: &Lease) -> Option<Documents> {
        Documents::read_all(journal, lease.key())
            .await
            .unwrap()
            .remove("c")
    }

    async fn lines(journal: &dyn Journal, lease: &Lease) -> usize {
        let log = journal
            .read(lease.key(), &LogName::new(DOCUMENTS, "c"))
            .await
            .unwrap();
        log.iter().filter(|octet| **octet == b'\n').count()
    }

    #[tokio::test]
    async fn a_few_changes_are_told_without_a_state_and_nothing_new_is_not_told() {
        let (journal, lease) = journal().await;
        let first = documents(
            "k",
            Some("1"),
            &[("a", "1", Some(1)), ("b", "1", None), ("c", "1", Some(2))],
        );
        first.write((None, true), &journal, &lease, "c").await.unwrap();
        assert_eq!(known(&journal, &lease).await, Some(first.clone()));
        first
            .write((Some(&first), false), &journal, &lease, "c")
            .await
            .unwrap();
        assert_eq!(lines(&journal, &lease).await, 1);

        // One was read again, one was read at last, one is gone and one is new.
        let second = documents(
            "k",
            Some("2"),
            &[("a", "2", Some(1)), ("b", "1", Some(1)), ("d", "1", Some(1))],
        );
        second
            .write((Some(&first), false), &journal, &lease, "c")
            .await
            .unwrap();
        let found = known(&journal, &lease).await.unwrap();
        assert_eq!((&found.state, &found.listed), (&first.state, &first.listed));
        assert_eq!(found.read, second.read);
        second
            .write((Some(&found), false), &journal, &lease, "c")
            .await
            .unwrap();
        assert_eq!(lines(&journal, &lease).await, 2);
        assert_eq!((found.items("a", "2"), found.items("a", "1")), (Some(1), None));

        // The source forgot the state, and listed everything.
        second
            .write((Some(&found), true), &journal, &lease, "c")
            .await
            .unwrap();
        assert_eq!(known(&journal, &lease).await, Some(second.clone()));

        // What decides has changed.
        let other = documents("other", Some("2"), &[("d", "1", Some(1))]);
        other
            .write((Some(&second), true), &journal, &lease, "c")
            .await
            .unwrap();
        assert_eq!(known(&journal, &lease).await, Some(other));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_an_error() {
        for line in ["{", r#"{"documents": [["a"]]}"#] {
            let (journal, lease) = journal().await;
            let log = LogName::new(DOCUMENTS, "c");
            journal.append(&lease, &log, line.as_bytes()).await.unwrap();
            let error = Documents::read_all(&journal, lease.key()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Journal, "{line}");
        }
    }

    /// A list, and what was read of it. A document that was read was listed, if the source gives states.
    fn some() -> impl Strategy<Value = (Documents, bool)> {
        let document = (0u8..130, "[12]", proptest::option::of(0u64..3));
        let all = proptest::collection::vec(document, 0..200);
        ("[kl]", proptest::option::of("[0-9]"), all, any::<bool>()).prop_map(|(key, state, all, anew)| {
            let all: Vec<_> = all
                .iter()
                .map(|(id, version, items)| (id.to_string(), version, *items))
                .collect();
            let all: Vec<_> = all
                .iter()
                .map(|(id, version, items)| (id.as_str(), version.as_str(), *items))
                .collect();
            let mut made = documents(&key, state.as_deref(), &all);
            let listed = &made.listed;
            made.read
                .retain(|id, read| listed.is_empty() || listed[id] == read.version);
            (made, anew)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// What was read is always known. List and state are those of one pass, and no more than so many changes behind.
        #[test]
        fn what_is_read_back_is_what_was_written(all in proptest::collection::vec(some(), 1..6)) {
            let mut log = Documents::default();
            let mut before: Option<Documents> = None;
            let mut lists = vec![(None, BTreeMap::new())];
            for (now, anew) in all {
                if before.as_ref().is_some_and(|before| before.key != now.key) {
                    lists = vec![(None, BTreeMap::new())];
                }
                lists.push((now.state.clone(), now.listed.clone()));
                if let Some(entry) = now.since(before.as_ref(), anew, "c") {
                    let line = serde_json::to_string(&entry).unwrap();
                    log.apply(serde_json::from_str(&line).unwrap());
                    prop_assert_eq!(&log.key, &now.key);
                }
                if log.key == now.key {
                    prop_assert_eq!(&log.read, &now.read);
                    prop_assert!(lists.contains(&(log.state.clone(), log.listed.clone())));
                    if now.state.is_some() {
                        let differ = now.listed.iter().filter(|(id, version)| log.listed.get(*id) != Some(*version));
                        let gone = log.listed.keys().filter(|id| !now.listed.contains_key(*id));
                        prop_assert!(differ.count() + gone.count() < WORTH);
                    }
                } else {
                    prop_assert!(now.read.is_empty() && now.state.is_none());
                }
                before = Some(log.clone());
            }
        }
    }
}
