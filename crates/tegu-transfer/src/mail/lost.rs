//! Messages that the journal knows on the target, and that a target which is the job's alone holds no more.

use super::{stored::StoredMessages, walk::FolderWalk};
use crate::{
    Finding, Result, State,
    journal::Record,
    message::Listed,
    route::record,
    targets::{MailWriter, TargetFolder},
};
use std::collections::{HashMap, HashSet};

pub(super) const LOST: &str = "MAIL-TARGET-LOST";

impl FolderWalk<'_, '_> {
    /// Takes from `known` what the target lost, and remembers it. The folder is read only if it holds fewer messages than the journal
    /// knows there.
    pub(super) async fn look_for_lost(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        known: &mut HashMap<String, Record>,
    ) -> Result<()> {
        let mut ours: Vec<_> = known
            .iter()
            .filter(|(_, record)| record.stands_on_target())
            .collect();
        if !target.capabilities.exclusive || ours.len() as u64 <= target.messages {
            return Ok(());
        }
        ours.sort_by_key(|(id, _)| *id);
        let mut stored = StoredMessages::default();
        if target.exists {
            stored = StoredMessages::new(writer.stored(target, None).await?);
        }
        let is_lost = |record: &Record| {
            let digest = record.proof.or(record.digest);
            digest.is_some_and(|digest| stored.take(&digest).is_none())
        };
        self.lost = missing(ours, is_lost);
        known.retain(|id, _| !self.lost.contains(id));
        Ok(())
    }

    /// Accounts for messages of the source that the target lost. Returns the others.
    pub(super) async fn settle_lost(&mut self, listed: &[Listed]) -> Result<Vec<Listed>> {
        let (lost, others): (Vec<_>, Vec<_>) = listed
            .iter()
            .cloned()
            .partition(|message| self.lost.contains(&message.id));
        let mut settled = Vec::with_capacity(lost.len());
        for message in lost {
            self.lost.remove(&message.id);
            settled.push((message.id, lost_record(message.size_hint)));
        }
        self.effects.settle(&self.scope, &settled).await?;
        Ok(others)
    }

    /// Names what was lost and is not on the source either.
    pub(super) fn name_lost(&self) {
        self.effects.notice(&self.scope, LOST, self.lost.len() as u64);
    }
}

fn missing(ours: Vec<(&String, &Record)>, mut is_lost: impl FnMut(&Record) -> bool) -> HashSet<String> {
    ours.into_iter()
        .filter(|(_, record)| is_lost(record))
        .map(|(id, _)| id.clone())
        .collect()
}

/// The state of a message that was lost: the next run sends it again.
pub(super) fn lost_record(bytes: u64) -> Record {
    let why = "the target holds the message no more, and nobody but this job works there; the next run copies it again";
    record(State::Failed, bytes, vec![Finding::lossy(LOST, why)])
}
