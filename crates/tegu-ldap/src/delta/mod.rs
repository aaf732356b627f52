//! What changed between two reads of a directory, for the time in which the old and the new system run side by side.
//!
//! [`compare`] takes two directories, for example those of two runs, and lists what differs.
//!
//! A directory can also be read in steps. Active Directory numbers its changes (`uSNChanged`), each domain controller for itself;
//! other directories store the time of the last change (`modifyTimestamp`). A [`Bookmark`] says how far a directory was read,
//! `client::Client::changes` resumes there, and [`Directory::apply`] brings what was read before up to date.

mod compare;

pub use compare::{Aspect, ChangedRecipient, Comparison, compare};

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::entry::{AttributeName, Entry, Known};
use crate::exchange::Directory;
use crate::filter::Filter;

/// How far a directory was read. Store it as JSON between runs.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Bookmark {
    /// The number of the last change on a domain controller. It means nothing to another controller.
    Usn {
        /// The controller (`dsServiceName`).
        controller: Box<str>,
        /// The number.
        usn: u64,
    },
    /// The time of the last change, as the directory writes it (`20240131120000Z`).
    Time {
        /// The time; empty if no entry had one.
        time: Box<str>,
    },
}

impl Bookmark {
    /// Returns the filter for recipients that changed since.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let changed = match self {
            Self::Usn { usn, .. } => Filter::GreaterOrEqual(
                Known::UsnChanged.into(),
                usn.saturating_add(1).to_string().into_bytes(),
            ),
            Self::Time { time } if time.is_empty() => Filter::Present(Known::ObjectClass.into()),
            // Two changes may fall into one second, so that second is read again.
            Self::Time { time } => {
                Filter::GreaterOrEqual(Known::ModifyTimestamp.into(), time.as_bytes().to_vec())
            }
        };
        Filter::And(vec![Filter::recipients(), changed])
    }

    /// Moves a bookmark of times past an entry that was read.
    #[cfg_attr(
        not(feature = "client"),
        expect(dead_code, reason = "only the client resumes")
    )]
    pub(crate) fn pass(&mut self, entry: &Entry) {
        if let Self::Time { time } = self
            && let Some(changed) = entry.text(Known::ModifyTimestamp.as_str())
            && changed > &**time
            && is_time(changed)
        {
            *time = changed.into();
        }
    }
}

/// Returns whether a text is a time that can be compared as text: UTC, to the second or finer.
fn is_time(text: &str) -> bool {
    text.len() >= 15
        && text.ends_with('Z')
        && text
            .get(..14)
            .is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()))
}

/// What changed since a bookmark.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Changes {
    /// Entries that were added or changed, as they are now.
    pub changed: Vec<Entry>,
    /// Identities of objects that were deleted.
    pub deleted: HashSet<Box<str>>,
    /// Identities of all present objects, if the directory does not say which were deleted.
    pub present: Option<HashSet<Box<str>>>,
    /// How far the directory is read now.
    pub bookmark: Bookmark,
}

/// What [`Directory::apply`] did.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Applied {
    /// Objects that were not there before.
    pub added: usize,
    /// Objects that were there and were read again.
    pub changed: usize,
    /// Objects that are no longer there.
    pub removed: usize,
}

impl Directory {
    /// Brings the directory up to date. Changed objects come after unchanged ones.
    pub fn apply(&mut self, changes: Changes) -> Applied {
        let fresh = Self::from_entries(&changes.changed);
        let ids: HashSet<Box<str>> = fresh.ids().map(Into::into).collect();
        let before = self.ids().count();
        let changed = self.ids().filter(|id| ids.contains(*id)).count();
        self.retain(|id| {
            !ids.contains(id)
                && !changes.deleted.contains(id)
                && changes.present.as_ref().is_none_or(|p| p.contains(id))
        });
        let kept = self.ids().count();
        let added = ids.len() - changed;
        self.merge(fresh);
        Applied {
            added,
            changed,
            removed: before - kept - changed,
        }
    }
}

/// The attributes that identify an object.
#[cfg_attr(
    not(feature = "client"),
    expect(dead_code, reason = "only the client resumes")
)]
pub(crate) fn identities() -> [AttributeName; 4] {
    [
        Known::ObjectGuid,
        Known::EntryUuid,
        Known::NsUniqueId,
        Known::IpaUniqueId,
    ]
    .map(Into::into)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ldif;

    fn entries(text: &str) -> Vec<Entry> {
        ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap()
    }

    fn changes(changed: Vec<Entry>) -> Changes {
        Changes {
            changed,
            deleted: HashSet::new(),
            present: None,
            bookmark: Bookmark::Time { time: "".into() },
        }
    }

    fn user(id: &str, rest: &str) -> String {
        format!("dn: CN={id},DC=x\nobjectClass: user\nentryUUID: {id}\n{rest}\n")
    }

    #[test]
    fn what_changed_takes_the_place_of_what_was_also_after_a_renaming() {
        let text = user("a", "mail: a@x.example\n") + &user("b", "") + &user("c", "");
        let mut directory = Directory::from_entries(entries(&text));
        let renamed = "dn: CN=new,OU=y,DC=x\nobjectClass: user\nentryUUID: a\nmail: new@x.example\n\n\
                       dn: CN=b,DC=x\nobjectClass: contact\nentryUUID: b\n\n"
            .to_owned()
            + &user("d", "");
        let mut changes = changes(entries(&renamed));
        changes.deleted.insert("c".into());
        let applied = directory.apply(changes.clone());
        assert_eq!((applied.added, applied.changed, applied.removed), (1, 2, 1));
        let names: Vec<_> = directory.accounts().iter().map(|a| a.dn().as_str()).collect();
        assert_eq!(names, ["CN=new,OU=y,DC=x", "CN=d,DC=x"]);
        assert_eq!(directory.contacts().len(), 1);
        // The same again changes nothing.
        let before = serde_json::to_value(&directory).unwrap();
        let applied = directory.apply(changes);
        assert_eq!((applied.added, applied.removed), (0, 0));
        assert_eq!(serde_json::to_value(&directory).unwrap(), before);
    }

    #[test]
    fn who_is_not_present_is_gone() {
        let mut directory = Directory::from_entries(entries(&(user("a", "") + &user("b", ""))));
        let mut changes = changes(Vec::new());
        changes.present = Some(HashSet::from(["b".into()]));
        assert_eq!(directory.apply(changes).removed, 1);
        assert_eq!(directory.accounts()[0].id(), "b");
    }

    #[test]
    fn bookmarks_move_on_and_ask_for_what_follows() {
        let mut bookmark = Bookmark::Time { time: "".into() };
        for time in ["20240131120000Z", "20240101120000Z", "zzzz", "20240131120001.5Z"] {
            bookmark.pass(&entries(&user("a", &format!("modifyTimestamp: {time}\n")))[0]);
        }
        let text = bookmark.filter().to_string();
        assert!(text.ends_with("(modifyTimestamp>=20240131120001.5Z))"), "{text}");
        let usn = Bookmark::Usn {
            controller: "CN=DC1".into(),
            usn: 41,
        };
        assert!(usn.filter().to_string().ends_with("(uSNChanged>=42))"));
        let json = serde_json::to_string(&usn).unwrap();
        assert_eq!(serde_json::from_str::<Bookmark>(&json).unwrap(), usn);
    }
}
