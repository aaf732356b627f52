//! Reads what Exchange's shell says of rights, as CLIXML (best), JSON or CSV.
//!
//! | cmdlet | known by | columns |
//! |---|---|---|
//! | `Get-MailboxFolderPermission` | `FolderName` or `FolderPath` | `User`, `AccessRights`, and where: see below |
//! | `Get-MailboxPermission` | `AccessRights` and `Deny` or `IsInherited` | `Identity`, `User` |
//! | `Get-RecipientPermission` | `Trustee` | `Identity`, `AccessRights`, `AccessControlType` |
//! | `Get-ADPermission` | `ExtendedRights` | `Identity`, `User`, `Deny` |
//! | `Get-Mailbox` | `GrantSendOnBehalfTo` | `PrimarySmtpAddress` or `Identity` |
//!
//! `SharingPermissionFlags` of a calendar, where `Get-MailboxFolderPermission` has it, says who is a delegate: he gets the owner's meeting requests,
//! and with `CanViewPrivateItems` sees private items.
//!
//! `Get-MailboxFolderPermission` alone does not say whose folder it is about, so the export has to:
//!
//! ```powershell
//! Get-Mailbox -ResultSize Unlimited | ForEach-Object { $m = $_.PrimarySmtpAddress.ToString()
//!     Get-MailboxFolderStatistics $m | ForEach-Object { $f = $_
//!         Get-MailboxFolderPermission ($m + ':' + $f.FolderId) | Select-Object *, @{n='Mailbox'; e={$m}},
//!             @{n='FolderPath'; e={$f.FolderPath}}, @{n='FolderType'; e={$f.FolderType}}, @{n='ContainerClass'; e={$f.ContainerClass}} }
//! } | Export-Clixml folder-permissions.xml
//! ```
//!
//! Inherited rights are left out, since they are those of administrators, and so is the mailbox' right on itself.

use crate::{Access, DelegateFolder, Delegation, Folder, FolderKind, Grant, Grantee, Permissions};
use tegu_outcome::{Error, ErrorKind, Result};
pub use tegu_shell::{Encoding, Limits};
use tegu_shell::{Row, Value, rows};

/// The character that `Get-MailboxFolderStatistics` writes for a slash in the name of a folder.
const SLASH: char = '\u{f8ff}';

/// What is granted on one mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MailboxGrant {
    /// What the export calls the mailbox: its address, or the path or name of its owner.
    pub mailbox: String,
    /// What is granted on it.
    pub grant: Grant,
}

