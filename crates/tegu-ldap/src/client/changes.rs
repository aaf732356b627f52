//! Reads what changed since a bookmark.

use std::collections::HashSet;

use super::{AttributeSet, Client, Pages, SearchLimits};
use crate::delta::{Bookmark, Changes, identities};
use crate::entry::{Entry, Known};
use crate::exchange::Directory;
use crate::filter::Filter;
use crate::{Error, Result};

/// Deleted objects as well, [MS-ADTS] 3.1.1.3.4.1.14.
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";

impl Client {
    /// Reads what changed below `base`: everything without a bookmark, else what came, changed or went since.
    ///
    /// Active Directory is asked by the numbers of its changes, and for deleted objects, which needs the right to see them
    /// (administrators have it; without it, deletions are missed, so read all from time to time). Any other directory is
    /// asked by the time of the last change, and for the identities of all that there is.
    ///
    /// # Errors
    ///
    /// As for [`Pages::next`], and [`ErrorKind::Config`](crate::ErrorKind::Config) for a bookmark of another domain controller or kind of directory:
    /// then read everything again.
    pub async fn changes(
        &mut self,
        base: &str,
        attributes: &AttributeSet,
        since: Option<&Bookmark>,
        limits: &SearchLimits,
    ) -> Result<Changes> {
        let root = self.root_dse().await?;
        let numbered = root.controller().zip(root.highest_usn());
        let mut bookmark = match (numbered, since) {
            // Taken before anything is read: what changes in between is read twice, not missed.
            (Some((controller, usn)), _) => Bookmark::Usn {
                controller: controller.into(),
                usn,
            },
            (None, Some(since @ Bookmark::Time { .. })) => since.clone(),
            (None, _) => Bookmark::Time { time: "".into() },
        };
        let filter = match (&bookmark, since) {
            (_, None) => Filter::recipients(),
            (
                Bookmark::Usn { controller, usn },
                Some(
                    before @ Bookmark::Usn {
                        controller: of,
                        usn: at,
                    },
                ),
            ) => {
                if of != controller || at > usn {
                    return Err(foreign(base));
                }
                before.filter()
            }
            (Bookmark::Time { .. }, Some(before @ Bookmark::Time { .. })) => before.filter(),
            _ => return Err(foreign(base)),
        };
        let tombstones = since.is_some() && numbered.is_some() && root.supports_control(SHOW_DELETED);
        let wanted = identities()
            .into_iter()
            .chain([Known::ModifyTimestamp, Known::IsDeleted, Known::ObjectClass].map(Into::into))
            .fold(attributes.clone(), AttributeSet::attribute);
        let mut pages = self.pages_with_filter(base, filter, &wanted, limits);
        if tombstones {
            pages = pages.with_control(SHOW_DELETED);
        }
        let (mut changed, mut deleted) = (Vec::new(), Vec::new());
        all(&mut pages, |entry| {
            bookmark.pass(&entry);
            match entry.text(Known::IsDeleted.as_str()) {
                Some("TRUE") => deleted.push(entry),
                _ => changed.push(entry),
            }
        })
        .await?;
        let present = match since {
            Some(_) if !tombstones => Some(self.present(base, limits).await?),
            _ => None,
        };
        Ok(Changes {
            changed,
            deleted: ids(&deleted),
            present,
            bookmark,
        })
    }

    /// Returns the identities of all recipients.
    async fn present(&mut self, base: &str, limits: &SearchLimits) -> Result<HashSet<Box<str>>> {
        let names = AttributeSet::new(identities()).attribute(Known::ObjectClass.into());
        let mut out = HashSet::new();
        let mut pages = self.pages(base, &names, limits);
        all(&mut pages, |entry| out.extend(ids(std::slice::from_ref(&entry)))).await?;
        Ok(out)
    }
}

async fn all(pages: &mut Pages<'_>, mut take: impl FnMut(Entry)) -> Result<()> {
    while let Some(page) = pages.next().await? {
        page.into_iter().for_each(&mut take);
    }
    Ok(())
}

fn ids(entries: &[Entry]) -> HashSet<Box<str>> {
    Directory::from_entries(entries).ids().map(Into::into).collect()
}

fn foreign(base: &str) -> Error {
    Error::config("the bookmark is of another server; read everything again")
        .doing("read changes below", base)
}
