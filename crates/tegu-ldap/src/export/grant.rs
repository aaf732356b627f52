//! Reads `Get-MailboxPermission` and `Get-ADPermission`.

use super::row::Row;
use super::value::{split, truth};
use crate::account::{Grant, Right};

fn right(name: &str) -> Right {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    match plain.to_ascii_lowercase().as_str() {
        "fullaccess" => Right::FullAccess,
        "sendas" => Right::SendAs,
        "sendonbehalf" | "sendonbehalfto" => Right::SendOnBehalf,
        "readpermission" => Right::Read,
        _ => Right::Other(name.trim().into()),
    }
}

/// Returns the rights of a row. `None`: the table is another one.
pub(super) fn read(row: &Row) -> Option<Vec<Grant>> {
    let column = ["ExtendedRights", "AccessRights"]
        .into_iter()
        .find(|c| row.has(c) && row.get(&[c]).is_some())
        .or_else(|| {
            ["ExtendedRights", "AccessRights"]
                .into_iter()
                .find(|c| row.has(c))
        })?;
    if !row.has("User") && !row.has("Trustee") {
        return None;
    }
    let (Some(mailbox), Some(trustee)) = (
        row.get(&["Identity", "DistinguishedName", "Mailbox"]),
        row.get(&["User", "Trustee", "UserSid"]),
    ) else {
        return Some(Vec::new());
    };
    let flag = |name| row.get(&[name]).and_then(truth).unwrap_or(false);
    let rights = row
        .all(column)
        .flat_map(|text| split(text.trim_matches(['{', '}']), &[',', ';']));
    Some(
        rights
            .map(|right| Grant {
                mailbox: mailbox.into(),
                trustee: trustee.into(),
                right: self::right(&right),
                denied: flag("Deny"),
                inherited: flag("IsInherited"),
            })
            .collect(),
    )
}
