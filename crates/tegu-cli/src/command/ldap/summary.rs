//! What a plan came to, for people and for programs.

use serde::Serialize;
use std::fmt;
use tegu_ldap::{Directory, Plan, check::Severity, gal};

/// A finding as it stands in `findings.json`.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    code: &'a str,
    severity: Severity,
    dn: &'a str,
    id: &'a str,
    value: Option<&'a str>,
    proposal: Option<&'a str>,
    text: String,
}

impl<'a> Line<'a> {
    pub(super) fn of(finding: &'a tegu_ldap::Finding) -> Self {
        Self {
            code: finding.code(),
            severity: finding.severity(),
            dn: finding.dn().as_str(),
            id: finding.id(),
            value: finding.value(),
            proposal: finding.proposal(),
            text: finding.issue().to_string(),
        }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    entries: usize,
    accounts: usize,
    groups: usize,
    contacts: usize,
    set_aside: usize,
    ignored: usize,
    findings: usize,
    for_a_person: usize,
    changed_entries: usize,
    held_back: usize,
    /// Changes that fill an attribute without being able to check that it is still empty.
    unguarded: usize,
    pub(super) unreadable: usize,
    pub(super) address_list: gal::Coverage,
    pub(super) address_list_doubts: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "read: {} entries: {} accounts, {} groups, {} contacts, {} of the system's own, {} that are nobody (containers, computers), \
             {} that could not be read",
            self.entries,
            self.accounts,
            self.groups,
            self.contacts,
            self.set_aside,
            self.ignored,
            self.unreadable
        )?;
        writeln!(
            f,
            "found: {} findings, {} of them for a person",
            self.findings, self.for_a_person
        )?;
        writeln!(
            f,
            "planned: {} entries to change; {} values held back",
            self.changed_entries, self.held_back
        )?;
        if self.unguarded > 0 {
            writeln!(
                f,
                "{} of the changes fill an attribute that this server cannot show to be still empty: plan right before you apply them",
                self.unguarded
            )?;
        }
        write!(
            f,
            "address list: {} entries, {} hidden, {} doubts",
            self.address_list.entries, self.address_list.hidden, self.address_list_doubts
        )
    }
}

impl Summary {
    pub(super) fn of(directory: &Directory, findings: usize, for_a_person: usize, plan: &Plan) -> Self {
        Self {
            entries: directory.len(),
            accounts: directory.accounts().len(),
            groups: directory.groups().len(),
            contacts: directory.contacts().len(),
            set_aside: directory.set_aside().len(),
            ignored: directory.ignored().len(),
            findings,
            for_a_person,
            changed_entries: plan.changes().len(),
            held_back: plan.held_back().len(),
            unguarded: plan.unguarded(),
            ..Self::default()
        }
    }
}
