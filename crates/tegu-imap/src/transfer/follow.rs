//! Carrying over what has changed since the last pass: flags, and where asked, deletions.

use std::collections::BTreeMap;

use super::context::FolderContext;
use crate::finding::Finding;
use crate::ledger::Entry;
use crate::plan::{Delta, Reflag};
use crate::session::Session;
use crate::wire::{Flags, UidSet};
use crate::{ErrorKind, Result};

pub(super) async fn apply(folder: &mut FolderContext<'_>, target: &mut Session, delta: &Delta) -> Result<()> {
    flags(folder, target, &delta.reflag).await?;
    deletions(folder, target, delta).await
}

async fn flags(folder: &mut FolderContext<'_>, target: &mut Session, changes: &[Reflag]) -> Result<()> {
    // Equal changes travel together.
    let mut groups: BTreeMap<(String, String), Vec<&Reflag>> = BTreeMap::new();
    for change in changes {
        let key = (change.add.to_string(), change.remove.to_string());
        groups.entry(key).or_default().push(change);
    }
    for group in groups.into_values() {
        let Some(first) = group.first() else { continue };
        let uids: UidSet = group.iter().map(|change| change.target).collect();
        target.change_flags(&uids, &first.add, &first.remove).await?;
        let entries: Vec<Entry> = group
            .iter()
            .map(|change| Entry::Flagged {
                uid: change.uid,
                flags: change.flags.clone(),
            })
            .collect();
        folder.remember(&entries).await?;
        folder.attempts.reflagged += group.len() as u64;
        folder.attempts.progressed = true;
    }
    Ok(())
}

async fn deletions(folder: &mut FolderContext<'_>, target: &mut Session, delta: &Delta) -> Result<()> {
    if delta.gone.is_empty() {
        return Ok(());
    }
    let copies: UidSet = delta.gone.iter().filter_map(|(_, copy)| *copy).collect();
    match target.remove(&copies).await {
        Ok(()) => {
            folder.attempts.removed += copies.len();
            let removed = delta.gone.iter().filter(|(_, copy)| copy.is_some());
            removed.for_each(|(uid, _)| {
                folder.attempts.gone.insert(*uid);
            });
        }
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            // Marked, as a mail program would; who expunges the mailbox removes them.
            let deleted: Flags = ["\\Deleted"].into_iter().collect();
            target.change_flags(&copies, &deleted, &Flags::new()).await?;
            copies
                .iter()
                .for_each(|target| folder.notice(Finding::NotRemoved { target }));
        }
        Err(error) => return Err(error),
    }
    let uids = delta.gone.iter().map(|(uid, _)| *uid).collect();
    folder.remember(&[Entry::Gone { uids }]).await
}
