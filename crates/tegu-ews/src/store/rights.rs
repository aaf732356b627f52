//! What Exchange grants on the folders of a mailbox.

use crate::settings::{self, Delegate, Delegates, Grantee as Told};
use crate::{Kind, Mailbox, Result};
use tegu_rights::{
    Access, DelegateFolder, Delegation, Folder, FolderKind, Grant, Grantee, Permission, Permissions,
};

/// Reads the permissions on all folders of a mailbox that move, and its delegates. A folder whose permissions the server does not tell is one grant
/// that cannot be read, and so are delegates whom it does not tell.
///
/// # Errors
///
/// As [`Mailbox::ask`].
pub async fn grants(mailbox: &Mailbox) -> Result<Vec<Grant>> {
    let inventory = mailbox.inventory().await?;
    let mut findings = Vec::new();
    let delegates = mailbox.delegates(&mut findings).await?;
    let mut all = match &delegates {
        Some(delegates) => of_delegates(delegates),
        None => {
            let why = findings.first().map_or("", |finding| &*finding.message);
            vec![unknown_delegate(why)]
        }
    };
    let all_delegates = delegates.map(|told| told.delegates).unwrap_or_default();
    for (place, told) in inventory
        .folders
        .iter()
        .zip(mailbox.permissions(&inventory).await?)
    {
        let kind = match place.kind {
            Kind::Mail => FolderKind::Mail,
            Kind::Event => FolderKind::Calendar,
            Kind::Contact | Kind::List => FolderKind::Contacts,
            _ => FolderKind::Other,
        };
        let folder = Folder::new(place.path.iter().cloned(), kind);
        match told {
            Ok(told) => all.extend(told.into_iter().map(|one| {
                let private = kind == FolderKind::Calendar && sees_private(&all_delegates, &one.to);
                let grant = grant(folder.clone(), one);
                if private { grant.seeing_private() } else { grant }
            })),
            Err(problem) => {
                let access = Access::Unknown(Some(folder), problem.to_string());
                all.push(Grant::new(Grantee::Named(Vec::new()), access));
            }
        }
    }
    Ok(all)
}

fn named(address: &str, name: &str, sid: &str) -> Grantee {
    let names = [address, name, sid].into_iter().filter(|name| !name.is_empty());
    Grantee::Named(names.map(ToOwned::to_owned).collect())
}

fn unknown_delegate(why: &str) -> Grant {
    Grant::new(
        Grantee::Named(Vec::new()),
        Access::UnknownDelegate(why.to_owned()),
    )
}

/// The delegates. What they may do with folders stands on the folders too.
fn of_delegates(told: &Delegates) -> Vec<Grant> {
    let each = told.delegates.iter().map(|one| {
        let mut delegation = Delegation::default();
        // Exchange keeps its delegates and those who send on behalf in one list.
        delegation.on_behalf = true;
        delegation.meetings = one.receives_meetings;
        delegation.delivery.clone_from(&told.deliver_meetings);
        delegation.private = one.sees_private;
        let level = |folder: DelegateFolder| {
            let element = format!("{}FolderPermissionLevel", folder.name());
            let level = one.levels.iter().find(|(name, _)| *name == element);
            level.map(|(_, level)| (folder, level.clone()))
        };
        delegation
            .levels
            .extend(DelegateFolder::ALL.into_iter().filter_map(level));
        let to = named(&one.person.address, &one.person.name, &one.sid);
        Grant::new(to, Access::Delegate(delegation))
    });
    let unknown = "the server does not say who this delegate is, such as an account that was deleted";
    let unreadable = std::iter::repeat_n((), told.unreadable).map(|()| unknown_delegate(unknown));
    each.chain(unreadable).collect()
}

/// Whether the one to whom something is granted is a delegate who sees private items.
fn sees_private(delegates: &[Delegate], to: &Told) -> bool {
    let Told::User { address, sid, .. } = to else {
        return false;
    };
    delegates.iter().filter(|one| one.sees_private).any(|one| {
        if address.is_empty() || one.person.address.is_empty() {
            !sid.is_empty() && *sid == one.sid
        } else {
            address.eq_ignore_ascii_case(&one.person.address)
        }
    })
}

fn grant(folder: Folder, told: settings::Grant) -> Grant {
    let to = match told.to {
        Told::Default => Grantee::Everybody,
        Told::Anonymous => Grantee::Anonymous,
        Told::User { address, name, sid } => named(&address, &name, &sid),
        Told::External(who) => Grantee::named(who),
        Told::Unknown(sid) => Grantee::Gone(sid),
    };
    let access = match permissions(&told.access) {
        Ok(permissions) => Access::Folder(folder, permissions),
        Err(why) => Access::Unknown(Some(folder), why),
    };
    Grant::new(to, access)
}

/// The permissions that the elements of an entry say, whatever it calls their sum.
fn permissions(told: &settings::Access) -> Result<Permissions, String> {
    use Permission::*;
    let mut all: Vec<Permission> = Vec::new();
    let mut flag = |on: bool, permission| {
        if on {
            all.push(permission);
        }
    };
    flag(told.create, CreateItems);
    flag(told.create_folders, CreateSubfolders);
    flag(told.owner, FolderOwner);
    flag(told.visible, FolderVisible);
    flag(told.contact, FolderContact);
    match told.read.as_str() {
        "" | "None" => {}
        "TimeOnly" => flag(true, AvailabilityOnly),
        "TimeAndSubjectAndLocation" => flag(true, LimitedDetails),
        "FullDetails" => flag(true, ReadItems),
        other => return Err(format!("ReadItems is {other}, which is not known")),
    }
    for (value, owned, every) in [
        (&told.edit, EditOwnedItems, EditAllItems),
        (&told.delete, DeleteOwnedItems, DeleteAllItems),
    ] {
        match value.as_str() {
            "" | "None" => {}
            "Owned" => flag(true, owned),
            "All" => {
                flag(true, owned);
                flag(true, every);
            }
            other => return Err(format!("EditItems or DeleteItems is {other}, which is not known")),
        }
    }
    Ok(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn elements_say_what_levels_mean() {
        let mut editor = settings::Access {
            level: "Editor".to_owned(),
            read: "FullDetails".to_owned(),
            edit: "All".to_owned(),
            delete: "All".to_owned(),
            create: true,
            visible: true,
            ..settings::Access::default()
        };
        assert_eq!(
            permissions(&editor).unwrap(),
            Permissions::parse("Editor").unwrap()
        );
        // Elements count, not the name of their sum.
        (editor.edit, editor.delete) = ("Owned".to_owned(), "Owned".to_owned());
        assert_eq!(
            permissions(&editor).unwrap(),
            Permissions::parse("Author").unwrap()
        );
        editor.read = "Everything".to_owned();
        assert!(permissions(&editor).unwrap_err().contains("Everything"));
        assert!(permissions(&settings::Access::default()).unwrap().is_empty());
    }
}
