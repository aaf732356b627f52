//! The reader: physical lines -> logical lines -> the block of one record -> the record.
//!
//! A block is framed before anything in it is understood, so a record that makes no sense costs that record only.

use std::io::BufRead;

use super::parse::record;
use super::{Change, ChangeKind, Record};
use crate::entry::Entry;
use crate::error::{Error, Result};

/// How much the reader takes before it gives up.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes in one logical line, after unfolding. Default 16 MiB.
    pub line_bytes: usize,
    /// Bytes in one record. Default 64 MiB.
    pub record_bytes: usize,
    /// Lines in one record. Default 1,000,000.
    pub record_lines: usize,
    /// Records that [`read_entries`] collects. Default 2,000,000.
    pub records: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 16 << 20,
            record_bytes: 64 << 20,
            record_lines: 1_000_000,
            records: 2_000_000,
        }
    }
}

/// Reads records one after the other, holding one at a time.
///
/// A malformed record is an `Err` of kind [`ErrorKind::Input`](crate::ErrorKind::Input) or
/// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) that names the line; the next call goes on with the
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
    input: R,
    limits: Limits,
    /// Lines read so far.
    line: u64,
    /// The physical line that was read ahead to see whether it continues the one before.
    ahead: Option<Vec<u8>>,
    skipped: u64,
    at_start: bool,
    ended: bool,
}

/// A logical line that is not yet understood, and the number of its first physical line.
pub(super) struct Raw {
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// A reader over `input`.
    pub fn new(input: R, limits: Limits) -> Self {
        Self {
            input,
            limits,
            line: 0,
            ahead: None,
            skipped: 0,
            at_start: true,
            ended: false,
        }
    }

    /// The number of the last line that was read.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many records were skipped because they are no entries: search references and the result that
    /// `ldapsearch` appends.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// One physical line without its end, or `None` at the end of the input.
    fn physical(&mut self) -> Result<Option<Vec<u8>>> {
        let mut out = Vec::new();
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                if out.is_empty() {
                    return Ok(None);
                }
                break;
            }
            let end = memchr_newline(chunk);
            let taken = end.map_or(chunk.len(), |at| at + 1);
            out.extend_from_slice(chunk.get(..taken).unwrap_or_default());
            self.input.consume(taken);
            if out.len() > self.limits.line_bytes {
                return Err(self.too_long("a line", self.limits.line_bytes));
            }
            if end.is_some() {
                break;
            }
        }
        self.line += 1;
        if std::mem::take(&mut self.at_start) {
            if out.starts_with(b"\xef\xbb\xbf") {
                out.drain(..3);
            } else if out.starts_with(b"\xff\xfe") || out.starts_with(b"\xfe\xff") {
                self.ended = true;
                return Err(Error::input(
                    "the LDIF file is in UTF-16: export it again as UTF-8 (ldifde without -u)",
                ));
            }
        }
        if out.last() == Some(&b'\n') {
            out.pop();
        }
        if out.last() == Some(&b'\r') {
            out.pop();
        }
        Ok(Some(out))
    }

    fn too_long(&self, what: &str, limit: usize) -> Error {
        Error::limit(format!(
            "LDIF line {}: {what} has more than {limit} bytes",
            self.line + 1
        ))
    }

    /// One logical line: folds undone, comments left out; empty at the end of a record, `None` at the end.
    fn logical(&mut self) -> Result<Option<Raw>> {
        loop {
            let first = match self.ahead.take() {
                Some(line) => Some(line),
                None => self.physical()?,
            };
            let Some(mut bytes) = first else { return Ok(None) };
            let number = self.line;
            if bytes.is_empty() {
                return Ok(Some(Raw { number, bytes }));
            }
            while let Some(next) = self.physical()? {
                if next.first() != Some(&b' ') {
                    self.ahead = Some(next);
                    break;
                }
                bytes.extend_from_slice(next.get(1..).unwrap_or_default());
                if bytes.len() > self.limits.line_bytes {
                    return Err(self.too_long("a line", self.limits.line_bytes));
                }
            }
            if bytes.first() != Some(&b'#') {
                return Ok(Some(Raw { number, bytes }));
            }
        }
    }

    /// The lines of one record.
    fn block(&mut self) -> Result<Option<Vec<Raw>>> {
        let mut lines = Vec::new();
        let mut bytes = 0_usize;
        while let Some(line) = self.logical()? {
            if line.bytes.is_empty() {
                if lines.is_empty() {
                    continue;
                }
                return Ok(Some(lines));
            }
            bytes = bytes.saturating_add(line.bytes.len());
            if bytes > self.limits.record_bytes {
                return Err(self.too_long("a record", self.limits.record_bytes));
            }
            // Some tools write no empty line after the version.
            if lines.is_empty() && is_version(&line)? {
                continue;
            }
            lines.push(line);
            if lines.len() > self.limits.record_lines {
                let limit = self.limits.record_lines;
                return Err(Error::limit(format!(
                    "LDIF line {}: a record has more than {limit} lines",
                    self.line
                )));
            }
        }
        Ok((!lines.is_empty()).then_some(lines))
    }
}

fn memchr_newline(chunk: &[u8]) -> Option<usize> {
    chunk.iter().position(|&b| b == b'\n')
}

fn is_version(line: &Raw) -> Result<bool> {
    let Some(value) = line.bytes.strip_prefix(b"version:") else {
        return Ok(false);
    };
    if value.trim_ascii() == b"1" {
        return Ok(true);
    }
    Err(Error::input(format!(
        "LDIF line {}: only version 1 of the format is known",
        line.number
    )))
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.block() {
                Ok(Some(block)) => match record(block) {
                    Ok(Some(record)) => return Some(Ok(record)),
                    Ok(None) => self.skipped += 1,
                    Err(error) => return Some(Err(error)),
                },
                Ok(None) => self.ended = true,
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
/// The first error of the reader; and [`ErrorKind::Input`](crate::ErrorKind::Input) for a change record that
/// only makes sense against a directory (modify, delete, rename).
pub fn read_entries(input: impl BufRead, limits: &Limits) -> Result<Vec<Entry>> {
    let mut out = Vec::new();
    for record in Reader::new(input, limits.clone()) {
        match record? {
            Record::Content(entry) => out.push(entry),
            Record::Change(Change {
                kind: ChangeKind::Add(entry),
                ..
            }) => out.push(entry),
            Record::Change(change) => {
                return Err(Error::input(format!(
                    "the LDIF file holds a change to `{}` where an entry was expected",
                    change.dn()
                )));
            }
        }
        if out.len() > limits.records {
            return Err(Error::limit(format!(
                "the LDIF file has more than {} entries",
                limits.records
            )));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
