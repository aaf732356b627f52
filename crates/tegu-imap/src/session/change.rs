//! Changes messages: flags and deletion.

use super::Session;
use crate::wire::{Command, Flags};
use crate::{ErrorKind, Result, Uid, UidSet};

/// Room in a command for all but its UIDs.
const AROUND_UIDS: usize = 1000;

impl Session {
    /// Adds and removes flags of messages in the open mailbox. Messages that no longer exist are skipped.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) if the server says no, [`Config`](ErrorKind::Config) for keywords that
    /// no command can carry.
    pub async fn change_flags(&mut self, uids: &UidSet, add: &Flags, remove: &Flags) -> Result<()> {
        let octets = self.quirks.command_octets.saturating_sub(AROUND_UIDS);
        for (word, flags) in [("+FLAGS.SILENT", add), ("-FLAGS.SILENT", remove)] {
            if flags.is_empty() {
                continue;
            }
            for part in uids.chunks(u32::MAX, octets) {
                let command = Command::new("UID STORE").uids(&part).word(word).flags(flags)?;
                self.run(("change flags", ""), command, |_| Ok(())).await?;
            }
        }
        Ok(())
    }

    /// Removes messages of the open mailbox for good, and no others (`UID EXPUNGE`, RFC 4315).
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) if the server lacks UIDPLUS, since a plain EXPUNGE would also remove messages that
    /// others marked as deleted; [`Refused`](ErrorKind::Refused) if the server says no.
    pub async fn remove(&mut self, uids: &UidSet) -> Result<()> {
        if !self.capabilities.has("UIDPLUS") {
            let message = "the server lacks UIDPLUS";
            return Err(self
                .connection
                .error(ErrorKind::Unsupported, message)
                .doing("remove messages", ""));
        }
        let deleted: Flags = ["\\Deleted"].into_iter().collect();
        self.change_flags(uids, &deleted, &Flags::new()).await?;
        let octets = self.quirks.command_octets.saturating_sub(AROUND_UIDS);
        for part in uids.chunks(u32::MAX, octets) {
            let command = Command::new("UID EXPUNGE").uids(&part);
            self.run(("remove messages", ""), command, |_| Ok(())).await?;
        }
        Ok(())
    }

    /// Like [`remove`](Self::remove), but also works without UIDPLUS, by a plain EXPUNGE, if no other message of the mailbox is marked as
    /// deleted.
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) if another message is marked. The marks of this call are then removed.
    pub(crate) async fn remove_alone(&mut self, uids: &UidSet) -> Result<()> {
        if self.capabilities.has("UIDPLUS") {
            return self.remove(uids).await;
        }
        let (deleted, none): (Flags, _) = (["\\Deleted"].into_iter().collect(), Flags::new());
        self.change_flags(uids, &deleted, &none).await?;
        let snapshot = self.snapshot(Uid::MIN).await?;
        let others = snapshot
            .entries
            .iter()
            .any(|entry| !uids.contains(entry.uid) && entry.flags.contains("\\Deleted"));
        if others {
            self.change_flags(uids, &none, &deleted).await?;
            let message = "the server lacks UIDPLUS, and other messages are marked as deleted";
            return Err(self
                .connection
                .error(ErrorKind::Unsupported, message)
                .doing("remove messages", ""));
        }
        let expunge = Command::new("EXPUNGE");
        self.run(("remove messages", ""), expunge, |_| Ok(())).await?;
        Ok(())
    }
}