/// Reads an export of any of these cmdlets.
///
/// # Errors
///
/// Kind [`Malformed`](ErrorKind::Malformed) for an export that is cut, in another encoding, or of something else, with the place;
/// [`Limit`](ErrorKind::Limit).
pub fn grants(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<MailboxGrant>> {
    let what = "the export of permissions";
    let mut all = Vec::new();
    for row in rows(octets, encoding, limits).map_err(|error| error.doing("read", what))? {
        let found = of_row(&row).map_err(|why| {
            let why = format!("{}: {why}", row.place);
            Error::new(ErrorKind::Malformed, why).doing("read", what)
        })?;
        all.extend(found);
    }
    Ok(all)
}

fn has(row: &Row, name: &str) -> bool {
    row.get(name).is_some()
}

fn flag(row: &Row, name: &str) -> bool {
    row.get(name).and_then(Value::boolean).unwrap_or(false)
}

/// The grants of a row. None for one that is left out.
fn of_row(row: &Row) -> Result<Vec<MailboxGrant>, String> {
    if has(row, "FolderName") || has(row, "FolderPath") {
        of_folder(row)
    } else if let Some(list) = row.get("GrantSendOnBehalfTo") {
        on_behalf(row, list)
    } else {
        Ok(of_mailbox(row)?.into_iter().collect())
    }
}

/// Who may send on behalf of a mailbox, by a row of `Get-Mailbox`.
fn on_behalf(row: &Row, list: &Value) -> Result<Vec<MailboxGrant>, String> {
    let mailbox = ["PrimarySmtpAddress", "Identity", "DistinguishedName"]
        .iter()
        .find_map(|name| row.text(name))
        .ok_or("it does not say which mailbox it is about")?;
    let of = |grant| MailboxGrant {
        mailbox: mailbox.trim().to_owned(),
        grant,
    };
    let Some(texts) = words(list, row.flat) else {
        let why = "the export does not hold GrantSendOnBehalfTo: export as CLIXML".to_owned();
        let unknown = Access::UnknownDelegate(why);
        return Ok(vec![of(Grant::new(Grantee::Named(Vec::new()), unknown))]);
    };
    let distinguished = |at: usize| {
        let value = list.values().get(at).filter(|_| !row.flat)?;
        value.field("DistinguishedName").and_then(Value::text)
    };
    let each = texts.into_iter().enumerate().map(|(at, text)| {
        let further = distinguished(at).map(ToOwned::to_owned);
        let names = [text].into_iter().chain(further).collect();
        of(Grant::new(Grantee::Named(names), Access::SendOnBehalf))
    });
    Ok(each.collect())
}

fn of_mailbox(row: &Row) -> Result<Option<MailboxGrant>, String> {
    if flag(row, "IsInherited") {
        return Ok(None);
    }
    let user = row
        .get("User")
        .or_else(|| row.get("Trustee"))
        .ok_or("it lacks `User`")?;
    let to = grantee(user);
    if matches!(&to, Grantee::Named(names) if names.iter().any(|name| name.eq_ignore_ascii_case("NT AUTHORITY\\SELF")))
    {
        return Ok(None);
    }
    let mailbox = ["Mailbox", "Identity", "DistinguishedName"]
        .iter()
        .find_map(|name| row.text(name))
        .ok_or("it does not say which mailbox it is about")?;
    let extended = row.get("ExtendedRights").filter(|value| !value.is_empty());
    let Some(rights) = extended.or_else(|| row.get("AccessRights")) else {
        return Err("it has neither `AccessRights` nor `ExtendedRights`".to_owned());
    };
    let words = words(rights, row.flat);
    let named = |wanted: &str| {
        let plain = |word: &String| word.replace(['-', ' '], "").eq_ignore_ascii_case(wanted);
        words.as_ref().is_some_and(|words| words.iter().any(plain))
    };
    let access = match words.as_deref() {
        _ if named("FullAccess") => Access::FullAccess,
        _ if named("SendAs") => Access::SendAs,
        None | Some([]) => Access::Unknown(
            None,
            "the export does not hold the rights: export as CLIXML".to_owned(),
        ),
        Some(words) => Access::Unknown(None, format!("{} has no equal", words.join(", "))),
    };
    let refuses = row
        .text("AccessControlType")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("Deny"));
    Ok(Some(MailboxGrant {
        mailbox: mailbox.trim().to_owned(),
        grant: Grant {
            to,
            access,
            denied: flag(row, "Deny") || refuses,
            sees_private: false,
        },
    }))
}

/// What a row of `Get-MailboxFolderPermission` grants: permissions on a folder, and what makes somebody a delegate.
fn of_folder(row: &Row) -> Result<Vec<MailboxGrant>, String> {
    let (mailbox, path) = place(row)?;
    let named = |name: &str, known: &str| {
        row.text(name)
            .is_some_and(|text| text.trim().eq_ignore_ascii_case(known))
    };
    let class = row.text("ContainerClass").unwrap_or_default();
    let is = |class_of: &str| {
        let rest = class
            .get(..class_of.len())
            .filter(|start| start.eq_ignore_ascii_case(class_of));
        rest.is_some() && matches!(class.as_bytes().get(class_of.len()), None | Some(b'.'))
    };
    let other = ["Tasks", "Notes", "Journal", "Root"];
    let kind = if named("FolderType", "Calendar") || is("IPF.Appointment") {
        FolderKind::Calendar
    } else if named("FolderType", "Contacts") || is("IPF.Contact") {
        FolderKind::Contacts
    } else if path.is_empty()
        || other.iter().any(|name| named("FolderType", name))
        || is("IPF.Task")
        || is("IPF.StickyNote")
        || is("IPF.Journal")
    {
        FolderKind::Other
    } else {
        FolderKind::Mail
    };
    let folder = Folder::new(path, kind);
    let to = grantee(row.get("User").ok_or("it lacks `User`")?);
    let words = row.get("AccessRights").and_then(|value| words(value, row.flat));
    let delegate = match kind {
        FolderKind::Calendar => delegate(row),
        _ => None,
    };
    let access = match &words {
        None => Access::Unknown(
            Some(folder),
            "the export does not hold the rights: export as CLIXML".to_owned(),
        ),
        Some(words) => match Permissions::parse(&words.join(",")) {
            Some(permissions) => Access::Folder(folder, permissions),
            None => Access::Unknown(Some(folder), format!("{} is not known", words.join(", "))),
        },
    };
    let mut grant = Grant::new(to, access);
    let mut all = Vec::new();
    if let Some(mut access) = delegate {
        if let Access::Delegate(delegation) = &mut access {
            grant.sees_private = delegation.private;
            let level = words.filter(|_| named("FolderType", "Calendar"));
            let level = level.map(|words| (DelegateFolder::Calendar, words.join(", ")));
            delegation.levels.extend(level);
        }
        all.push(Grant::new(grant.to.clone(), access));
    }
    all.insert(0, grant);
    let of = |grant| MailboxGrant {
        mailbox: mailbox.clone(),
        grant,
    };
    Ok(all.into_iter().map(of).collect())
}

