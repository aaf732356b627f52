//! The lines of one record -> the record.

use std::ops::Range;
use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::file;
use super::frame::Line;
use super::limits::Limits;
use super::{Change, ChangeKind, Control, Modification, ModificationOp, Record};
use crate::dn::Dn;
use crate::entry::{AttributeName, Entry, Named, Names};
use crate::error::{malformed, over_limit};
use crate::{Error, Result};

/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Turns the lines of records into records.
#[derive(Debug)]
pub(super) struct Parser {
    limits: Limits,
    /// Where `:<` may read files.
    pub(super) files: Option<PathBuf>,
    names: Names,
    decoded: Vec<u8>,
    skipped: u64,
    /// An entry that is not needed any more: the next one takes its memory.
    pub(super) spent: Option<Entry>,
}

/// A line cut at its colon. The value is in the block, decoded.
struct Pair {
    number: u64,
    name: Range<usize>,
    value: Range<usize>,
}

fn fault(number: u64, what: impl std::fmt::Display) -> Error {
    malformed(format!("LDIF line {number}: {what}"))
}

/// Returns a part of the block, or nothing for a range outside it.
fn part(block: &[u8], at: Range<usize>) -> &[u8] {
    block.get(at).unwrap_or_default()
}

fn text(block: &[u8], at: Range<usize>, number: u64) -> Result<&str> {
    std::str::from_utf8(part(block, at)).map_err(|_| fault(number, "a name is not UTF-8"))
}

