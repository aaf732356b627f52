//! Whether a job is being run, where, since when, and how far it has come: for those who look from outside.
//!
//! A run holds a lock on `run.lock` of the job's directory, which the system takes back when the process ends, however it ends, and writes
//! [`Standing`] into `progress.json` once a second.

use crate::{Error, EventSender, Result, report::Progress};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tegu_outcome::file;

const FILE: &str = "progress.json";
const LOCK: &str = "run.lock";
const VERSION: u32 = 1;
/// How often the file is written.
const EVERY: Duration = Duration::from_secs(1);

/// How a job stands, as the run itself says.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Standing {
    version: u32,
    /// Whether a process is running the job now.
    #[serde(default)]
    pub running: bool,
    /// The machine that it runs on, or ran on.
    pub host: String,
    /// The number of the process there.
    pub process: u32,
    /// When the run began (RFC 3339).
    pub started: String,
    /// When it was last heard of.
    pub seen: String,
    /// Whether it came to its end, with or without an error. A run that neither runs nor ended was killed.
    pub ended: bool,
    /// How far it has come.
    pub progress: Progress,
}

impl Standing {
    /// Reads how the job of this directory stands. Returns `None` if it was never run.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), and [`ErrorKind::Config`](crate::ErrorKind::Config) for a file of another version.
    pub fn read_from(job: &Path) -> Result<Option<Self>> {
        Self::read(job, 25)
    }

    fn read(job: &Path, again: u32) -> Result<Option<Self>> {
        let path = job.join(FILE);
        let json = match file::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path.display(), error)),
        };
        let wrong = |why: &dyn std::fmt::Display| Error::config(why).doing("read", path.display());
        let mut standing: Self = serde_json::from_slice(&json).map_err(|error| wrong(&error))?;
        if standing.version != VERSION {
            return Err(wrong(&"it is of another version of this program"));
        }
        standing.running = is_held(job);
        if standing.running && standing.ended && again > 0 {
            // Another run has just begun, and is about to say so.
            std::thread::sleep(Duration::from_millis(20));
            return Self::read(job, again - 1);
        }
        Ok(Some(standing))
    }

    #[allow(clippy::disallowed_methods, reason = "a file of the system")]
    fn new() -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let now = now();
        Self {
            version: VERSION,
            running: false,
            host: host.trim().to_owned(),
            process: std::process::id(),
            started: now.clone(),
            seen: now,
            ended: false,
            progress: Progress::default(),
        }
    }

    fn write(&self, job: &Path) -> Result<()> {
        let json = serde_json::to_vec(self).map_err(|error| Error::io("write", FILE, error.into()))?;
        file::write(&job.join(FILE), |out| out.write_all(&json))
    }
}

fn now() -> String {
    format!("{:.0}", jiff::Timestamp::now())
}

/// Whether a process holds the lock.
fn is_held(job: &Path) -> bool {
    let Ok(lock) = file::open_regular(&job.join(LOCK)) else {
        return false;
    };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Says who uses the job, as far as that is known.
#[must_use]
pub fn in_use(job: &Path, error: Error) -> Error {
    let standing = Standing::read_from(job).ok().flatten();
    let Some(other) = standing.filter(|standing| standing.running && standing.process != std::process::id())
    else {
        return error;
    };
    Error::new(
        error.kind(),
        format_args!(
            "another process ({} on {}, since {}) works on this job: wait for it, or stop it",
            other.process, other.host, other.started
        ),
    )
}

/// Tells how the run stands until it is dropped, at the latest with the process.
#[derive(Debug)]
pub struct Teller {
    job: PathBuf,
    standing: Standing,
    events: EventSender,
    /// `None` where another process of the same directory tells.
    lock: Option<File>,
    writing: Option<tokio::task::JoinHandle<()>>,
}

impl Teller {
    /// Begins to tell, in a job's own directory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if nothing can be written there.
    pub async fn start(job: &Path, events: &EventSender) -> Result<Self> {
        let mut teller = Self {
            job: job.to_owned(),
            standing: Standing::new(),
            events: events.clone(),
            lock: lock(job).await?,
            writing: None,
        };
        if teller.lock.is_some() {
            teller.standing.write(job)?;
            let (job, events, mut standing) = (job.to_owned(), events.clone(), teller.standing.clone());
            teller.writing = Some(tokio::spawn(async move {
                loop {
                    tokio::time::sleep(EVERY).await;
                    standing.seen = now();
                    standing.progress = events.progress().clone();
                    let (job, standing) = (job.clone(), standing.clone());
                    let _ = tokio::task::spawn_blocking(move || standing.write(&job)).await;
                }
            }));
        }
        Ok(teller)
    }

    /// Writes how the run ended.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn end(mut self, error: Option<String>) -> Result<()> {
        self.standing.progress = self.events.progress().clone();
        self.standing.progress.error = error;
        self.standing.progress.waiting = None;
        self.standing.seen = now();
        self.standing.ended = true;
        match self.lock {
            Some(_) => self.standing.write(&self.job),
            None => Ok(()),
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        if let Some(writing) = &self.writing {
            writing.abort();
        }
    }
}

/// Takes the lock. Somebody who looks holds it for an instant, another run for long.
async fn lock(job: &Path) -> Result<Option<File>> {
    let path = job.join(LOCK);
    let failed = |error| Error::io("lock", path.display(), error);
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let lock = file::open_private(&path, options).map_err(failed)?;
    for _ in 0..10 {
        match lock.try_lock() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(20)).await,
            // Some network file systems know no locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Event;

    #[tokio::test]
    async fn a_run_is_seen_until_it_ends() {
        let scratch = tempfile::tempdir().unwrap();
        let job = scratch.path();
        assert!(Standing::read_from(job).unwrap().is_none());
        let events = EventSender::new();
        let teller = Teller::start(job, &events).await.unwrap();
        let standing = Standing::read_from(job).unwrap().unwrap();
        assert!(standing.running && !standing.ended);
        assert_eq!(standing.process, std::process::id());
        events.send(Event::Started { accounts: 3 });
        teller.end(Some("stopped".into())).unwrap();
        let standing = Standing::read_from(job).unwrap().unwrap();
        assert!(!standing.running && standing.ended);
        assert_eq!(standing.progress.accounts, Some(3));
        assert_eq!(standing.progress.error.as_deref(), Some("stopped"));
    }

    #[tokio::test]
    async fn a_run_that_was_killed_neither_runs_nor_ended() {
        let scratch = tempfile::tempdir().unwrap();
        drop(Teller::start(scratch.path(), &EventSender::new()).await.unwrap());
        let standing = Standing::read_from(scratch.path()).unwrap().unwrap();
        assert!(!standing.running && !standing.ended);
    }

    #[tokio::test]
    async fn two_runs_of_one_directory_do_not_disturb_each_other() {
        let scratch = tempfile::tempdir().unwrap();
        let events = EventSender::new();
        let first = Teller::start(scratch.path(), &events).await.unwrap();
        let second = Teller::start(scratch.path(), &events).await.unwrap();
        second.end(None).unwrap();
        assert!(Standing::read_from(scratch.path()).unwrap().unwrap().running);
        first.end(None).unwrap();
    }
}
