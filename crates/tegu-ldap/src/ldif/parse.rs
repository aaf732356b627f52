//! The lines of one record -> the record.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::reader::Raw;
use super::{Change, ChangeKind, Modification, ModificationOp, Record};
use crate::dn::Dn;
use crate::entry::{AttributeName, Entry};
use crate::error::{Error, ErrorKind, Result};

/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
pub(super) fn record(block: Vec<Raw>) -> Result<Option<Record>> {
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
                ErrorKind::Forbidden,
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