impl Parser {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            files: None,
            names: Names::default(),
            decoded: Vec::new(),
            skipped: 0,
            spent: None,
        }
    }

    pub(super) fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    /// Makes a record from its lines, or returns `None` for what is not an entry. An entry takes the block.
    pub(super) fn record(&mut self, block: &mut Vec<u8>, lines: &[Line]) -> Result<Option<Record>> {
        let Some((first, mut rest)) = self.after_version(block, lines)? else {
            return Ok(None);
        };
        let first = self.pair(block, first)?;
        let name = part(block, first.name);
        if [&b"ref"[..], b"search", b"result"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n))
        {
            self.skipped += 1;
            return Ok(None);
        }
        if !name.eq_ignore_ascii_case(b"dn") {
            return Err(fault(
                first.number,
                format!(
                    "a record begins with `{}`, not with `dn`",
                    String::from_utf8_lossy(name)
                ),
            ));
        }
        let dn = Dn::new(text(block, first.value, first.number)?);
        let mut controls = Vec::new();
        while let Some((line, after)) = rest.split_first().filter(|(l, _)| is_named(block, l, b"control")) {
            let pair = self.pair(block, line)?;
            controls.push(control(text(block, pair.value, pair.number)?, pair.number)?);
            rest = after;
        }
        match rest.split_first() {
            Some((line, after)) if is_named(block, line, b"changetype") => {
                let pair = self.pair(block, line)?;
                let kind = text(block, pair.value, pair.number)?.trim().to_ascii_lowercase();
                let kind = self.change(&dn, &kind, pair.number, block, after)?;
                Ok(Some(Record::Change(
                    Change::new(dn, kind).with_controls(controls),
                )))
            }
            _ => self.entry(dn, block, rest).map(Record::Content).map(Some),
        }
    }

    /// Returns the first line and the others, without the version that begins a file.
    fn after_version<'l>(&self, block: &[u8], lines: &'l [Line]) -> Result<Option<(&'l Line, &'l [Line])>> {
        let Some((first, rest)) = lines.split_first() else {
            return Ok(None);
        };
        let Some(version) = part(block, first.start..first.end).strip_prefix(b"version:") else {
            return Ok(Some((first, rest)));
        };
        if version.trim_ascii() != b"1" {
            return Err(fault(first.number, "only version 1 of the format is known"));
        }
        // Some tools write no empty line behind the version.
        Ok(rest.split_first())
    }

    /// Cuts `name: value`, `name:: base64` and `name:< URL`.
    fn pair(&mut self, block: &mut Vec<u8>, line: &Line) -> Result<Pair> {
        let number = line.number;
        let bytes = part(block, line.start..line.end);
        let colon = memchr::memchr(b':', bytes).ok_or_else(|| fault(number, "there is no `name: value`"))?;
        let name = line.start..line.start + colon;
        let value = name.end + 1;
        if colon == 0 || !part(bytes, 0..colon).is_ascii() {
            return Err(fault(
                number,
                "the name of the attribute is missing or is not ASCII",
            ));
        }
        let value = match bytes.get(colon + 1) {
            Some(b'<') => self.file(block, name.clone(), value + 1..line.end, number)?,
            Some(b':') => self.base64(block, name.clone(), value + 1..line.end, number)?,
            _ => {
                let spaces = part(bytes, colon + 1..bytes.len())
                    .iter()
                    .take_while(|&&b| b == b' ')
                    .count();
                value + spaces..line.end
            }
        };
        Ok(Pair { number, name, value })
    }

    /// Decodes a value in its place: it only becomes shorter.
    fn base64(
        &mut self,
        block: &mut [u8],
        name: Range<usize>,
        at: Range<usize>,
        number: u64,
    ) -> Result<Range<usize>> {
        let encoded = part(block, at.clone()).trim_ascii();
        self.decoded.clear();
        if BASE64.decode_vec(encoded, &mut self.decoded).is_err() {
            let name = String::from_utf8_lossy(part(block, name)).into_owned();
            // What cannot be decoded and would not be kept is no reason to lose the entry.
            if AttributeName::is_secret(&name) {
                return Ok(at);
            }
            return Err(fault(number, format!("the base64 of `{name}` is broken")));
        }
        let place = at.start..at.start + self.decoded.len();
        if let Some(place) = block.get_mut(place.clone()) {
            place.copy_from_slice(&self.decoded);
        }
        // The rest of the encoded form would show what a password's value began with.
        if let Some(rest) = block.get_mut(place.end..at.end) {
            rest.fill(0);
        }
        self.decoded.fill(0);
        Ok(place)
    }

    /// Reads the file that a value names, where that is allowed.
    fn file(
        &mut self,
        block: &mut Vec<u8>,
        name: Range<usize>,
        url: Range<usize>,
        number: u64,
    ) -> Result<Range<usize>> {
        let name = String::from_utf8_lossy(part(block, name)).into_owned();
        if AttributeName::is_secret(&name) {
            return Ok(url);
        }
        let url = String::from_utf8_lossy(part(block, url).trim_ascii()).into_owned();
        let what = format!("LDIF line {number}: the value of `{name}`");
        let content = file::read(&url, self.files.as_deref(), self.limits.line_bytes, &what)?;
        if block.len().saturating_add(content.len()) > self.limits.record_bytes {
            let limit = self.limits.record_bytes;
            return Err(over_limit(format!(
                "{what}: a record has more than {limit} bytes"
            )));
        }
        let start = block.len();
        block.extend_from_slice(&content);
        Ok(start..block.len())
    }

    /// An entry of its attribute lines. It takes the block.
    fn entry(&mut self, dn: Dn, block: &mut Vec<u8>, lines: &[Line]) -> Result<Entry> {
        let taken = std::mem::take(block);
        let mut out = match self.spent.take() {
            Some(spent) => {
                let (out, old) = spent.renew(dn, taken);
                *block = old;
                out
            }
            None => Entry::of_block(dn, taken),
        };
        out.reserve(lines.len());
        self.names.begin();
        for line in lines {
            let pair = self.pair(out.block_mut(), line)?;
            let named = self
                .names
                .get(part(out.block_mut(), pair.name))
                .map_err(|e| fault(pair.number, e))?;
            match named {
                Named::Attribute(name) => out.push_range(name, pair.value),
                Named::Secret => {
                    if let Some(value) = out.block_mut().get_mut(pair.value) {
                        value.fill(0);
                    }
                    out.withhold();
                }
            }
            if out.attribute_count() > self.limits.record_attributes {
                let limit = self.limits.record_attributes;
                let what = format!(
                    "LDIF line {}: a record has more than {limit} attributes",
                    pair.number
                );
                return Err(over_limit(what));
            }
        }
        self.names.end(out.attributes().map(|a| a.name()));
        Ok(out)
    }

    /// Reads a change record from the lines after `changetype`.
    fn change(
        &mut self,
        dn: &Dn,
        kind: &str,
        number: u64,
        block: &mut Vec<u8>,
        lines: &[Line],
    ) -> Result<ChangeKind> {
        match kind {
            "add" => Ok(ChangeKind::Add(self.entry(dn.clone(), block, lines)?)),
            "delete" => match lines.first() {
                None => Ok(ChangeKind::Delete),
                Some(line) => Err(fault(line.number, "nothing has a place in a delete")),
            },
            "modify" => self.modifications(block, lines).map(ChangeKind::Modify),
            "modrdn" | "moddn" => self.rename(number, block, lines),
            other => Err(fault(number, format!("the change type `{other}` is not known"))),
        }
    }

    fn modifications(&mut self, block: &mut Vec<u8>, lines: &[Line]) -> Result<Vec<Modification>> {
        let mut out = Vec::new();
        let mut lines = lines.iter();
        while let Some(line) = lines.next() {
            let pair = self.pair(block, line)?;
            let op = match part(block, pair.name).to_ascii_lowercase().as_slice() {
                b"add" => ModificationOp::Add,
                b"delete" => ModificationOp::Delete,
                b"replace" => ModificationOp::Replace,
                other => {
                    let other = String::from_utf8_lossy(other);
                    return Err(fault(
                        pair.number,
                        format!("the modification `{other}` is not known"),
                    ));
                }
            };
            let name = AttributeName::new(text(block, pair.value, pair.number)?)?;
            let mut values = Vec::new();
            for line in lines.by_ref() {
                if part(block, line.start..line.end) == b"-" {
                    break;
                }
                let pair = self.pair(block, line)?;
                let of = part(block, pair.name);
                if !of.eq_ignore_ascii_case(name.as_str().as_bytes()) {
                    let of = String::from_utf8_lossy(of);
                    return Err(fault(
                        pair.number,
                        format!("a value of `{of}` in a modification of `{name}`"),
                    ));
                }
                values.push(part(block, pair.value).to_vec());
            }
            out.push(Modification::new(op, name, values));
        }
        Ok(out)
    }

    fn rename(&mut self, number: u64, block: &mut Vec<u8>, lines: &[Line]) -> Result<ChangeKind> {
        let (mut new_rdn, mut delete_old, mut new_superior) = (None, None, None);
        for line in lines {
            let pair = self.pair(block, line)?;
            let value = text(block, pair.value, pair.number)?.to_owned();
            match part(block, pair.name).to_ascii_lowercase().as_slice() {
                b"newrdn" => new_rdn = Some(value),
                b"deleteoldrdn" => delete_old = Some(value.trim() == "1"),
                b"newsuperior" => new_superior = Some(Dn::new(value)),
                other => {
                    let other = String::from_utf8_lossy(other);
                    return Err(fault(pair.number, format!("`{other}` has no place in a rename")));
                }
            }
        }
        match (new_rdn, delete_old) {
            (Some(new_rdn), Some(delete_old)) => Ok(ChangeKind::Rename {
                new_rdn: new_rdn.into(),
                delete_old,
                new_superior,
            }),
            _ => Err(fault(number, "a rename without newrdn or deleteoldrdn")),
        }
    }
}

