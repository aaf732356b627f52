//! The changes that a directory needs, as LDIF for its owner, with the LDIF that undoes them.
//!
//! Nothing in this crate writes to a directory. The LDIF changes an attribute only if it still has the value that was
//! read: one modification deletes the old value *by value* and adds the new one, and every server refuses it as a whole if the
//! old value is gone.
//!
//! An attribute that was empty has no value to delete. A server with the assertion control (RFC 4528) is asked to check that it
//! still is, and one whose attribute takes a single value refuses a second. On others (389 Directory Server, FreeIPA) nothing in a
//! request can: each step of RFC 4511, section 4.6, ends the same whether the attribute is empty or holds an unknown value, and
//! steps about `modifyTimestamp` and its like are left out in silence. There the finding `LDAP-MAIL-UNGUARDED`, comments in the LDIF
//! and [`Plan::unguarded`] say which changes those are.

mod diff;

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::Result;
use crate::account::Named;
use crate::check::{Finding, Issue};
use crate::dn::Dn;
use crate::entry::Known;
use crate::exchange::Directory;
use crate::filter::Filter;
use crate::ldif::{Change, ChangeKind, Control, Modification, ModificationOp, Writer};
use crate::profile::Profile;
use crate::tailed::Tailed;

/// The changes that a profile requires of a directory.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    profile: Box<str>,
    changes: Vec<EntryChange>,
    held_back: Vec<HeldBack>,
}

/// The changes to one entry. The server makes all of them or none.
#[derive(Clone, Debug, Serialize)]
pub struct EntryChange {
    #[serde(flatten)]
    named: Named,
    steps: Box<[Step]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_if_absent: Option<Known>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unguarded: Option<Known>,
}

/// The assertion control, RFC 4528.
const ASSERTION: &str = "1.3.6.1.1.12";

impl EntryChange {
    /// Returns the attribute that must still be empty for the change to be made, if the server supports assertions.
    #[must_use]
    pub fn only_if_absent(&self) -> Option<&str> {
        self.only_if_absent.map(Known::as_str)
    }

    /// Returns the attribute that was empty and gets a value although the server cannot check that it still is. See
    /// [`Plan::unguarded`].
    #[must_use]
    pub fn unguarded(&self) -> Option<&str> {
        self.unguarded.map(Known::as_str)
    }

    /// Returns what stands above the change for whoever reads the file.
    fn comment(&self) -> Option<String> {
        self.unguarded().map(|attribute| {
            format!("{attribute} was empty. Nothing here checks that it still is (LDAP-MAIL-UNGUARDED).")
        })
    }

    fn controls(&self) -> Vec<Control> {
        let condition = self.only_if_absent.map(|attribute| {
            let mut value = Vec::new();
            Filter::Not(Box::new(Filter::Present(attribute.into()))).encode(&mut value);
            Control::new(ASSERTION, true, Some(value))
        });
        condition.into_iter().collect()
    }

    fn gives_up_an_address(&self) -> bool {
        self.steps.iter().any(|s| s.op == ModificationOp::Delete)
    }

    /// Returns the entry.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        self.named.dn()
    }

    /// Its stable identity.
    #[must_use]
    pub fn id(&self) -> &str {
        self.named.id()
    }

    /// Returns the steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// One value that is added or deleted.
#[derive(Clone, Serialize)]
pub struct Step {
    op: ModificationOp,
    attribute: Known,
    /// Mostly the block of an address.
    #[serde(serialize_with = "text")]
    value: Tailed,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        (self.op, self.attribute, self.value()) == (other.op, other.attribute, other.value())
    }
}

impl Eq for Step {}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {:?}", self.op, self.attribute(), self.value())
    }
}

impl Step {
    /// [`Add`](ModificationOp::Add) or [`Delete`](ModificationOp::Delete).
    #[must_use]
    pub fn op(&self) -> ModificationOp {
        self.op
    }

    /// Returns the attribute.
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.attribute.as_str()
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.text()
    }

    fn undo(&self) -> Self {
        let op = if self.op == ModificationOp::Delete {
            ModificationOp::Add
        } else {
            ModificationOp::Delete
        };
        Self { op, ..self.clone() }
    }

    fn modification(&self) -> Modification {
        let value = self.value().as_bytes().to_vec();
        Modification::new(self.op, self.name(), vec![value])
    }
}

fn text<S: serde::Serializer>(value: &Tailed, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.text())
}

/// A change that was not planned because a person has to decide.
#[derive(Clone, Debug, Serialize)]
pub struct HeldBack {
    dn: Dn,
    attribute: Box<str>,
    value: Option<Box<str>>,
    code: &'static str,
}

impl HeldBack {
    /// Returns the entry.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Returns the attribute that is left unchanged.
    #[must_use]
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Returns the value that was not written.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Returns the code of the finding that holds the change back.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }
}

