//! Reads tables: RFC 4180, with the deviations of Windows tools.

use std::io::{BufRead, Read};

use super::row::Row;
use super::{Limits, fault};
use crate::encoding::{Decoded, TextEncoding};
use crate::error::over_limit;
use crate::{Error, Result};

/// Reads a table row by row.
pub(super) fn read(
    input: impl BufRead,
    encoding: TextEncoding,
    limits: &Limits,
    mut each: impl FnMut(&Row) -> Result<()>,
) -> Result<()> {
    let mut cells = Cells {
        input: Decoded::new(input, encoding),
        limits,
        separator: b',',
        line: 0,
    };
    let Some(names) = cells.header()? else {
        return Ok(());
    };
    let mut rows = 0;
    while let Some((line, values)) = cells.row()? {
        if values.iter().all(|v| v.trim().is_empty()) {
            continue;
        }
        rows += 1;
        if rows > limits.rows {
            return Err(over_limit(format!(
                "the export has more than {} rows",
                limits.rows
            )));
        }
        if values.len() > names.len() {
            let what = format!("the row has {} values for {} columns", values.len(), names.len());
            return Err(fault(line, what));
        }
        let cells = names.iter().cloned().zip(values).collect();
        each(&Row { line, cells })?;
    }
    Ok(())
}

struct Cells<'l, R> {
    input: Decoded<R>,
    limits: &'l Limits,
    separator: u8,
    line: u64,
}

fn broken(e: std::io::Error) -> Error {
    Error::io("read", "the export", e)
}

impl<R: BufRead> Cells<'_, R> {
    /// Returns the names of the columns. The separator is the one that the first line has most of.
    fn header(&mut self) -> Result<Option<Vec<Box<str>>>> {
        loop {
            let mut first = Vec::new();
            let most = u64::try_from(self.limits.row_bytes).unwrap_or(u64::MAX);
            Read::by_ref(&mut self.input)
                .take(most)
                .read_until(b'\n', &mut first)
                .map_err(broken)?;
            if first.is_empty() {
                return Ok(None);
            }
            let count = |b: u8| memchr::memchr_iter(b, &first).count();
            let separators = [b',', b';', b'\t'].map(|b| (count(b), b));
            // Among equals the comma, which comes first.
            let best = separators.into_iter().rev().max_by_key(|(count, _)| *count);
            self.separator = best.map_or(b',', |(_, b)| b);
            let mut alone = Cells {
                input: Decoded::new(first.as_slice(), TextEncoding::unicode()),
                limits: self.limits,
                separator: self.separator,
                line: self.line,
            };
            let Some((line, names)) = alone.row()? else {
                return Ok(None);
            };
            self.line += 1;
            if first.starts_with(b"#TYPE") || names.iter().all(|n| n.trim().is_empty()) {
                continue;
            }
            if names.iter().any(|n| n.trim().is_empty()) {
                return Err(fault(line, "a column has no name"));
            }
            return Ok(Some(names.into_iter().map(|n| n.trim().into()).collect()));
        }
    }

    /// Returns the values of one row and the number of its first line.
    fn row(&mut self) -> Result<Option<(u64, Vec<String>)>> {
        let mut values: Vec<String> = Vec::new();
        let mut value = Vec::new();
        let (mut quoted, mut was_quoted, mut any, mut total) = (false, false, false, 0_usize);
        let line = self.line + 1;
        loop {
            let chunk = self.input.fill_buf().map_err(broken)?;
            if chunk.is_empty() {
                if quoted {
                    return Err(fault(line, "a quote is opened and not closed"));
                }
                if !any {
                    return Ok(None);
                }
                break;
            }
            any = true;
            let mut taken = 0;
            let mut ended = false;
            while let Some(&b) = chunk.get(taken) {
                taken += 1;
                self.line += u64::from(b == b'\n');
                match b {
                    b'"' if quoted => {
                        quoted = false;
                    }
                    // A second quote behind the first stands for itself.
                    b'"' if was_quoted && !quoted => {
                        value.push(b'"');
                        quoted = true;
                    }
                    b'"' if value.is_empty() => {
                        (quoted, was_quoted) = (true, true);
                    }
                    b if quoted => value.push(b),
                    b'\n' => {
                        ended = true;
                        break;
                    }
                    b if b == self.separator => {
                        values.push(text(std::mem::take(&mut value), line)?);
                        was_quoted = false;
                        if values.len() >= self.limits.columns {
                            let limit = self.limits.columns;
                            let what = format!("line {line} of the export: more than {limit} columns");
                            return Err(over_limit(what));
                        }
                    }
                    b => value.push(b),
                }
            }
            self.input.consume(taken);
            total = total.saturating_add(taken);
            if value.len() > self.limits.value_bytes || total > self.limits.row_bytes {
                let what = format!("line {line} of the export: a value or a row is too long");
                return Err(over_limit(what));
            }
            if ended {
                break;
            }
        }
        if value.last() == Some(&b'\r') {
            value.pop();
        }
        values.push(text(value, line)?);
        Ok(Some((line, values)))
    }
}

fn text(value: Vec<u8>, line: u64) -> Result<String> {
    String::from_utf8(value).map_err(|_| {
        fault(
            line,
            "a value is not UTF-8: name the encoding, or export with -Encoding UTF8",
        )
    })
}
