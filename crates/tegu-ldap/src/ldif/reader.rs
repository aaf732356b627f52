//! The reader.
//!
//! Records are framed before they are parsed, so a malformed record costs only that record.

use std::io::BufRead;
use std::path::PathBuf;

use super::frame::Frames;
use super::limits::Limits;
use super::parse::Parser;
use super::{Change, ChangeKind, Record};
use crate::Result;
use crate::encoding::TextEncoding;
use crate::entry::Entry;
use crate::error::{malformed, over_limit};

/// Reads records one at a time.
///
/// A malformed record is an `Err` of kind [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) or
/// [`ErrorKind::Config`](crate::ErrorKind::Config) that names the line; the next call goes on with the
/// record after it. After any other error the reader is at its end.
///
/// ```
/// use tegu_ldap::ldif::{Limits, Reader, Record};
///
/// let text = "version: 1\n\ndn: cn=Ann,dc=example\ncn: Ann\nmail: ann@exam\n ple.org\n";
/// let records: Vec<_> = Reader::new(text.as_bytes(), Limits::default()).collect::<Result<_, _>>()?;
/// let [Record::Content(ann)] = &records[..] else { panic!("one entry") };
/// assert_eq!(ann.text("mail"), Some("ann@example.org"));
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    frames: Frames<R>,
    parser: Parser,
    skipped: u64,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// A reader over `input`: UTF-8, or UTF-16 with a byte order mark as `ldifde -u` writes it.
    pub fn new(input: R, limits: Limits) -> Self {
        Self::with_encoding(input, TextEncoding::unicode(), limits)
    }

    /// A reader over `input` in another encoding.
    pub fn with_encoding(input: R, encoding: TextEncoding, limits: Limits) -> Self {
        Self {
            parser: Parser::new(limits.clone()),
            frames: Frames::new(input, encoding, limits),
            skipped: 0,
            ended: false,
        }
    }

    /// Lets `attribute:< file:...` read files below a directory. Without this call, and for any other place or kind
    /// of URL, such a value is an error and nothing is opened.
    #[must_use]
    pub fn allow_files_below(mut self, directory: impl Into<PathBuf>) -> Self {
        self.parser.files = Some(directory.into());
        self
    }

    /// Returns an entry that is no longer needed. The next one reuses its memory, so that reading a large file
    /// allocates almost nothing. See [`Directory::read_ldif`](crate::Directory::read_ldif).
    pub fn recycle(&mut self, entry: Entry) {
        self.parser.spent = Some(entry);
    }

    /// Returns the number of the last line that was read.
    pub fn line(&self) -> u64 {
        self.frames.frame.number
    }

    /// Returns how many records were skipped because they are not entries: search references, and the result that
    /// `ldapsearch` appends.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.frames.next() {
                Ok(true) => {
                    let frame = &mut self.frames.frame;
                    match self.parser.record(&mut frame.block, &frame.lines) {
                        Ok(Some(record)) => return Some(Ok(record)),
                        Ok(None) => {}
                        Err(error) => return Some(Err(error)),
                    }
                    self.skipped += self.parser.take_skipped();
                }
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Reads all entries of a file into memory: content records, and the `add` records of a change file.
///
/// # Errors
///
/// The first error of the reader; and [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for a change record that
/// only makes sense against a directory (modify, delete, rename).
pub fn read_entries(input: impl BufRead, limits: &Limits) -> Result<Vec<Entry>> {
    let mut out = Vec::new();
    for record in Reader::new(input, limits.clone()) {
        out.push(record?.into_entry()?);
        if out.len() > limits.records {
            return Err(over_limit(format!(
                "the LDIF file has more than {} entries",
                limits.records
            )));
        }
    }
    Ok(out)
}

impl Record {
    /// Returns the entry of a content record or of one that adds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for a change that only makes sense against a directory: modify,
    /// delete, rename.
    pub fn into_entry(self) -> Result<Entry> {
        match self {
            Self::Content(entry) => Ok(entry),
            Self::Change(Change {
                kind: ChangeKind::Add(entry),
                ..
            }) => Ok(entry),
            Self::Change(change) => Err(malformed(format!(
                "the LDIF file holds a change to `{}` where an entry was expected",
                change.dn()
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
