//! A ledger of deliveries.

use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tegu_outcome::file;

/// `letters/delivered.jsonl` in a job's directory: which letters are in the new mailboxes, so that none is delivered twice.
///
/// It has one line of JSON before a letter is sent, and one when the letter was found in the mailbox or was not. Each line is on the disk
/// before the method returns.
#[derive(Debug)]
pub struct Deliveries {
    file: File,
    path: PathBuf,
    done: HashSet<(String, String)>,
    open: HashMap<String, Sent>,
    /// Lines that were not taken yet.
    lines: Vec<u8>,
}

/// A letter that may have arrived.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sent {
    /// [`Letter::id`](super::Letter::id).
    pub id: String,
    /// Where the inbox ended before, in the caller's own form.
    pub mark: String,
    /// A digest of the message, in hexadecimal digits.
    pub digest: String,
}

impl Sent {
    /// Makes a note of a letter that is about to be sent.
    pub fn new(id: impl Into<String>, mark: impl Into<String>, digest: impl ToString) -> Self {
        Self {
            id: id.into(),
            mark: mark.into(),
            digest: digest.to_string(),
        }
    }
}

#[derive(Debug, Deserialize, Serialize)]
struct LogEntry {
    account: String,
    #[serde(flatten)]
    what: DeliveryStep,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum DeliveryStep {
    Sends(Sent),
    Done(String),
    /// Looked for, and not there.
    Gone(String),
}

impl Deliveries {
    /// Opens the ledger of a job's directory, or creates it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`], and [`ErrorKind::Journal`] for a file that something else wrote.
    pub fn open(job: &Path) -> Result<Self> {
        let path = job.join("letters").join("delivered.jsonl");
        let failed = |error| Error::io("open", path.display(), error);
        file::create_dir(&job.join("letters")).map_err(failed)?;
        let text = match file::read(&path) {
            Ok(text) => String::from_utf8(text).map_err(|_| failed(io::ErrorKind::InvalidData.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        // A process that was killed leaves half a line, which is as good as none.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let file = file::open_private(&path, OpenOptions::new().create(true).append(true)).map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        let mut ledger = Self {
            file,
            path,
            done: HashSet::new(),
            open: HashMap::new(),
            lines: Vec::new(),
        };
        let whole = text.get(..whole).unwrap_or_default().as_bytes();
        let known = ledger.merge(whole);
        known.map_err(|error| error.doing("read", ledger.path.display()))?;
        Ok(ledger)
    }

    /// Takes note of lines that other processes wrote, as [`take_lines`](Self::take_lines) returned them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] for lines that something else wrote.
    pub fn merge(&mut self, lines: &[u8]) -> Result<()> {
        for line in lines
            .split(|octet| *octet == b'\n')
            .filter(|line| !line.is_empty())
        {
            let line = serde_json::from_slice(line)
                .map_err(|error| Error::new(ErrorKind::Journal, format!("is damaged: {error}")))?;
            self.note(line);
        }
        Ok(())
    }

    /// Returns what was noted since the last call, for a ledger that several processes share.
    pub fn take_lines(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.lines)
    }

    /// Returns whether the letter is in the mailbox.
    pub fn has(&self, account: &str, id: &str) -> bool {
        self.done.contains(&(account.to_owned(), id.to_owned()))
    }

    /// Returns the letter to this account that may have arrived.
    pub fn unsettled(&self, account: &str) -> Option<&Sent> {
        self.open.get(account)
    }

    /// Notes that a letter is about to be sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`].
    pub fn sends(&mut self, account: &str, sent: Sent) -> Result<()> {
        self.write(account, DeliveryStep::Sends(sent))
    }

    /// Notes whether the letter was found in the mailbox.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`].
    pub fn settle(&mut self, account: &str, id: String, arrived: bool) -> Result<()> {
        self.write(
            account,
            if arrived {
                DeliveryStep::Done(id)
            } else {
                DeliveryStep::Gone(id)
            },
        )
    }

    fn write(&mut self, account: &str, what: DeliveryStep) -> Result<()> {
        let line = LogEntry {
            account: account.to_owned(),
            what,
        };
        let mut text = serde_json::to_vec(&line)
            .map_err(|error| Error::io("write", self.path.display(), error.into()))?;
        text.push(b'\n');
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        written.map_err(|error| Error::io("write", self.path.display(), error))?;
        self.lines.extend(text);
        self.note(line);
        Ok(())
    }

    fn note(&mut self, line: LogEntry) {
        match line.what {
            DeliveryStep::Sends(sent) => {
                self.open.insert(line.account, sent);
            }
            DeliveryStep::Done(id) => {
                self.open.remove(&line.account);
                self.done.insert((line.account, id));
            }
            DeliveryStep::Gone(_) => {
                self.open.remove(&line.account);
            }
        }
    }
}