/// What `SharingPermissionFlags` of a calendar says, if anything.
fn delegate(row: &Row) -> Option<Access> {
    let flags = row
        .get("SharingPermissionFlags")
        .filter(|flags| !flags.is_empty())?;
    let Some(words) = words(flags, true) else {
        let why = "the export does not hold SharingPermissionFlags: export as CLIXML".to_owned();
        return Some(Access::UnknownDelegate(why));
    };
    let (mut is_delegate, mut delegation) = (false, Delegation::default());
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "none" | "0" => {}
            "delegate" => {
                is_delegate = true;
                delegation.meetings = true;
            }
            "canviewprivateitems" => delegation.private = true,
            _ => {
                let why = format!("SharingPermissionFlags is {word}, which is not known: export as CLIXML");
                return Some(Access::UnknownDelegate(why));
            }
        }
    }
    // Without the other it means nothing.
    is_delegate.then_some(Access::Delegate(delegation))
}

/// Whose folder a row is about, and which.
fn place(row: &Row) -> Result<(String, Vec<String>), String> {
    let levels = |path: &str, separator: char| -> Vec<String> {
        let levels = path.split(separator).filter(|level| !level.is_empty());
        levels.map(|level| level.replace(SLASH, "/")).collect()
    };
    if let (Some(mailbox), Some(path)) = (row.text("Mailbox"), row.text("FolderPath")) {
        let mut path = levels(path, '/');
        // The root of the mailbox, in whatever language.
        if row
            .text("FolderType")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Root"))
        {
            path.clear();
        }
        return Ok((mailbox.trim().to_owned(), path));
    }
    let Some((mailbox, path)) = row.text("Identity").and_then(|text| text.split_once(":\\")) else {
        let why =
            "nothing says which folder it is about: add the columns Mailbox and FolderPath to the export";
        return Err(why.to_owned());
    };
    Ok((mailbox.trim().to_owned(), levels(path, '\\')))
}

/// The words of a list; `None` for one that the export did not keep.
fn words(value: &Value, flat: bool) -> Option<Vec<String>> {
    let texts = value.texts()?;
    let parts = texts.iter().flat_map(|text| {
        let plain = text.trim_start_matches('{').trim_end_matches('}');
        if flat || plain.len() != text.len() {
            plain.split([',', ';']).collect()
        } else {
            vec![plain]
        }
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    Some(parts.map(ToOwned::to_owned).collect())
}

/// Who is meant.
fn grantee(user: &Value) -> Grantee {
    let mut names: Vec<String> = Vec::new();
    let mut push = |text: Option<&str>| {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        if let Some(text) = text.filter(|text| !names.iter().any(|known| known == text)) {
            names.push(text.to_owned());
        }
    };
    let recipient = ["ADRecipient", "RecipientPrincipal"]
        .iter()
        .find_map(|name| user.field(name));
    for name in ["PrimarySmtpAddress", "DistinguishedName", "Guid"] {
        push(
            recipient
                .and_then(|recipient| recipient.field(name))
                .and_then(Value::text),
        );
    }
    for name in ["RawIdentity", "SecurityIdentifier", "DisplayName"] {
        push(user.field(name).and_then(Value::text));
    }
    push(user.text());
    let kind = user.field("UserType").and_then(Value::text).unwrap_or_default();
    let shown = names.last().map_or("", String::as_str);
    match (kind, shown) {
        ("Default", _) | ("", "Default") => return Grantee::Everybody,
        ("Anonymous", _) | ("", "Anonymous") => return Grantee::Anonymous,
        _ => {}
    }
    // The shell resolves every identifier that belongs to anybody.
    let is_sid = |name: &str| {
        name.starts_with("S-1-") || name.starts_with("NT:S-1-") || name.starts_with("NT User:S-1-")
    };
    if !names.is_empty() && names.iter().all(|name| is_sid(name)) {
        return Grantee::Gone(shown.to_owned());
    }
    Grantee::Named(names)
}

#[cfg(test)]
mod tests;
