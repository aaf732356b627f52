//! LDIF (RFC 2849): a streaming reader and a writer.
//!
//! The reader takes what `ldapsearch`, `ldbsearch`, `ldifde` and `slapcat` write: content and change records,
//! folded lines, base64, comments, CRLF, a byte order mark, UTF-16. It opens what `:<` names only below a directory that
//! the caller allows, and it skips the values of password attributes while counting them.

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
    /// An entry as it stands.
    Content(Entry),
    /// A change to make.
    Change(Change),
}

/// A change to one entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    dn: Dn,
    controls: Vec<Control>,
    kind: ChangeKind,
}

/// A control of a change (RFC 4511 section 4.1.11): a condition or a manner that the server has to keep to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Control {
    oid: Box<str>,
    critical: bool,
    value: Option<Vec<u8>>,
}

impl Control {
    /// A control by its object identifier. A server that does not know a critical one refuses the change.
    #[must_use]
    pub fn new(oid: impl Into<Box<str>>, critical: bool, value: Option<Vec<u8>>) -> Self {
        Self {
            oid: oid.into(),
            critical,
            value,
        }
    }

    /// The object identifier.
    #[must_use]
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// Whether a server that does not know it must refuse the change.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    /// The value, as bytes.
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

    /// The controls.
    #[must_use]
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The entry that changes.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// What changes.
    #[must_use]
    pub fn kind(&self) -> &ChangeKind {
        &self.kind
    }
}

/// What a change record does.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChangeKind {
    /// Makes the entry.
    Add(Entry),
    /// Removes the entry.
    Delete,
    /// Changes attributes, all or none of them.
    Modify(Vec<Modification>),
    /// Renames or moves the entry.
    Rename {
        /// The new first part of the name.
        new_rdn: Box<str>,
        /// Whether the value of the old name is removed from the entry.
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

    /// What the step does.
    #[must_use]
    pub fn op(&self) -> ModificationOp {
        self.op
    }

    /// The attribute.
    #[must_use]
    pub fn name(&self) -> &AttributeName {
        &self.name
    }

    /// The values; none for a removal of the whole attribute.
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
    /// Adds them; the directory refuses one that is there.
    Add,
    /// Removes them; the directory refuses one that is not there.
    Delete,
    /// Puts them in the place of all that is there.
    Replace,
}

impl ModificationOp {
    /// The keyword in LDIF.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Delete => "delete",
            Self::Replace => "replace",
        }
    }
}