/// Plans the changes that a profile requires.
///
/// `findings` come from [`check::run`](crate::check::run) over the same directory: an address that a finding
/// doubts (duplicate, foreign, not storable) is not written but [held back](Plan::held_back). Run on
/// a directory to which the plan was applied, the result is empty.
///
/// ```
/// use tegu_ldap::check::{self, CheckOptions};
/// use tegu_ldap::{Directory, Profile, ldif, plan};
///
/// let text = "dn: CN=Ann,DC=x\nobjectClass: user\ncn: Ann\nmail: old@a.example\n\
///             proxyAddresses: SMTP:ann@a.example\n";
/// let directory = Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?);
/// let findings = check::run(&directory, &CheckOptions::new());
/// let plan = plan::plan(&directory, &Profile::builtin("tegu").unwrap(), &findings);
/// assert!(plan.apply_ldif()?.contains(
///     "changetype: modify\ndelete: mail\nmail: old@a.example\n-\nadd: mail\nmail: ann@a.example\n-\n"
/// ));
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[must_use]
pub fn plan(directory: &Directory, profile: &Profile, findings: &[Finding]) -> Plan {
    let doubts = Doubts::of(findings);
    let mut plan = Plan {
        profile: profile.name().into(),
        changes: Vec::new(),
        held_back: Vec::new(),
    };
    let target = diff::Target::of(profile);
    for account in directory.accounts().iter().filter(|a| a.kind().has_mailbox()) {
        diff::object(&account.common, &target, &doubts, &mut plan);
    }
    if profile.groups_have_mail() {
        for group in directory.groups().iter().filter(|g| g.address().is_some()) {
            diff::object(&group.common, &target, &doubts, &mut plan);
        }
    }
    // A directory that keeps addresses unique takes one only after another entry has given it up.
    plan.changes.sort_by_key(|c| !c.gives_up_an_address());
    plan
}

/// Addresses that must not be written, by entry.
struct Doubts<'a> {
    codes: HashMap<(&'a str, &'a str), &'static str>,
}

impl<'a> Doubts<'a> {
    fn of(findings: &'a [Finding]) -> Self {
        let mut out = Self {
            codes: HashMap::new(),
        };
        for finding in findings {
            let (Issue::AddressDuplicate { address, .. }
            | Issue::MainForeign { address }
            | Issue::AliasForeign { address }
            | Issue::AddressUnstorable { address, .. }) = finding.issue()
            else {
                continue;
            };
            out.codes
                .entry((finding.dn().as_str(), address.key()))
                .or_insert(finding.code());
        }
        out
    }
}

impl Plan {
    /// Returns the name of the profile.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Returns whether nothing has to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the changes, one for each entry.
    #[must_use]
    pub fn changes(&self) -> &[EntryChange] {
        &self.changes
    }

    /// Returns the changes that were not planned because a person has to decide.
    #[must_use]
    pub fn held_back(&self) -> &[HeldBack] {
        &self.held_back
    }

    /// Returns how many changes fill an attribute that was empty when the directory was read, in a directory that cannot check
    /// that it still is: it has no assertion control (RFC 4528), and the attribute may have several values.
    ///
    /// Of each of them a value that somebody else set meanwhile stays, and ours comes beside it. The next check then finds
    /// `LDAP-MAIL-SEVERAL`, and [`undo_ldif`](Self::undo_ldif) removes our value alone.
    #[must_use]
    pub fn unguarded(&self) -> usize {
        self.changes.iter().filter(|c| c.unguarded.is_some()).count()
    }

    /// Returns the LDIF that makes the changes, for `ldapmodify`.
    ///
    /// # Errors
    ///
    /// None for a plan that [`plan`] made.
    pub fn apply_ldif(&self) -> Result<String> {
        let mut head = format!(
            "Changes for the profile {}. Apply with ldapmodify -c -f FILE.",
            self.profile
        );
        let unguarded = self.unguarded();
        if unguarded > 0 {
            head.push_str(&format!(
                "\n{unguarded} of them fill an attribute that was empty. This server cannot check that it still is: read the directory and\n\
                 plan right before you apply this file, and plan again afterwards. LDAP-MAIL-SEVERAL then names what was filled\n\
                 meanwhile; undo.ldif removes only what this file added."
            ));
        }
        let changes = self.changes.iter();
        write(
            &head,
            changes.map(|c| (c, c.steps.to_vec(), c.controls(), c.comment())),
        )
    }

    /// Returns the LDIF that undoes the changes.
    ///
    /// # Errors
    ///
    /// None for a plan that [`plan`] made.
    pub fn undo_ldif(&self) -> Result<String> {
        let head = format!("Takes back the changes for the profile {}.", self.profile);
        let undo = self.changes.iter().rev();
        write(
            &head,
            undo.map(|c| {
                (
                    c,
                    c.steps.iter().rev().map(Step::undo).collect(),
                    Vec::new(),
                    None,
                )
            }),
        )
    }
}

/// A change as it is written: its entry, steps, conditions, and a comment.
type Written<'a> = (&'a EntryChange, Vec<Step>, Vec<Control>, Option<String>);

fn write<'a>(head: &str, changes: impl Iterator<Item = Written<'a>>) -> Result<String> {
    let mut out = Writer::new(Vec::new())?;
    out.comment(head)?;
    for (change, steps, controls, comment) in changes {
        let dn = change.dn();
        out.blank()?;
        if let Some(comment) = comment {
            out.comment(&comment)?;
        }
        if !dn.as_str().is_ascii() {
            out.comment(dn.as_str())?;
        }
        let steps = steps.iter().map(Step::modification).collect();
        out.change(&Change::new(dn.clone(), ChangeKind::Modify(steps)).with_controls(controls))?;
    }
    // Everything that the writer writes comes from `str`, so the text is taken as it is: a copy of hundreds of megabytes less.
    let text = String::from_utf8(out.into_inner());
    Ok(text.unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned()))
}
