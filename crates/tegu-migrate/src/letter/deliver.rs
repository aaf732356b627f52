//! Puts letters into the new mailboxes: each once, however often a run is killed.

use super::{
    Letter, Letters,
    ledger::{Ledger, Sent},
};
use crate::{
    Account, Entity, Error, ErrorKind, Migration, Report, Result,
    message::{Flags, InternalDate, Message},
    report::Problem,
    source::MailFolder,
    target::{MailTarget, Mark},
};
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// What became of letters.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Delivered {
    /// Letters that were put into a mailbox now, and read back.
    pub delivered: usize,
    /// Letters that stood there already.
    pub present: usize,
    /// Accounts whose letter could not be delivered, and why.
    pub failed: Vec<(String, Problem)>,
}

impl Letters {
    /// Delivers the letters of a report into the inboxes on the target. The same letter is never delivered twice:
    /// `letters/delivered.jsonl` remembers it, and a process that was killed in between looks first. Call it from one process, after
    /// the run.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for a job without mail, [`ErrorKind::Cancelled`], [`ErrorKind::Io`], and a directory that cannot be
    /// read. An account that fails is no error: the answer names it.
    pub async fn deliver(
        &self,
        migration: &Migration,
        report: &Report,
        cancel: &CancellationToken,
    ) -> Result<Delivered> {
        let shared = &migration.shared;
        let Some((_, target)) = &shared.mail else {
            return Err(Error::config(
                "letters: the job moves no mail, so there is nowhere to deliver to",
            ));
        };
        let mut ledger = Ledger::open(&shared.out)?;
        let data = shared.directory.read().await?;
        let accounts: HashMap<&str, &Account> = data
            .accounts
            .iter()
            .map(|account| (account.mail.as_str(), account))
            .collect();
        let mut delivered = Delivered::default();
        for row in &report.accounts {
            if cancel.is_cancelled() {
                return Err(Error::cancelled());
            }
            let Some(account) = accounts.get(row.account.as_str()) else {
                continue;
            };
            let letter = self.compose(report, row, &shared.out)?;
            match put(&letter, account, target.as_ref(), &mut ledger).await {
                Ok(true) => delivered.delivered += 1,
                Ok(false) => delivered.present += 1,
                Err(error) if error.kind() == ErrorKind::Io => return Err(error),
                Err(error) => {
                    let problem = Problem {
                        entity: Entity::Mail,
                        error: error.to_string(),
                    };
                    delivered.failed.push((account.mail.clone(), problem));
                }
            }
        }
        Ok(delivered)
    }
}

/// Whether the letter is new in the mailbox.
async fn put(
    letter: &Letter,
    account: &Account,
    target: &dyn MailTarget,
    ledger: &mut Ledger,
) -> Result<bool> {
    if ledger.has(&account.id, &letter.id) {
        return Ok(false);
    }
    let inbox = MailFolder::named(vec!["INBOX".into()]);
    let mut writer = target.open(account).await?;
    writer.arrange(std::slice::from_ref(&inbox)).await?;
    let folder = writer.prepare(&inbox).await?;
    if let Some(Sent { id, mark, digest }) = ledger.unsettled(&account.id).cloned() {
        let stored = writer.stored(&folder, Some(&Mark::new(mark))).await?;
        let arrived = stored.iter().any(|there| there.digest == digest);
        ledger.settle(&account.id, id.clone(), arrived)?;
        if arrived && id == letter.id {
            return Ok(false);
        }
    }
    let now = InternalDate::new(jiff::Timestamp::now().as_second(), 0);
    let message = Message::new(Flags::default(), Some(now), letter.message.clone());
    let digest = message.body.digest()?;
    let mark = writer.mark(&folder).await?;
    let sent = Sent {
        id: letter.id.clone(),
        mark: mark.as_str().to_owned(),
        digest,
    };
    ledger.sends(&account.id, sent)?;
    writer.append(&folder, std::slice::from_ref(&message)).await?;
    let stored = writer.stored(&folder, Some(&mark)).await?;
    if !stored.iter().any(|there| there.digest == digest) {
        let why = "the target does not give the letter back as it was written";
        return Err(Error::new(ErrorKind::Target, why));
    }
    ledger.settle(&account.id, letter.id.clone(), true)?;
    Ok(true)
}
