//! A target that has no room left: messages keep their order.

use super::context::FolderContext;
use crate::finding::Finding;
use crate::ledger::{Entry, Origin, Sending};
use crate::session::Session;
use crate::wire::{Uid, UidSet};
use crate::{ErrorKind, Result};

/// The target had no room for the message `first`, and may have stored some that were sent after it. They are taken back,
/// so that a run that finds room again stores all of them in order. `left` are those that were not sent.
pub(super) async fn keep_order(
    folder: &mut FolderContext<'_>,
    target: &mut Session,
    wanted: &UidSet,
    first: Uid,
    left: &UidSet,
) -> Result<()> {
    let record = &folder.record;
    let behind: Vec<(Uid, Uid)> = record
        .copies()
        .filter(|(uid, _, origin)| *uid > first && wanted.contains(*uid) && *origin == Origin::Copied)
        .map(|(uid, copy, _)| (uid, copy))
        .collect();
    if let Some(mark) = behind.iter().map(|(_, copy)| *copy).min()
        && target.capabilities().has("UIDPLUS")
    {
        let taken: UidSet = behind.iter().map(|(uid, _)| *uid).collect();
        let messages = record.stored().filter(|(uid, _)| taken.contains(*uid));
        let messages = messages.map(|(uid, copy)| Sending::new(uid, copy.digest, copy.octets));
        // Until they are removed, a run that is killed here would find them behind this mark.
        let intent = Entry::Intent {
            mark,
            at: super::context::now(),
            messages: messages.collect(),
        };
        folder.remember(&[intent]).await?;
        leave(folder, &taken).await?;
        target.select(&folder.job.target).await?;
        let copies = behind.iter().map(|(_, copy)| *copy).collect();
        match target.remove(&copies).await {
            Ok(()) => folder.refused(taken).await?,
            // Order is lost, messages are not: they are found behind the mark.
            Err(error) if error.kind() == ErrorKind::Refused => {}
            Err(error) => return Err(error),
        }
    }
    leave(folder, left).await
}

async fn leave(folder: &mut FolderContext<'_>, uids: &UidSet) -> Result<()> {
    for uid in uids.iter() {
        folder.leave(uid, &Finding::OverQuota { uid }, 0).await?;
    }
    Ok(())
}
