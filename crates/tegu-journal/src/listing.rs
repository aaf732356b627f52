//! What a source listed of a container, and how to ask it for what has changed since.

use crate::{ContainerKey, Journal, Kind, Lease, LogName, Record, Records, Result, damaged};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The kind of log that holds each [`Listing`] of a container. The last one counts.
pub const LISTINGS: Kind = Kind::from_static("listings");

/// What a source listed of a container, and the state behind it.
///
/// The items are stored as what differs from the container's [records](Records) at that time: nearly nothing, if it is written when all
/// items have a record. So write it last: what a process that was killed did not write down is listed again.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a list and where it ends")]
pub struct Listing {
    /// The container's identity on the source. Another container may take its name later.
    pub container: String,
    /// The state behind the items. It has no meaning but to the source.
    pub state: String,
    /// The items that the source listed, by their identities.
    pub items: HashMap<String, ListedItem>,
}

/// An item of a [`Listing`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what a list says of an item")]
pub struct ListedItem {
    /// What the source said of its version.
    pub version: Option<String>,
    /// Its size in octets: that of its record, or what the source said.
    pub bytes: u64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    container: String,
    state: String,
    /// The length of the log of records that the items are told by.
    records: usize,
    /// Items that have no record, or one of another version: identity, version and size.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<(String, Option<String>, u64)>,
    /// Items that have a record, and that the source did not list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gone: Vec<String>,
}

fn log(container: &ContainerKey) -> LogName {
    LogName::new(LISTINGS, container.log().name)
}

/// The records that the first so many octets of a log hold.
fn records(log: &[u8], length: usize) -> Option<HashMap<String, Record>> {
    Some(Records::decode(log.get(..length)?)?.records)
}

impl Listing {
    /// Reads the last one. `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the log is damaged, besides those of the journal.
    pub async fn read(journal: &dyn Journal, container: &ContainerKey) -> Result<Option<Self>> {
        let octets = journal.read(&container.job, &log(container)).await?;
        let mut lines = octets.split(|octet| *octet == b'\n');
        let Some(last) = lines.rfind(|line| !line.is_empty()) else {
            return Ok(None);
        };
        let broken = || {
            let what = format!("the listing of {}", container.display());
            damaged(&container.job, what)
        };
        let entry: Entry = serde_json::from_slice(last).map_err(|_| broken())?;
        let octets = journal.read(&container.job, &container.log()).await?;
        let recorded = records(&octets, entry.records).ok_or_else(broken)?.into_iter();
        let item = |version, bytes| ListedItem { version, bytes };
        let mut items: HashMap<_, _> = recorded
            .map(|(id, record)| (id, item(record.version, record.bytes)))
            .collect();
        for gone in &entry.gone {
            items.remove(gone);
        }
        let others = entry.others.into_iter();
        items.extend(others.map(|(id, version, bytes)| (id, item(version, bytes))));
        Ok(Some(Self {
            container: entry.container,
            state: entry.state,
            items,
        }))
    }

    /// Writes it down, in the place of earlier ones.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub async fn write(&self, journal: &dyn Journal, lease: &Lease, container: &ContainerKey) -> Result<()> {
        let broken = |what| damaged(&container.job, what);
        let octets = journal.read(&container.job, &container.log()).await?;
        let known = records(&octets, octets.len()).ok_or_else(|| broken(container.display()))?;
        let recorded = |id: &String| known.get(id).map(|record| &record.version);
        let others = self.items.iter();
        let others = others.filter(|(id, item)| recorded(id) != Some(&item.version));
        let gone = known.keys().filter(|id| !self.items.contains_key(*id));
        let mut entry = Entry {
            container: self.container.clone(),
            state: self.state.clone(),
            records: octets.len(),
            others: others
                .map(|(id, item)| (id.clone(), item.version.clone(), item.bytes))
                .collect(),
            gone: gone.cloned().collect(),
        };
        entry.others.sort();
        entry.gone.sort();
        let json = serde_json::to_string(&entry);
        let mut line = json.map_err(|error| broken(format!("a listing: {error}")))?;
        line.push('\n');
        journal.append(lease, &log(container), line.as_bytes()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, ErrorKind, Job, JobKey, MemoryJournal, State};
    use std::time::Duration;

    const MAIL: Kind = Kind::from_static("mail");

    async fn journal() -> (MemoryJournal, Lease) {
        let journal = MemoryJournal::new();
        let job = Job::new(JobKey::new(MAIL, "anna"), &()).unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!("a job is free");
        };
        (journal, lease)
    }

    fn moved(version: &str) -> Record {
        let mut record = Record::new(State::Moved);
        (record.version, record.bytes) = (Some(version.into()), 5);
        record
    }

    #[tokio::test]
    async fn what_is_recorded_later_does_not_change_what_was_listed() {
        let (journal, lease) = journal().await;
        let scope = ContainerKey::new(MAIL, "anna", vec!["Inbox".into()]);
        let other = ContainerKey::new(MAIL, "anna", vec!["Sent".into()]);
        assert_eq!(Listing::read(&journal, &scope).await.unwrap(), None);
        let records = Records::new(&journal, &lease);
        let first = ["same", "changed", "gone"].map(|id| (id.to_owned(), moved("1")));
        records.commit(&scope, &first).await.unwrap();
        let items = [("same", Some("1")), ("changed", Some("2")), ("new", None)];
        let item = |version: Option<&str>| ListedItem {
            version: version.map(str::to_owned),
            bytes: 5,
        };
        let items = items.map(|(id, version)| (id.to_owned(), item(version)));
        let listing = Listing {
            container: "id".into(),
            state: "state".into(),
            items: items.into(),
        };
        listing.write(&journal, &lease, &scope).await.unwrap();

        let later = ["changed", "new", "newer"].map(|id| (id.to_owned(), moved("3")));
        records.commit(&scope, &later).await.unwrap();
        assert_eq!(
            Listing::read(&journal, &scope).await.unwrap(),
            Some(listing.clone())
        );
        assert_eq!(Listing::read(&journal, &other).await.unwrap(), None);

        let next = Listing {
            state: "next".into(),
            items: [("newer".to_owned(), item(Some("3")))].into(),
            ..listing
        };
        next.write(&journal, &lease, &scope).await.unwrap();
        assert_eq!(Listing::read(&journal, &scope).await.unwrap(), Some(next));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_an_error() {
        for line in [
            "{",
            r#"{"container": "c", "state": "s", "records": 18446744073709551615}"#,
        ] {
            let (journal, lease) = journal().await;
            let scope = ContainerKey::new(MAIL, "anna", vec!["Inbox".into()]);
            journal
                .append(&lease, &log(&scope), line.as_bytes())
                .await
                .unwrap();
            let error = Listing::read(&journal, &scope).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Journal, "{line}");
        }
    }
}
