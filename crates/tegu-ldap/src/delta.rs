//! What changed since the last read: for the time in which two systems live side by side.
//!
//! Active Directory numbers its changes (`uSNChanged`), each domain controller for itself; other directories write the time
//! of the last change (`modifyTimestamp`). A [`Bookmark`] says up to where a directory was read; `client::Client::changes`
//! reads on from there, and [`Directory::apply`] brings what was read before up to date.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::entry::{AttributeName, Entry, Known};
use crate::exchange::Directory;
use crate::filter::Filter;

/// Up to where a directory was read. Kept as JSON between runs.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Bookmark {
    /// The number of the last change that a domain controller had. It means nothing to another one.
    Usn {
        /// Which controller it was (`dsServiceName`).
        controller: Box<str>,
        /// The number.
        usn: u64,
    },
    /// The time of the last change that was seen, as the directory writes it (`20240131120000Z`).
    Time {
        /// The time; empty when nothing was seen.
        time: Box<str>,
    },
}

impl Bookmark {
    /// The recipients that changed since.
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

    /// Moves a bookmark of times behind an entry that was read.
    #[cfg_attr(
        not(feature = "client"),
        expect(dead_code, reason = "only the client reads on")
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

/// Whether a text is a time that can be compared as text: UTC, to the second or finer.
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
    /// Entries that came or changed, as they are now.
    pub changed: Vec<Entry>,
    /// Identities of objects that were deleted.
    pub gone: HashSet<Box<str>>,
    /// Identities of all objects that there are, where the directory does not say what was deleted.
    pub present: Option<HashSet<Box<str>>>,
    /// Up to where was read now.
    pub bookmark: Bookmark,
}

/// What [`Directory::apply`] did.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Applied {
    /// Objects that were not there before.
    pub came: usize,
    /// Objects that were there and were read anew.
    pub changed: usize,
    /// Objects that are there no more.
    pub gone: usize,
}

impl Directory {
    /// Brings the directory up to date. What changed stands behind what did not.
    pub fn apply(&mut self, changes: Changes) -> Applied {
        let fresh = Self::from_entries(&changes.changed);
        let ids: HashSet<Box<str>> = fresh.ids().map(Into::into).collect();
        let before = self.ids().count();
        let changed = self.ids().filter(|id| ids.contains(*id)).count();
        self.retain(|id| {
            !ids.contains(id)
                && !changes.gone.contains(id)
                && changes.present.as_ref().is_none_or(|p| p.contains(id))
        });
        let kept = self.ids().count();
        let came = ids.len() - changed;
        self.merge(fresh);
        Applied {
            came,
            changed,
            gone: before - kept - changed,
        }
    }
}

/// The attributes by which an object is recognised.
#[cfg_attr(
    not(feature = "client"),
    expect(dead_code, reason = "only the client reads on")
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
            gone: HashSet::new(),
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
        changes.gone.insert("c".into());
        let applied = directory.apply(changes.clone());
        assert_eq!((applied.came, applied.changed, applied.gone), (1, 2, 1));
        let names: Vec<_> = directory.accounts().iter().map(|a| a.dn().as_str()).collect();
        assert_eq!(names, ["CN=new,OU=y,DC=x", "CN=d,DC=x"]);
        assert_eq!(directory.contacts().len(), 1);
        // The same again changes nothing.
        let before = serde_json::to_value(&directory).unwrap();
        let applied = directory.apply(changes);
        assert_eq!((applied.came, applied.gone), (0, 0));
        assert_eq!(serde_json::to_value(&directory).unwrap(), before);
    }

    #[test]
    fn who_is_not_present_is_gone() {
        let mut directory = Directory::from_entries(entries(&(user("a", "") + &user("b", ""))));
        let mut changes = changes(Vec::new());
        changes.present = Some(HashSet::from(["b".into()]));
        assert_eq!(directory.apply(changes).gone, 1);
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