fn is_named(block: &[u8], line: &Line, wanted: &[u8]) -> bool {
    let bytes = part(block, line.start..line.end);
    let name = memchr::memchr(b':', bytes).and_then(|colon| bytes.get(..colon));
    name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

/// `OID [true|false] [: value]` (RFC 2849).
fn control(text: &str, number: u64) -> Result<Control> {
    let (head, value) = match text.split_once(':') {
        None => (text, None),
        Some((head, rest)) => {
            let broken = || fault(number, "the value of a control is broken");
            let value = match (rest.strip_prefix(':'), rest.starts_with('<')) {
                (Some(encoded), _) => BASE64.decode(encoded.trim()).map_err(|_| broken())?,
                (None, true) => return Err(broken()),
                (None, false) => rest.trim_start_matches(' ').as_bytes().to_vec(),
            };
            (head, Some(value))
        }
    };
    let mut words = head.split_whitespace();
    let oid = words.next().unwrap_or_default();
    let critical = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("true") => true,
        Some(word) if word.eq_ignore_ascii_case("false") => false,
        Some(_) => return Err(fault(number, "a control is critical (`true`) or not (`false`)")),
    };
    let is_oid = !oid.is_empty() && oid.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_oid || words.next().is_some() {
        return Err(fault(
            number,
            "a control has an object identifier, a criticality and a value",
        ));
    }
    Ok(Control::new(oid, critical, value))
}
