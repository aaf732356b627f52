//! The writer: what it writes, the reader reads back byte for byte.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Change, ChangeKind, Control, Record};
use crate::entry::Entry;
use crate::{Error, Result};

/// Where lines are folded. RFC 2849 sets no column; OpenLDAP's tools use 76.
const COLUMNS: usize = 76;

/// Writes records.
///
/// A value that is not a plain ASCII string is written as base64, so no value can begin a line of its own.
///
/// ```
/// use tegu_ldap::dn::Dn;
/// use tegu_ldap::entry::{AttributeName, Entry};
/// use tegu_ldap::ldif::Writer;
///
/// let mut entry = Entry::new(Dn::new("cn=Ann,dc=example"));
/// entry.push(AttributeName::new("cn")?, "Ann\nchangetype: delete");
/// let mut out = Writer::new(Vec::new())?;
/// out.entry(&entry)?;
/// let text = String::from_utf8(out.into_inner()).expect("LDIF is ASCII");
/// assert_eq!(text, "version: 1\n\ndn: cn=Ann,dc=example\ncn:: QW5uCmNoYW5nZXR5cGU6IGRlbGV0ZQ==\n\n");
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// A writer that begins the file with its version.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    pub fn new(out: W) -> Result<Self> {
        let mut writer = Self { out };
        writer.put(b"version: 1\n\n")?;
        Ok(writer)
    }

    /// Returns the stream that was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// A comment for people. Each line of the text becomes one comment line.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn comment(&mut self, text: &str) -> Result<()> {
        for line in text.split(['\n', '\r']) {
            self.put(b"# ")?;
            // A comment is never folded: a tool that looks for the next record by lines is not misled.
            // Tools written in C take a NUL for the end of the record.
            self.put(tegu_outcome::printable(line).as_bytes())?;
            self.put(b"\n")?;
        }
        Ok(())
    }

    /// A content or change record.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn record(&mut self, record: &Record) -> Result<()> {
        match record {
            Record::Content(entry) => self.entry(entry),
            Record::Change(change) => self.change(change),
        }
    }

    /// A content record.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn entry(&mut self, entry: &Entry) -> Result<()> {
        self.pair("dn", entry.dn().as_str().as_bytes())?;
        self.attributes(entry)?;
        self.end()
    }

    /// A change record.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn change(&mut self, change: &Change) -> Result<()> {
        self.pair("dn", change.dn().as_str().as_bytes())?;
        for control in change.controls() {
            self.control(control)?;
        }
        match change.kind() {
            ChangeKind::Add(entry) => {
                self.pair("changetype", b"add")?;
                self.attributes(entry)?;
            }
            ChangeKind::Delete => self.pair("changetype", b"delete")?,
            ChangeKind::Modify(steps) => {
                self.pair("changetype", b"modify")?;
                for step in steps {
                    self.pair(step.op().as_str(), step.name().as_str().as_bytes())?;
                    for value in step.values() {
                        self.pair(step.name().as_str(), value)?;
                    }
                    self.put(b"-\n")?;
                }
            }
            ChangeKind::Rename {
                new_rdn,
                delete_old,
                new_superior,
            } => {
                self.pair("changetype", b"modrdn")?;
                self.pair("newrdn", new_rdn.as_bytes())?;
                self.pair("deleteoldrdn", if *delete_old { b"1" } else { b"0" })?;
                if let Some(parent) = new_superior {
                    self.pair("newsuperior", parent.as_str().as_bytes())?;
                }
            }
        }
        self.end()
    }

    fn control(&mut self, control: &Control) -> Result<()> {
        let mut text = format!("{} {}", control.oid(), control.is_critical());
        if let Some(value) = control.value() {
            text.push_str(":: ");
            STANDARD.encode_string(value, &mut text);
        }
        self.pair("control", text.as_bytes())
    }

    fn attributes(&mut self, entry: &Entry) -> Result<()> {
        for attribute in entry.attributes() {
            for value in attribute.values() {
                self.pair(attribute.name().as_str(), value)?;
            }
        }
        Ok(())
    }

    /// An empty line, which parts a comment from what follows.
    pub(crate) fn blank(&mut self) -> Result<()> {
        self.end()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out
            .write_all(bytes)
            .map_err(|e| Error::io("write", "LDIF", e))
    }

    fn end(&mut self) -> Result<()> {
        self.put(b"\n")
    }

    fn pair(&mut self, name: &str, value: &[u8]) -> Result<()> {
        let mut line = Vec::with_capacity(name.len() + value.len() + 3);
        line.extend_from_slice(name.as_bytes());
        if value.is_empty() {
            line.push(b':');
        } else if is_safe(value) {
            line.extend_from_slice(b": ");
            line.extend_from_slice(value);
        } else {
            line.extend_from_slice(b":: ");
            line.extend_from_slice(STANDARD.encode(value).as_bytes());
        }
        let (mut rest, mut room) = (&line[..], COLUMNS);
        while let Some((head, tail)) = rest.split_at_checked(room).filter(|(_, tail)| !tail.is_empty()) {
            self.put(head)?;
            self.put(b"\n ")?;
            (rest, room) = (tail, COLUMNS - 1);
        }
        self.put(rest)?;
        self.put(b"\n")
    }
}

