//! Physical lines -> the lines of one record, unfolded, in one block of memory.

use std::io::BufRead;

use super::limits::Limits;
use crate::encoding::{Decoded, TextEncoding};
use crate::error::over_limit;
use crate::{Error, Result};

/// A logical line: where it lies in the block, and the number of its first physical line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) number: u64,
}

/// What the physical line that is being read belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// It has not begun.
    Start,
    /// A line of its own, or the rest of the one before.
    Content,
    /// A comment, or the rest of one.
    Comment,
}

/// Cuts the input into blocks, each the lines of one record.
#[derive(Debug)]
pub(super) struct Frames<R> {
    input: Decoded<R>,
    pub(super) frame: Frame,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(input: R, encoding: TextEncoding, limits: Limits) -> Self {
        Self {
            input: Decoded::new(input, encoding),
            frame: Frame {
                limits,
                number: 0,
                block: Vec::new(),
                lines: Vec::new(),
                kind: Kind::Start,
                after_comment: false,
                began: 0,
            },
        }
    }

    /// Reads the next record. `false` at the end of the input.
    pub(super) fn next(&mut self) -> Result<bool> {
        self.frame.clear();
        loop {
            let chunk = self.input.fill_buf().map_err(|e| Error::io("read", "LDIF", e))?;
            if chunk.is_empty() {
                self.frame.end_line();
                return Ok(!self.frame.lines.is_empty());
            }
            let (taken, whole) = self.frame.take(chunk)?;
            self.input.consume(taken);
            if whole {
                return Ok(true);
            }
        }
    }
}

/// The lines of the record that is being read, without folds and comments.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) limits: Limits,
    /// Physical lines read so far.
    pub(super) number: u64,
    pub(super) block: Vec<u8>,
    pub(super) lines: Vec<Line>,
    kind: Kind,
    /// Whether the line before was a comment, which a fold then continues.
    after_comment: bool,
    /// Where the physical line began in the block.
    began: usize,
}

impl Frame {
    fn clear(&mut self) {
        // A block that became an entry left none behind; the next one is likely of its size.
        let size = self.lines.last().map_or(0, |l| l.end);
        self.block.clear();
        self.block.reserve(size.min(64 << 10));
        self.lines.clear();
        self.after_comment = false;
    }

    /// Takes lines from a chunk up to the end of the record: how many bytes, and whether the end was there.
    fn take(&mut self, chunk: &[u8]) -> Result<(usize, bool)> {
        let mut taken = 0;
        while let Some(rest) = chunk.get(taken..).filter(|r| !r.is_empty()) {
            let end = memchr::memchr(b'\n', rest);
            let piece = end.map_or(rest, |at| rest.get(..at).unwrap_or_default());
            taken += piece.len() + usize::from(end.is_some());
            self.piece(piece)?;
            if end.is_some() && self.end_line() {
                return Ok((taken, true));
            }
        }
        Ok((taken, false))
    }

    /// A physical line, or a part of one.
    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let mut text = piece;
        if self.kind == Kind::Start {
            self.number += 1;
            self.began = self.block.len();
            self.kind = match piece.first() {
                Some(b'#') => Kind::Comment,
                Some(b' ') if self.after_comment => Kind::Comment,
                _ => Kind::Content,
            };
            if self.kind == Kind::Content {
                if piece.first() == Some(&b' ') && !self.lines.is_empty() {
                    text = piece.get(1..).unwrap_or_default();
                } else {
                    self.begin_line()?;
                }
            }
        }
        if self.kind == Kind::Comment {
            return Ok(());
        }
        self.block.extend_from_slice(text);
        let length = self.lines.last().map_or(0, |l| self.block.len() - l.start);
        if length > self.limits.line_bytes {
            let limit = self.limits.line_bytes;
            return Err(self.too_much(&format!("a line has more than {limit} bytes")));
        }
        if self.block.len() > self.limits.record_bytes {
            let limit = self.limits.record_bytes;
            return Err(self.too_much(&format!("a record has more than {limit} bytes")));
        }
        Ok(())
    }

    fn begin_line(&mut self) -> Result<()> {
        self.lines.push(Line {
            start: self.began,
            end: self.began,
            number: self.number,
        });
        if self.lines.len() > self.limits.record_lines {
            let limit = self.limits.record_lines;
            return Err(self.too_much(&format!("a record has more than {limit} lines")));
        }
        Ok(())
    }

    /// Ends a physical line. Returns whether it was the empty line that ends a record.
    fn end_line(&mut self) -> bool {
        let kind = std::mem::replace(&mut self.kind, Kind::Start);
        self.after_comment = kind == Kind::Comment;
        let Some(line) = self.lines.last_mut().filter(|_| kind != Kind::Comment) else {
            return false;
        };
        if kind == Kind::Content && self.block.len() > self.began && self.block.last() == Some(&b'\r') {
            self.block.pop();
        }
        line.end = self.block.len();
        if line.start == line.end && line.number == self.number {
            self.lines.pop();
            return !self.lines.is_empty();
        }
        false
    }

    fn too_much(&self, what: &str) -> Error {
        over_limit(format!("LDIF line {}: {what}", self.number))
    }
}
