//! The reader: physical lines -> logical lines -> the block of one record -> the record.
//!
//! A block is framed before anything in it is understood, so a record that makes no sense costs that record only.

use std::io::BufRead;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Change, ChangeKind, Modification, ModificationOp, Record};
use crate::dn::Dn;
use crate::entry::{AttributeName, Entry};
use crate::error::{Error, Result};

/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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

/// A logical line that is not yet understood, and the number of its last physical line.
struct Raw {
    number: u64,
    bytes: Vec<u8>,
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

/// One understood line.
enum Line {
    Pair {
        number: u64,
        name: Box<str>,
        value: Vec<u8>,
    },
    Separator,
}

/// Makes a record of its lines. `None`: what stands there is no entry.
fn record(block: Vec<Raw>) -> Result<Option<Record>> {
    let mut lines = block.into_iter().map(understand).peekable();
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    let (number, name, value) = pair(first?)?;
    if ["ref", "search", "result"]
        .iter()
        .any(|n| name.eq_ignore_ascii_case(n))
    {
        return Ok(None);
    }
    if !name.eq_ignore_ascii_case("dn") {
        return Err(Error::input(format!(
            "LDIF line {number}: a record begins with `{name}`, not with `dn`"
        )));
    }
    let dn = Dn::new(text(value, number)?);
    while lines.next_if(|line| is_named(line, "control")).is_some() {}
    match lines.next_if(|line| is_named(line, "changetype")) {
        Some(line) => {
            let (number, _, value) = pair(line?)?;
            change(dn, &text(value, number)?, number, lines)
                .map(Record::Change)
                .map(Some)
        }
        None => entry(dn, lines).map(Record::Content).map(Some),
    }
}

fn is_named(line: &Result<Line>, wanted: &str) -> bool {
    matches!(line, Ok(Line::Pair { name, .. }) if name.eq_ignore_ascii_case(wanted))
}

fn pair(line: Line) -> Result<(u64, Box<str>, Vec<u8>)> {
    match line {
        Line::Pair { number, name, value } => Ok((number, name, value)),
        Line::Separator => Err(Error::input(
            "LDIF: a line `-` stands where an attribute was expected",
        )),
    }
}

fn text(value: Vec<u8>, number: u64) -> Result<String> {
    String::from_utf8(value).map_err(|_| Error::input(format!("LDIF line {number}: a name is not UTF-8")))
}

/// Splits `name: value`, `name:: base64`.
fn understand(raw: Raw) -> Result<Line> {
    let Raw { number, bytes } = raw;
    if bytes == b"-" {
        return Ok(Line::Separator);
    }
    let fault = |what: &str| Error::input(format!("LDIF line {number}: {what}"));
    let colon = bytes
        .iter()
        .position(|&b| b == b':')
        .ok_or_else(|| fault("there is no `name: value`"))?;
    let name = bytes
        .get(..colon)
        .and_then(|n| std::str::from_utf8(n).ok())
        .unwrap_or_default();
    if name.is_empty() || !name.is_ascii() {
        return Err(fault("the name of the attribute is missing or is not ASCII"));
    }
    let rest = bytes.get(colon + 1..).unwrap_or_default();
    let value = match rest.first() {
        Some(b'<') => {
            return Err(Error::new(
                crate::ErrorKind::Forbidden,
                format!(
                    "LDIF line {number}: the value of `{name}` is a reference to a file or URL, which is never opened"
                ),
            ));
        }
        Some(b':') => {
            let encoded = rest.get(1..).unwrap_or_default().trim_ascii();
            if AttributeName::is_secret(name) {
                Vec::new()
            } else {
                BASE64
                    .decode(encoded)
                    .map_err(|_| fault(&format!("the base64 of `{name}` is broken")))?
            }
        }
        _ => {
            let start = rest.iter().position(|&b| b != b' ').unwrap_or(rest.len());
            rest.get(start..).unwrap_or_default().to_vec()
        }
    };
    Ok(Line::Pair {
        number,
        name: name.into(),
        value,
    })
}

/// An entry of its attribute lines.
fn entry(dn: Dn, lines: impl Iterator<Item = Result<Line>>) -> Result<Entry> {
    let mut out = Entry::new(dn);
    let mut last: Option<AttributeName> = None;
    for line in lines {
        let (number, name, value) = pair(line?)?;
        if AttributeName::is_secret(&name) {
            out.withhold();
            continue;
        }
        let name = match last.take() {
            Some(known) if known.as_str() == &*name => known,
            _ => AttributeName::new(name).map_err(|e| Error::input(format!("LDIF line {number}: {e}")))?,
        };
        last = Some(name.clone());
        out.push(name, value);
    }
    Ok(out)
}

/// A change record of the lines behind `changetype`.
fn change(dn: Dn, kind: &str, number: u64, lines: impl Iterator<Item = Result<Line>>) -> Result<Change> {
    let kind = match kind.trim().to_ascii_lowercase().as_str() {
        "add" => ChangeKind::Add(entry(dn.clone(), lines)?),
        "delete" => match lines.map(|l| l.and_then(pair)).next() {
            None => ChangeKind::Delete,
            Some(line) => {
                let (number, name, _) = line?;
                return Err(Error::input(format!(
                    "LDIF line {number}: `{name}` has no place in a delete"
                )));
            }
        },
        "modify" => ChangeKind::Modify(modifications(lines)?),
        "modrdn" | "moddn" => rename(number, lines)?,
        other => {
            return Err(Error::input(format!(
                "LDIF line {number}: the change type `{other}` is not known"
            )));
        }
    };
    Ok(Change::new(dn, kind))
}

fn modifications(mut lines: impl Iterator<Item = Result<Line>>) -> Result<Vec<Modification>> {
    let mut out = Vec::new();
    while let Some(line) = lines.next() {
        let (number, op, name) = pair(line?)?;
        let op = match op.to_ascii_lowercase().as_str() {
            "add" => ModificationOp::Add,
            "delete" => ModificationOp::Delete,
            "replace" => ModificationOp::Replace,
            other => {
                return Err(Error::input(format!(
                    "LDIF line {number}: the modification `{other}` is not known"
                )));
            }
        };
        let name = AttributeName::new(text(name, number)?)?;
        let mut values = Vec::new();
        for line in lines.by_ref() {
            match line? {
                Line::Separator => break,
                Line::Pair {
                    number,
                    name: of,
                    value,
                } => {
                    if !of.eq_ignore_ascii_case(name.as_str()) {
                        return Err(Error::input(format!(
                            "LDIF line {number}: a value of `{of}` in a modification of `{name}`"
                        )));
                    }
                    values.push(value);
                }
            }
        }
        out.push(Modification::new(op, name, values));
    }
    Ok(out)
}

fn rename(number: u64, lines: impl Iterator<Item = Result<Line>>) -> Result<ChangeKind> {
    let (mut new_rdn, mut delete_old, mut new_superior) = (None, None, None);
    for line in lines {
        let (number, name, value) = pair(line?)?;
        let value = text(value, number)?;
        match name.to_ascii_lowercase().as_str() {
            "newrdn" => new_rdn = Some(value),
            "deleteoldrdn" => delete_old = Some(value.trim() == "1"),
            "newsuperior" => new_superior = Some(Dn::new(value)),
            other => {
                return Err(Error::input(format!(
                    "LDIF line {number}: `{other}` has no place in a rename"
                )));
            }
        }
    }
    match (new_rdn, delete_old) {
        (Some(new_rdn), Some(delete_old)) => Ok(ChangeKind::Rename {
            new_rdn: new_rdn.into(),
            delete_old,
            new_superior,
        }),
        _ => Err(Error::input(format!(
            "LDIF line {number}: a rename without newrdn or deleteoldrdn"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ErrorKind;

    fn read(text: impl AsRef<[u8]>) -> Vec<Result<Record>> {
        Reader::new(text.as_ref(), Limits::default()).collect()
    }

    fn one(text: impl AsRef<[u8]>) -> Entry {
        read_entries(text.as_ref(), &Limits::default())
            .unwrap()
            .into_iter()
            .next()
            .unwrap()
    }

    #[test]
    fn folds_comments_crlf_bom_and_a_missing_last_newline() {
        let text = b"\xef\xbb\xbfversion: 1\r\n# a comment\r\n  that goes on\r\ndn: cn=a,\r\n dc=b\r\nmail:   a@b\r\n  .example\r\ncn:";
        let entry = one(text);
        assert_eq!(entry.dn(), &Dn::new("cn=a,dc=b"));
        assert_eq!(entry.text("mail"), Some("a@b .example"));
        assert_eq!(entry.get("cn"), [b"".to_vec()]);
    }

    #[test]
    fn a_fold_may_cut_base64_and_a_character() {
        let mut text = b"dn:: Y249\n w6Q=\ncn: \xc3".to_vec();
        text.extend_from_slice(b"\n \xa4\nsn:: w6Q\n");
        let entry = one(text);
        assert_eq!(entry.dn().as_str(), "cn=ä");
        assert_eq!(entry.text("cn"), Some("ä"));
        assert_eq!(entry.text("sn"), Some("ä"));
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        let entry = one(b"dn: cn=a\ncn: \xff\xfe\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\n");
        assert_eq!(entry.get("CN"), [b"\xff\xfe".to_vec()]);
        assert_eq!(entry.get("objectguid")[0].len(), 16);
    }

    #[test]
    fn a_reference_is_never_opened() {
        let error = read("dn: cn=a\njpegPhoto:< file:///etc/passwd\n")
            .pop()
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }

    #[test]
    fn password_values_are_counted_and_not_kept() {
        let entry = one("dn: cn=a\nuserPassword:: c2VjcmV0\nuserPassword: x\ncn: a\n");
        assert_eq!(entry.withheld(), 2);
        assert!(!format!("{entry:?}").contains("secret"));
        assert_eq!(entry.attributes().len(), 1);
    }

    #[test]
    fn a_bad_record_costs_itself_only() {
        let records = read("dn: cn=a\nno colon here\ncn: x\n\ndn: cn=b\ncn: b\n\ncn: c\n\ndn: cn=d\n-\n");
        let kinds: Vec<_> = records
            .iter()
            .map(|r| r.as_ref().map_err(Error::kind).is_ok())
            .collect();
        assert_eq!(kinds, [false, true, false, false]);
        assert!(
            records[0].as_ref().unwrap_err().to_string().contains("line 2"),
            "{:?}",
            records[0]
        );
    }

    #[test]
    fn trailers_of_ldapsearch_are_skipped() {
        let text = "dn: cn=a\ncn: a\n\n# search reference\nref: ldap://x/\n\nsearch: 2\nresult: 0 Success\n";
        let mut reader = Reader::new(text.as_bytes(), Limits::default());
        assert!(matches!(reader.next(), Some(Ok(Record::Content(_)))));
        assert!(reader.next().is_none());
        assert_eq!(reader.skipped(), 2);
    }

    #[test]
    fn changes() {
        let text = "dn: cn=a\nchangetype: modify\ndelete: mail\nmail: old@b.example\n-\nadd: mail\n\
                    mail: new@b.example\n-\ndelete: fax\n\n\
                    dn: cn=b\ncontrol: 1.2 true\nchangetype: delete\n\n\
                    dn: cn=c\nchangetype: modrdn\nnewrdn: cn=d\ndeleteoldrdn: 1\nnewsuperior: dc=x\n";
        let records: Vec<_> = read(text).into_iter().map(Result::unwrap).collect();
        let Record::Change(first) = &records[0] else {
            panic!()
        };
        let ChangeKind::Modify(steps) = first.kind() else {
            panic!()
        };
        let ops: Vec<_> = steps
            .iter()
            .map(|s| (s.op(), s.name().as_str(), s.values().len()))
            .collect();
        assert_eq!(
            ops,
            [
                (ModificationOp::Delete, "mail", 1),
                (ModificationOp::Add, "mail", 1),
                (ModificationOp::Delete, "fax", 0)
            ]
        );
        assert!(matches!(&records[1], Record::Change(c) if *c.kind() == ChangeKind::Delete));
        assert!(matches!(
            &records[2],
            Record::Change(c) if matches!(c.kind(), ChangeKind::Rename { delete_old: true, .. })
        ));
        assert_eq!(
            read_entries(text.as_bytes(), &Limits::default())
                .unwrap_err()
                .kind(),
            ErrorKind::Input
        );
    }

    #[test]
    fn a_change_may_not_touch_a_password() {
        let text = "dn: cn=a\nchangetype: modify\nreplace: userPassword\nuserPassword: x\n-\n";
        assert_eq!(
            read(text).pop().unwrap().unwrap_err().kind(),
            ErrorKind::Forbidden
        );
    }

    #[test]
    fn limits_end_the_reading() {
        let limits = Limits {
            line_bytes: 20,
            record_lines: 3,
            ..Limits::default()
        };
        let long = format!("dn: cn=a\ncn: {}\n\ndn: cn=b\n", "x".repeat(30));
        let all: Vec<_> = Reader::new(long.as_bytes(), limits.clone()).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
        let folded = format!("dn: cn=a\ncn: {}\n", "x\n ".repeat(30));
        let all: Vec<_> = Reader::new(folded.as_bytes(), limits.clone()).collect();
        assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
        let many = "dn: cn=a\na: b\nc: d\ne: f\n";
        let all: Vec<_> = Reader::new(many.as_bytes(), limits).collect();
        assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
    }

    #[test]
    fn utf_16_is_named_as_such() {
        let error = read(b"\xff\xfed\0n\0").pop().unwrap().unwrap_err();
        assert!(error.to_string().contains("UTF-16"), "{error}");
    }
}
