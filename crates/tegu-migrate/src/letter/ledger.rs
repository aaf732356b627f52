//! What was delivered: one line before a letter is sent, one when it is proved.

use crate::{Digest, Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// `letters/delivered.jsonl` of a job's directory.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
    path: PathBuf,
    done: HashSet<(String, String)>,
    open: HashMap<String, Sent>,
}

/// A letter that may have arrived.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Sent {
    pub(super) id: String,
    /// Where the inbox ended before.
    pub(super) mark: String,
    pub(super) digest: Digest,
}

#[derive(Debug, Deserialize, Serialize)]
struct Line {
    account: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Sends(Sent),
    Done(String),
    /// Looked for, and not there.
    Gone(String),
}

impl Ledger {
    pub(super) fn open(job: &Path) -> Result<Self> {
        let path = job.join("letters").join("delivered.jsonl");
        let failed = |error| Error::io(format_args!("opening {}", path.display()), error);
        fs::create_dir_all(job.join("letters")).map_err(failed)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        // A process that was killed leaves half a line, which is as good as none.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        let mut ledger = Self {
            file,
            path,
            done: HashSet::new(),
            open: HashMap::new(),
        };
        for line in text.get(..whole).unwrap_or_default().lines() {
            let line = serde_json::from_str(line).map_err(|error| {
                let message = format!("{} is damaged: {error}", ledger.path.display());
                Error::new(ErrorKind::Journal, message)
            })?;
            ledger.note(line);
        }
        Ok(ledger)
    }

    /// Whether the letter stands in the mailbox.
    pub(super) fn has(&self, account: &str, id: &str) -> bool {
        self.done.contains(&(account.to_owned(), id.to_owned()))
    }

    /// A letter to this account that may have arrived.
    pub(super) fn unsettled(&self, account: &str) -> Option<&Sent> {
        self.open.get(account)
    }

    /// A letter is about to be sent.
    pub(super) fn sends(&mut self, account: &str, sent: Sent) -> Result<()> {
        self.write(account, What::Sends(sent))
    }

    /// The letter was found in the mailbox, or was not.
    pub(super) fn settle(&mut self, account: &str, id: String, arrived: bool) -> Result<()> {
        self.write(account, if arrived { What::Done(id) } else { What::Gone(id) })
    }

    fn write(&mut self, account: &str, what: What) -> Result<()> {
        let line = Line {
            account: account.to_owned(),
            what,
        };
        let mut text = serde_json::to_vec(&line)
            .map_err(|error| Error::new(ErrorKind::Io, format!("writing a line: {error}")))?;
        text.push(b'\n');
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        written.map_err(|error| Error::io(format_args!("writing {}", self.path.display()), error))?;
        self.note(line);
        Ok(())
    }

    fn note(&mut self, line: Line) {
        match line.what {
            What::Sends(sent) => {
                self.open.insert(line.account, sent);
            }
            What::Done(id) => {
                self.open.remove(&line.account);
                self.done.insert((line.account, id));
            }
            What::Gone(_) => {
                self.open.remove(&line.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_half_a_line_does_not() {
        let scratch = tempfile::tempdir().unwrap();
        let sent = |id: &str| Sent {
            id: id.into(),
            mark: "7:1".into(),
            digest: Digest::of(id.as_bytes()),
        };
        let mut ledger = Ledger::open(scratch.path()).unwrap();
        ledger.sends("anna", sent("1")).unwrap();
        ledger.settle("anna", "1".into(), true).unwrap();
        ledger.sends("anna", sent("2")).unwrap();
        ledger.sends("boris", sent("1")).unwrap();
        ledger.settle("boris", "1".into(), false).unwrap();
        let path = scratch.path().join("letters/delivered.jsonl");
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"account\":\"ver");
        fs::write(&path, text).unwrap();

        let mut ledger = Ledger::open(scratch.path()).unwrap();
        assert!(ledger.has("anna", "1") && !ledger.has("anna", "2") && !ledger.has("boris", "1"));
        assert_eq!(ledger.unsettled("anna"), Some(&sent("2")));
        assert_eq!(ledger.unsettled("boris"), None);
        ledger.settle("anna", "2".into(), true).unwrap();
        assert!(Ledger::open(scratch.path()).unwrap().has("anna", "2"));

        fs::write(&path, "no line of ours\n").unwrap();
        assert_eq!(
            Ledger::open(scratch.path()).unwrap_err().kind(),
            ErrorKind::Journal
        );
    }
}
