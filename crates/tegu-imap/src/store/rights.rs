//! Access control lists as a source and a target of rights.

use super::reader::path;
use crate::access::{Rights, RightsChange};
use crate::mailbox::{MailboxName, encode_mutf7};
use crate::{ErrorKind, Result, Session};
use std::collections::HashMap;
use tegu_rights::store::{AccessLists, TargetFolder};
use tegu_rights::{Access, Folder, Grant, Grantee};
use tegu_store::BoxFuture;

/// Spellings of groups: Cyrus has the first, Dovecot the others.
const GROUP: [&str; 3] = ["group:", "group=", "$"];

/// Reads what the lists of a user's mailboxes grant to others. A mailbox whose list the server does not show is one grant that cannot be read.
///
/// # Errors
///
/// Kind [`Unsupported`](ErrorKind::Unsupported) if the server has no lists, otherwise as for [`Session::list`].
pub async fn grants(session: &mut Session) -> Result<Vec<Grant>> {
    let mut grants = Vec::new();
    let prefix = encode_mutf7(session.namespace_prefix());
    for mailbox in session.list().await? {
        if !mailbox.selectable {
            continue;
        }
        let folder = Folder::mail(path(&mailbox, &prefix));
        let entries = match session.get_acl(&mailbox.name).await {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {
                let access = Access::Unknown(Some(folder), error.to_string());
                grants.push(Grant::new(Grantee::Named(Vec::new()), access));
                continue;
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let plain = entry.identifier.trim_start_matches('-');
            let Some(to) = grantee(plain) else { continue };
            let grant = Grant::new(to, Access::List(folder.clone(), entry.rights));
            grants.push(if entry.is_negative() {
                grant.denied()
            } else {
                grant
            });
        }
    }
    Ok(grants)
}

/// Who an identifier is. None for the owner himself.
fn grantee(identifier: &str) -> Option<Grantee> {
    Some(match identifier {
        "owner" => return None,
        "anyone" | "authenticated" => Grantee::Everybody,
        "anonymous" => Grantee::Anonymous,
        _ => {
            let group = GROUP.iter().find_map(|prefix| identifier.strip_prefix(prefix));
            Grantee::named(group.unwrap_or(identifier))
        }
    })
}

/// The access control lists of one user's mailboxes.
#[derive(Debug)]
pub struct ImapLists {
    session: Session,
    /// By label.
    names: HashMap<String, MailboxName>,
}

impl ImapLists {
    /// The lists of the user who signed in.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            names: HashMap::new(),
        }
    }

    async fn list(&mut self) -> Result<Vec<TargetFolder>> {
        let prefix = encode_mutf7(self.session.namespace_prefix());
        let mut folders = Vec::new();
        for mailbox in self.session.list().await? {
            if mailbox.selectable {
                let label = mailbox.name.label();
                folders.push(TargetFolder::new(&*label, path(&mailbox, &prefix)));
                self.names.insert(label, mailbox.name);
            }
        }
        Ok(folders)
    }

    fn name(&self, folder: &str) -> Result<MailboxName> {
        match self.names.get(folder) {
            Some(name) => Ok(name.clone()),
            None => MailboxName::from_label(folder),
        }
    }
}

impl AccessLists for ImapLists {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<TargetFolder>>> {
        Box::pin(self.list())
    }

    fn read<'a>(&'a mut self, folder: &'a str) -> BoxFuture<'a, Result<Vec<(String, Rights)>>> {
        Box::pin(async move {
            let name = self.name(folder)?;
            let entries = self.session.get_acl(&name).await?.into_iter();
            Ok(entries.map(|entry| (entry.identifier, entry.rights)).collect())
        })
    }

    fn set<'a>(
        &'a mut self,
        folder: &'a str,
        identifier: &'a str,
        rights: Rights,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let name = self.name(folder)?;
            if rights.is_empty() {
                return self.session.delete_acl(&name, identifier).await;
            }
            let change = RightsChange::Replace;
            self.session
                .set_acl(&name, identifier, change, rights)
                .await
                .map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_identifiers_are() {
        for (identifier, who) in [
            ("owner", None),
            ("anyone", Some(Grantee::Everybody)),
            ("authenticated", Some(Grantee::Everybody)),
            ("anonymous", Some(Grantee::Anonymous)),
            ("boris", Some(Grantee::named("boris"))),
            ("group:team", Some(Grantee::named("team"))),
            ("$team", Some(Grantee::named("team"))),
        ] {
            assert_eq!(grantee(identifier), who, "{identifier}");
        }
    }
}
