//! Containers that keep their names.

use crate::{JobKey, Journal, Kind, Lease, LogName, Result, damaged};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// The kind of log that holds [`Names`].
pub const NAMES: Kind = Kind::from_static("names");

/// What containers were called when they were first met, by the identities that a source gives them: a folder that is renamed on the
/// source is the same folder, and goes where it went.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: HashMap<String, String>,
    new: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Entry {
    id: String,
    name: String,
}

impl Names {
    /// Reads the names of a job's containers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the log is damaged, besides those of the journal.
    pub async fn read(journal: &dyn Journal, job: &JobKey) -> Result<Self> {
        let octets = journal.read(job, &LogName::new(NAMES, "")).await?;
        let mut names = Self::default();
        for line in octets
            .split(|octet| *octet == b'\n')
            .filter(|line| !line.is_empty())
        {
            let entry: Entry = serde_json::from_slice(line).map_err(|_| damaged(job, "the names"))?;
            names.known.insert(entry.id, entry.name);
        }
        Ok(names)
    }

    /// Returns the names under which the job knows these containers, in the same order: identity, and the name on the source now (levels
    /// joined by NUL, upper ones first). One without an identity keeps its name. A new one goes below where the one above it went, and gets a
    /// number if its name belongs to another.
    pub fn settle(&mut self, listed: &[(Option<&str>, &str)]) -> Vec<String> {
        let known = |id: &Option<&str>| id.and_then(|id| self.known.get(id).cloned());
        let mut settled: Vec<Option<String>> = listed
            .iter()
            .map(|(id, name)| match id {
                None => Some((*name).to_owned()),
                id => known(id),
            })
            .collect();
        let mut taken: HashSet<String> = settled.iter().flatten().cloned().collect();
        let mut above: HashMap<&str, String> = HashMap::new();
        for (slot, (id, name)) in settled.iter_mut().zip(listed) {
            if let Some(known) = slot {
                above.insert(name, known.clone());
                continue;
            }
            let moved = name
                .rsplit_once('\0')
                .and_then(|(parent, last)| Some(format!("{}\0{last}", above.get(parent)?)));
            let wanted = moved.unwrap_or_else(|| (*name).to_owned());
            let mut numbered = (2..).map(|number| format!("{wanted} ({number})"));
            let mut free = wanted.clone();
            while taken.contains(&free) {
                free = numbered.next().unwrap_or_default();
            }
            taken.insert(free.clone());
            above.insert(name, free.clone());
            if let Some(id) = id {
                self.known.insert((*id).to_owned(), free.clone());
                self.new.push(Entry {
                    id: (*id).to_owned(),
                    name: free.clone(),
                });
            }
            *slot = Some(free);
        }
        settled.into_iter().flatten().collect()
    }

    /// Writes the names that are new.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn write(&mut self, journal: &dyn Journal, lease: &Lease) -> Result<()> {
        let mut octets = Vec::new();
        for entry in std::mem::take(&mut self.new) {
            serde_json::to_writer(&mut octets, &entry)
                .map_err(|error| damaged(lease.key(), format_args!("a name: {error}")))?;
            octets.push(b'\n');
        }
        if octets.is_empty() {
            return Ok(());
        }
        journal.append(lease, &LogName::new(NAMES, ""), &octets).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Job, MemoryJournal};
    use std::time::Duration;

    #[tokio::test]
    async fn a_renamed_container_keeps_its_name() {
        let journal = MemoryJournal::new();
        let job = Job::new(JobKey::new(Kind::from_static("mail"), "anna"), &"").unwrap();
        journal.begin(&"1".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("w", Duration::from_secs(60)).await.unwrap() else {
            panic!("a job is free");
        };
        let mut names = Names::read(&journal, lease.key()).await.unwrap();
        assert_eq!(
            names.settle(&[(Some("1"), "a"), (Some("2"), "b"), (None, "c")]),
            ["a", "b", "c"]
        );
        names.write(&journal, &lease).await.unwrap();

        // The first was renamed, the second's name is free for a third, and a fourth is called as the first was.
        let mut names = Names::read(&journal, lease.key()).await.unwrap();
        let listed = [(Some("4"), "a"), (Some("1"), "new"), (Some("3"), "b")];
        assert_eq!(names.settle(&listed), ["a (2)", "a", "b"]);
        names.write(&journal, &lease).await.unwrap();
        let mut names = Names::read(&journal, lease.key()).await.unwrap();
        assert_eq!(
            names.settle(&[(Some("1"), "x"), (Some("4"), "a"), (None, "a (2)")]),
            ["a", "a (2)", "a (2)"]
        );
        assert!(names.new.is_empty());
        let listed = [
            (Some("1"), "x"),
            (Some("5"), "x\0y"),
            (Some("6"), "x\0y\0z"),
            (None, "x\0w"),
        ];
        assert_eq!(names.settle(&listed), ["a", "a\0y", "a\0y\0z", "x\0w"]);
    }
}
