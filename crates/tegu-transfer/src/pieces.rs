//! Items that one whole holds, such as the rules of a script: they reach the target together, and each has a state of its own.

use crate::{
    Digest, Entity, Error, ErrorKind, Event, Finding, Result, RunContext, State, digest,
    job::job_key,
    journal::{JobFilter, JobKey, JobState, Record},
    label,
    report::{ContainerReport, WorkItem},
};
use std::time::Duration;

/// How long to wait before asking again whether another job of the account is being worked on.
const WAIT: Duration = Duration::from_millis(500);

/// An item of a whole, and how it ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Piece {
    /// Its identity among those of its kind.
    pub id: String,
    /// What a person recognises it by.
    pub label: String,
    /// What the source said of it, as JSON.
    pub original: String,
    /// How it ended.
    pub state: State,
    /// What is lost or in the way, and what is worth knowing.
    pub findings: Vec<Finding>,
    /// The digest of the whole, if the target holds the item in it.
    pub proof: Option<Digest>,
    /// Where a person finds it, relative to the job's directory. Without it an original that a person needs is kept.
    pub kept: Option<String>,
}

impl Piece {
    /// An item with this identity, which ended so.
    #[must_use]
    pub fn new(id: impl Into<String>, original: impl Into<String>, state: State) -> Self {
        Self {
            id: id.into(),
            label: String::new(),
            original: original.into(),
            state,
            findings: Vec::new(),
            proof: None,
            kept: None,
        }
    }
}

impl RunContext<'_> {
    /// Writes down how all items of one kind ended, and reports them as a container that is called like the kind, which need not be the job's own.
    /// What an earlier run wrote down of an item stays if nothing has changed, so that what it moved is still its work.
    ///
    /// # Errors
    ///
    /// Those of the journal and of files.
    pub async fn pieces(&self, entity: Entity, pieces: Vec<Piece>) -> Result<()> {
        let (name, account) = (entity.name(), &self.account().mail);
        let scope = self.scope(vec![name.to_owned()]);
        let known = self.records().open(&scope).await?.records;
        let mut row = ContainerReport::new(entity, name);
        row.counts.expect(pieces.len() as u64);
        self.send(Event::ContainerStarted {
            entity,
            account: account.clone(),
            container: name.to_owned(),
            items: pieces.len() as u64,
        });
        let (mut fresh, mut work) = (Vec::new(), Vec::new());
        for piece in pieces {
            let new = self.piece(&piece)?;
            let same = known.get(&piece.id).filter(|old| is_same(old, &new));
            let is_new = same.is_none();
            let record = same.cloned().unwrap_or(new);
            row.counts.add(record.state);
            row.bytes += record.bytes;
            row.moved_now += u64::from(is_new && record.state == State::Moved);
            for finding in &record.findings {
                *row.findings.entry(finding.code.to_string()).or_default() += 1;
            }
            if matches!(record.state, State::Manual | State::Failed) {
                let mut item = WorkItem::new(entity, account, name, &piece.id, record.state);
                item.label.clone_from(&record.label);
                item.findings.clone_from(&record.findings);
                item.original.clone_from(&record.original);
                item.attempts = record.attempts;
                work.push(item);
            }
            self.send(Event::ItemFinished {
                entity,
                account: account.clone(),
                container: name.to_owned(),
                item: label::printable(&piece.id),
                state: record.state,
                codes: record
                    .findings
                    .iter()
                    .map(|finding| finding.code.to_string())
                    .collect(),
                bytes: record.bytes,
            });
            if is_new {
                fresh.push((piece.id, record));
            }
        }
        if !fresh.is_empty() {
            self.records().commit(&scope, &fresh).await?;
        }
        self.folder(scope, row, work);
        Ok(())
    }

    fn piece(&self, piece: &Piece) -> Result<Record> {
        let octets = piece.original.as_bytes();
        let mut record = Record::new(piece.state);
        let digest = digest::of(octets);
        record.digest = Some(digest);
        record.bytes = octets.len() as u64;
        record.findings.clone_from(&piece.findings);
        record.proof = piece.proof;
        if piece.state == State::Manual {
            record.label = label::printable(&piece.label);
            record.original = Some(match &piece.kept {
                Some(kept) => kept.clone(),
                None => self.originals().keep(digest, "json", octets)?,
            });
        }
        Ok(record)
    }

    /// Returns when no worker is at work on the account's job of another kind, of which this one has to know how it ended.
    ///
    /// # Errors
    ///
    /// Kind [`Timeout`](ErrorKind::Timeout), to be tried again, if that job waits for another attempt; those of
    /// [`ready`](Self::ready) and of the journal.
    pub async fn after(&self, entity: Entity) -> Result<()> {
        let key = job_key(entity, self.account().id.clone());
        loop {
            match self.state_of(&key).await? {
                Some(JobState::Leased) => {
                    self.ready().await?;
                    tokio::time::sleep(WAIT).await;
                }
                Some(JobState::Ready) => {
                    let why = format!("the account's {entity} have to move first");
                    return Err(Error::new(ErrorKind::Timeout, why));
                }
                _ => return Ok(()),
            }
        }
    }

    async fn state_of(&self, key: &JobKey) -> Result<Option<JobState>> {
        let mut after = None;
        loop {
            let page = self
                .journal()
                .jobs(JobFilter::CurrentPass, after.as_ref())
                .await?;
            let Some(last) = page.last() else { return Ok(None) };
            if let Some(found) = page.iter().find(|status| status.job.key() == key) {
                return Ok(Some(found.state));
            }
            after = Some(last.job.key().clone());
        }
    }
}

/// Whether nothing has changed since an earlier run.
fn is_same(old: &Record, new: &Record) -> bool {
    let state = old.state == new.state || (old.state == State::Moved && new.state == State::Present);
    state && old.digest == new.digest && old.proof == new.proof && old.findings == new.findings
}