/// Returns whether a value needs no base64 (SAFE-STRING of RFC 2849, without a space at its end).
fn is_safe(value: &[u8]) -> bool {
    let plain = |b: &u8| (0x20..0x7f).contains(b);
    value.first().is_some_and(|b| !b" :<".contains(b))
        && value.last() != Some(&b' ')
        && value.iter().all(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dn::Dn;
    use crate::entry::AttributeName;
    use crate::ldif::{Limits, Modification, ModificationOp, Reader};
    use proptest::prelude::*;

    fn round_trip(record: &Record) -> Record {
        let mut writer = Writer::new(Vec::new()).unwrap();
        writer.comment("dn: cn=x\nchangetype: delete").unwrap();
        writer.record(record).unwrap();
        let bytes = writer.into_inner();
        assert!(bytes.split(|&b| b == b'\n').all(|l| l.len() <= COLUMNS));
        let mut records: Vec<_> = Reader::new(&bytes[..], Limits::default()).collect();
        assert_eq!(records.len(), 1);
        records.pop().unwrap().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn what_is_written_reads_back(
            dn in "cn=[^\u{0}]{0,90}",
            attributes in prop::collection::vec(
                ("[a-z][a-zA-Z0-9-]{0,12}", prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 1..4)),
                0..6,
            ),
        ) {
            let mut entry = Entry::new(Dn::new(dn));
            let mut steps = Vec::new();
            for (name, values) in attributes {
                // These names have a meaning of their own at the head of a record.
                let Ok(name) = AttributeName::new(format!("x{name}")) else { continue };
                steps.push(Modification::new(ModificationOp::Replace, name.clone(), values.clone()));
                for value in values {
                    entry.push(name.clone(), value);
                }
            }
            let content = Record::Content(entry.clone());
            prop_assert_eq!(round_trip(&content), content);
            let change = Record::Change(Change::new(entry.dn().clone(), ChangeKind::Modify(steps)));
            prop_assert_eq!(round_trip(&change), change);
            let add = Record::Change(Change::new(entry.dn().clone(), ChangeKind::Add(entry)));
            prop_assert_eq!(round_trip(&add), add);
        }

        #[test]
        fn no_input_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for record in Reader::new(&bytes[..], Limits::default()) {
                let _ = record;
            }
        }

        #[test]
        fn no_ldif_like_input_makes_the_reader_panic(
            text in "(dn|cn|changetype|add|control|-|version| |#)?(:|::|:<)?[ a-z=]{0,6}(\n|\r\n|\n\n)?".prop_map(|s| s.repeat(3))
        ) {
            for record in Reader::new(text.as_bytes(), Limits::default()) {
                let _ = record;
            }
        }
    }
}
