//! Exports of Windows tools: `csvde`, and what Exchange's own shell writes with `Export-Csv` and `ConvertTo-Json`.
//!
//! The tables of `Get-Mailbox`, `Get-Recipient`, `Get-DistributionGroup`, `Get-DistributionGroupMember`,
//! `Get-MailboxPermission` and `Get-ADPermission` are recognised by their columns. An [`Export`] collects several
//! of them and makes one [`Directory`].
//!
//! PowerShell writes the name of a type (`Microsoft.Exchange.Data.ProxyAddressCollection`) in place of a list, unless the
//! script joins the list. A finding (`LDAP-NOT-EXPORTED`) then asks for a new export:
//!
//! ```powershell
//! Get-Mailbox -ResultSize Unlimited |
//!     Select-Object *, @{n='EmailAddresses'; e={$_.EmailAddresses -join ';'}} -ExcludeProperty EmailAddresses |
//!     Export-Csv mailboxes.csv -Encoding UTF8 -NoTypeInformation
//! Get-DistributionGroup -ResultSize Unlimited | ForEach-Object { $g = $_
//!     Get-DistributionGroupMember $g -ResultSize Unlimited | Select-Object *, @{n='Group'; e={$g.DistinguishedName}}
//! } | Export-Csv members.csv -Encoding UTF8 -NoTypeInformation
//! ```

mod csv;
mod grant;
mod json;
mod row;
mod shell;
mod value;

use std::collections::HashMap;
use std::io::BufRead;

use crate::account::Grant;
use crate::encoding::TextEncoding;
use crate::entry::{AttributeName, Entry, Known};
use crate::error::malformed;
use crate::exchange::Directory;
use crate::{Error, Result};

use row::Row;

/// The limits of the reader.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes in one value. Default 16 MiB.
    pub value_bytes: usize,
    /// Bytes in one row. Default 64 MiB.
    pub row_bytes: usize,
    /// Columns of a table, or properties of an object. Default 2,000.
    pub columns: usize,
    /// Rows. Default 5,000,000.
    pub rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value_bytes: 16 << 20,
            row_bytes: 64 << 20,
            columns: 2_000,
            rows: 5_000_000,
        }
    }
}

/// The contents of one or more exports.
///
/// ```
/// use tegu_ldap::encoding::TextEncoding;
/// use tegu_ldap::export::{Export, Limits};
///
/// let mailboxes = "\
/// DistinguishedName,Alias,PrimarySmtpAddress,EmailAddresses,RecipientTypeDetails\n\
/// \"CN=Ann,DC=x\",ann,ann@a.example,SMTP:ann@a.example;smtp:a@a.example,UserMailbox\n";
/// let rights = r#"[{"Identity":"CN=Ann,DC=x","User":"CORP\\bob","AccessRights":["FullAccess"],"Deny":false}]"#;
/// let mut export = Export::default();
/// export.read_csv(mailboxes.as_bytes(), TextEncoding::unicode(), &Limits::default())?;
/// export.read_json(rights.as_bytes(), TextEncoding::unicode(), &Limits::default())?;
/// let directory = export.into_directory();
/// assert_eq!(directory.accounts()[0].aliases()[0].as_str(), "a@a.example");
/// assert_eq!(directory.grants()[0].trustee(), r"CORP\bob");
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Export {
    entries: Vec<Entry>,
    grants: Vec<Grant>,
    /// Group and member, as the tables name them.
    memberships: Vec<(Box<str>, Box<str>)>,
}

impl Export {
    /// Reads a table of `csvde` or of `Export-Csv`: separated by commas, semicolons or tabs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for a malformed table, and
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit). The error names the line; rows before it are kept.
    pub fn read_csv(&mut self, input: impl BufRead, encoding: TextEncoding, limits: &Limits) -> Result<()> {
        csv::read(input, encoding, limits, |row| self.row(row))
    }

    /// Reads what `ConvertTo-Json` writes: one object, or a list of them.
    ///
    /// # Errors
    ///
    /// As for [`read_csv`](Self::read_csv).
    pub fn read_json(&mut self, input: impl BufRead, encoding: TextEncoding, limits: &Limits) -> Result<()> {
        json::read(input, encoding, limits, |row| self.row(row))
    }

    /// Adds an entry from elsewhere, such as an LDIF file of the same organisation. Values of the same object are merged.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn row(&mut self, row: &Row) -> Result<()> {
        if let Some(grants) = grant::read(row) {
            self.grants.extend(grants);
        } else if let Some(membership) = shell::membership(row) {
            self.memberships.push(membership);
        } else if row.is_csvde() {
            self.entries.push(row.to_entry()?);
        } else {
            self.entries.push(shell::entry(row)?);
        }
        Ok(())
    }

    /// Makes one directory. Rows about the same object are merged, and members are added to their groups.
    #[must_use]
    pub fn into_directory(self) -> Directory {
        let mut merged: Vec<Entry> = Vec::new();
        // Several names may lead to one object.
        let mut known: HashMap<String, usize> = HashMap::new();
        for entry in self.entries {
            let names = names(&entry);
            let at = names.iter().find_map(|name| known.get(name).copied());
            let at = match at {
                Some(at) => {
                    if let Some(first) = merged.get_mut(at) {
                        first.merge(&entry);
                    }
                    at
                }
                None => {
                    merged.push(entry);
                    merged.len() - 1
                }
            };
            for name in names {
                known.entry(name).or_insert(at);
            }
        }
        for (group, member) in self.memberships {
            let member = known
                .get(&member.to_lowercase())
                .and_then(|&at| merged.get(at))
                .map_or(member.to_string(), |e| e.dn().as_str().to_owned());
            let at = known.get(&group.to_lowercase()).copied();
            let at = at.unwrap_or_else(|| {
                let mut entry = Entry::new(crate::Dn::new(&group));
                entry.push(Known::ObjectClass.into(), "group");
                known.insert(group.to_lowercase(), merged.len());
                merged.push(entry);
                merged.len() - 1
            });
            if let Some(entry) = merged.get_mut(at) {
                entry.push(Known::Member.into(), member);
            }
        }
        Directory::from_entries(merged).with_grants(self.grants)
    }
}

/// By what a row's object may be named elsewhere.
fn names(entry: &Entry) -> Vec<String> {
    let mut out = vec![entry.dn().as_str().to_lowercase(), entry.dn().key()];
    for known in [
        Known::ObjectGuid,
        Known::LegacyExchangeDn,
        Known::UserPrincipalName,
    ] {
        out.extend(entry.text(known.as_str()).map(str::to_lowercase));
    }
    for address in entry.texts(Known::ProxyAddresses.as_str()) {
        if let Some(primary) = address.strip_prefix("SMTP:") {
            out.push(primary.to_lowercase());
        }
    }
    out
}

/// Returns the attribute of a name that stands in this crate.
fn attribute(name: &str) -> Result<AttributeName> {
    AttributeName::new(name)
}

/// An error that names the place.
fn fault(line: u64, what: impl std::fmt::Display) -> Error {
    malformed(format!("line {line} of the export: {what}"))
}

#[cfg(test)]
mod tests;
