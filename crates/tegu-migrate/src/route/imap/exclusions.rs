//! What the policy leaves out of a transfer, and by which of its rules.

use crate::{Finding, Policy, message::InternalDate, report::ContainerReport};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tegu_imap::{
    Uid,
    mailbox::{Mailbox, MailboxName},
    snapshot::SnapshotEntry,
};

/// Folders as the policy knows them, and what was left out of them.
#[derive(Debug, Default)]
pub(super) struct Exclusions(Mutex<HashMap<MailboxName, Folder>>);

#[derive(Debug, Default)]
struct Folder {
    path: Vec<String>,
    whole: bool,
    /// By code. A message that is asked about again is left out once.
    messages: HashMap<Uid, String>,
}

impl Exclusions {
    /// Whether a folder takes part.
    pub(super) fn takes(&self, policy: &Policy, mailbox: &Mailbox) -> bool {
        let path = path(mailbox);
        let takes = policy.takes_folder(&path);
        let folder = Folder {
            path,
            whole: !takes,
            ..Folder::default()
        };
        self.lock().insert(mailbox.name.clone(), folder);
        takes
    }

    /// Whether a message is left out.
    pub(super) fn excludes(&self, policy: &Policy, folder: &MailboxName, message: &SnapshotEntry) -> bool {
        let mut folders = self.lock();
        let folder = folders.entry(folder.clone()).or_default();
        let date = message
            .internal_date
            .and_then(|date| InternalDate::from(date).timestamp());
        match policy.excludes(&folder.path, date, Some(message.size)) {
            Some(why) => {
                folder.messages.insert(message.uid, why.code.into_owned());
                true
            }
            None => false,
        }
    }

    /// The rule that excludes a message.
    pub(super) fn finding(&self, folder: &MailboxName, uid: Uid) -> Option<Finding> {
        let folders = self.lock();
        let code = folders.get(folder)?.messages.get(&uid)?.clone();
        Some(Finding::info(code, "excluded by the policy"))
    }

    /// The rule that excludes a whole folder.
    pub(super) fn of_folder(&self, folder: &MailboxName) -> Option<Finding> {
        let whole = self.lock().get(folder)?.whole;
        whole.then(|| Finding::info("POLICY-FOLDER", "the folder is excluded by the policy"))
    }

    /// Names the rules in a folder's row.
    pub(super) fn tell(&self, name: &MailboxName, row: &mut ContainerReport) {
        let folders = self.lock();
        let Some(folder) = folders.get(name) else { return };
        if folder.whole && row.counts.excluded > 0 {
            *row.findings.entry("POLICY-FOLDER".into()).or_default() += row.counts.excluded;
        }
        for code in folder.messages.values() {
            *row.findings.entry(code.clone()).or_default() += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MailboxName, Folder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A folder's path on the source. Servers that part levels by a dot have all folders below the inbox, which does not count.
fn path(mailbox: &Mailbox) -> Vec<String> {
    let mut levels = mailbox.name.levels(mailbox.delimiter);
    let below_inbox = mailbox.delimiter == Some('.') && levels.len() > 1;
    if below_inbox && levels.first().is_some_and(MailboxName::is_inbox) {
        levels.remove(0);
    }
    levels.iter().map(MailboxName::label).collect()
}
