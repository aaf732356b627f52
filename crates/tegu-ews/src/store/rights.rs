//! What Exchange grants on the folders of a mailbox.

use crate::settings::{self, Grantee as Told};
use crate::{Kind, Mailbox, Result};
use tegu_rights::{Access, Folder, FolderKind, Grant, Grantee, Permission, Permissions};

/// Reads the permissions on all folders of a mailbox that move. A folder whose permissions the server does not tell is one grant that cannot be read.
///
/// # Errors
///
/// As [`Mailbox::ask`].
pub async fn grants(mailbox: &Mailbox) -> Result<Vec<Grant>> {
    let inventory = mailbox.inventory().await?;
    let mut all = Vec::new();
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
            Ok(told) => all.extend(told.into_iter().map(|one| grant(folder.clone(), one))),
            Err(problem) => {
                let access = Access::Unknown(Some(folder), problem.to_string());
                all.push(Grant::new(Grantee::Named(Vec::new()), access));
            }
        }
    }
    Ok(all)
}

fn grant(folder: Folder, told: settings::Grant) -> Grant {
    let to = match told.to {
        Told::Default => Grantee::Everybody,
        Told::Anonymous => Grantee::Anonymous,
        Told::User { address, name, sid } => {
            let names = [address, name, sid].into_iter().filter(|name| !name.is_empty());
            Grantee::Named(names.collect())
        }
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
