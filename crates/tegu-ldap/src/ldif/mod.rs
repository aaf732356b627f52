//! LDIF (RFC 2849): a streaming reader and a writer.
//!
//! The reader takes what `ldapsearch`, `ldbsearch`, `ldifde` and `slapcat` write: content and change records,
//! folded lines, base64, comments, CRLF, a byte order mark, UTF-16. It opens files that `:<` names only below a directory
//! that the caller allows. It skips and counts the values of password attributes.

mod file;
mod frame;
mod limits;
mod parse;
mod reader;
mod writer;

pub use limits::Limits;
pub use reader::{Reader, read_entries};
pub use writer::Writer;

use crate::dn::Dn;
use crate::entry::{AttributeName, Entry};

/// One record of an LDIF file.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Record {
    /// An entry.
    Content(Entry),
    /// A change of an entry.
    Change(Change),
}

/// A change to one entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    dn: Dn,
    controls: Vec<Control>,
    kind: ChangeKind,
}

/// A control of a change (RFC 4511, section 4.1.11).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Control {
    oid: Box<str>,
    critical: bool,
    value: Option<Vec<u8>>,
}

impl Control {
    /// Makes a control. A server that does not know a critical control refuses the change.
    #[must_use]
    pub fn new(oid: impl Into<Box<str>>, critical: bool, value: Option<Vec<u8>>) -> Self {
        Self {
            oid: oid.into(),
            critical,
            value,
        }
    }

    /// Returns the object identifier.
    #[must_use]
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// Returns whether a server that does not know it must refuse the change.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    /// Returns the value, as bytes.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        self.value.as_deref()
    }
}

impl Change {
    /// A change to the entry of that name.
    #[must_use]
    pub fn new(dn: Dn, kind: ChangeKind) -> Self {
        Self {
            dn,
            controls: Vec::new(),
            kind,
        }
    }

    /// Puts controls in front of the change.
    #[must_use]
    pub fn with_controls(mut self, controls: Vec<Control>) -> Self {
        self.controls = controls;
        self
    }

    /// Returns the controls.
    #[must_use]
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// Returns the entry that changes.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Returns what changes.
    #[must_use]
    pub fn kind(&self) -> &ChangeKind {
        &self.kind
    }
}

/// What a change record does.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// Adds the entry.
    Add(Entry),
    /// Deletes the entry.
    Delete,
    /// Changes attributes: all of them or none.
    Modify(Vec<Modification>),
    /// Renames or moves the entry.
    Rename {
        /// The new RDN.
        new_rdn: Box<str>,
        /// Whether the old RDN's value is removed from the entry.
        delete_old: bool,
        /// The new parent, if the entry moves.
        new_superior: Option<Dn>,
    },
}

/// One step of [`ChangeKind::Modify`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Modification {
    op: ModificationOp,
    name: AttributeName,
    values: Vec<Vec<u8>>,
}

impl Modification {
    /// A step on one attribute.
    #[must_use]
    pub fn new(op: ModificationOp, name: AttributeName, values: Vec<Vec<u8>>) -> Self {
        Self { op, name, values }
    }

    /// Returns what the step does.
    #[must_use]
    pub fn op(&self) -> ModificationOp {
        self.op
    }

    /// Returns the attribute.
    #[must_use]
    pub fn name(&self) -> &AttributeName {
        &self.name
    }

    /// Returns the values. An empty list with `delete` removes the whole attribute.
    #[must_use]
    pub fn values(&self) -> &[Vec<u8>] {
        &self.values
    }
}

/// What a step of a modification does with its values.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModificationOp {
    /// Adds values. The directory refuses one that is present.
    Add,
    /// Removes values. The directory refuses one that is missing.
    Delete,
    /// Replaces all present values.
    Replace,
}

impl ModificationOp {
    /// Returns the keyword in LDIF.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Delete => "delete",
            Self::Replace => "replace",
        }
    }
}
