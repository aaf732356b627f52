//! A short letter to each owner, delivered into the new mailbox.

mod turn;

use self::turn::Ledger;
use crate::{
    Account, Entity, Error, ErrorKind, Migration, Report, Result,
    error::cancelled,
    journal::Journal,
    message::{Flags, InternalDate, Message},
    report::{LetterFailure, LettersReport},
    shared::Shared,
    sources::MailFolder,
    targets::{Access, MailTarget, MailWriter, Mark, Stored, TargetFolder},
};
use std::{collections::HashMap, sync::Arc};
pub use tegu_report::letter::{Attachments, Deliveries, Letter, LetterWriter, Letters, LettersConfig, Sent};
use tokio_util::sync::CancellationToken;

impl Migration {
    /// Delivers the letters of a report into the inboxes on the target. A [`run`](Self::run) of a job with
    /// [letters](crate::MigrationBuilder::letters) does this by itself.
    ///
    /// The same letter is never delivered twice: `letters/delivered.jsonl` remembers it, and a process that was killed in between looks
    /// first. Accounts that are not finished get their letter once they are. Processes that share a journal deliver one after the other,
    /// each under a lease, and know what the others delivered.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`], [`ErrorKind::Config`] for a job without mail, [`ErrorKind::Cancelled`], [`ErrorKind::Io`], and a directory that cannot be
    /// read. A letter that cannot be delivered is no error: the answer names it.
    pub async fn deliver_letters(
        &self,
        letters: &Letters,
        report: &Report,
        cancel: &CancellationToken,
    ) -> Result<LettersReport> {
        let data = self.shared.directory.read().await?;
        let journal = self.shared.open_journal_if_any().await?;
        self.shared
            .deliver_letters(letters, report, &data.accounts, journal.as_ref(), cancel)
            .await
    }
}

impl Shared {
    /// As [`Migration::deliver_letters`], to accounts that are known.
    pub(crate) async fn deliver_letters(
        &self,
        letters: &Letters,
        report: &Report,
        accounts: &[Account],
        journal: Option<&Arc<dyn Journal>>,
        cancel: &CancellationToken,
    ) -> Result<LettersReport> {
        let route = self.route(Entity::Mail);
        let Some(target) = route.and_then(|route| route.mailboxes()) else {
            return Err(Error::config(
                "letters: the job moves no mail, so there is nowhere to deliver to",
            ));
        };
        let accounts: HashMap<&str, &Account> = accounts
            .iter()
            .map(|account| (account.mail.as_str(), account))
            .collect();
        loop {
            let mut ledger = self.in_turn(journal, cancel).await?;
            let lost = Ledger::keep(ledger.keeper());
            let ended = tokio::select! {
                lost = lost => Err(lost),
                ended = self.deliver_all(letters, report, &accounts, target, &mut ledger, cancel) => ended,
            };
            match ended {
                // Another process goes on. When it is through, this one looks what is left.
                Err(error) if error.kind() == ErrorKind::LeaseLost => {}
                ended => {
                    ledger.end(ended.is_ok()).await;
                    return ended;
                }
            }
        }
    }

    async fn deliver_all(
        &self,
        letters: &Letters,
        report: &Report,
        accounts: &HashMap<&str, &Account>,
        target: &dyn MailTarget,
        ledger: &mut Ledger,
        cancel: &CancellationToken,
    ) -> Result<LettersReport> {
        let mut delivered = LettersReport::default();
        let writer = letters.about(report);
        for row in &report.accounts {
            if cancel.is_cancelled() {
                return Err(cancelled());
            }
            let Some(account) = accounts.get(row.account.as_str()) else {
                continue;
            };
            if !row.is_complete() {
                delivered.unfinished += 1;
                continue;
            }
            let attachments = writer.attachments(row, &self.out)?;
            let letter = writer.compose(row, &attachments)?;
            match put(&letter, account, target, ledger).await {
                Ok(true) => delivered.delivered += 1,
                Ok(false) => delivered.present += 1,
                Err(error) if concerns_all(&error) => return Err(error),
                Err(error) => delivered.failed.push(LetterFailure::new(&account.mail, error)),
            }
        }
        Ok(delivered)
    }
}

/// Whether an error says something about the ledger and not about one mailbox.
fn concerns_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Io | ErrorKind::Journal | ErrorKind::LeaseLost
    )
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
    let mut writer = target.open(account, Access::Write).await?;
    writer.arrange(std::slice::from_ref(&inbox)).await?;
    let folder = writer.prepare(&inbox).await?;
    if let Some(sent) = ledger.unsettled(&account.id) {
        let arrived = has_arrived(writer.as_mut(), &folder, &sent).await?;
        ledger.settle(&account.id, &sent.id, arrived).await?;
        if arrived && sent.id == letter.id {
            return Ok(false);
        }
    }
    let now = InternalDate::new(jiff::Timestamp::now().as_second(), 0);
    let message = Message::new(Flags::default(), Some(now), letter.message.clone());
    let digest = message.body.digest()?;
    let mark = writer.mark(&folder).await?;
    let sent = Sent::new(&letter.id, mark.as_str(), digest);
    ledger.sends(&account.id, sent).await?;
    ledger.check().await?;
    writer.append(&folder, std::slice::from_ref(&message)).await?;
    let stored = writer.stored(&folder, Some(&mark)).await?;
    if !stored.iter().any(|there| there.digest == digest) {
        let why = "the target does not give the letter back as it was written";
        return Err(Error::new(ErrorKind::Refused, why).at_target());
    }
    ledger.settle(&account.id, &letter.id, true).await?;
    Ok(true)
}

/// Whether a letter arrived that a process sent and knew no more of. What may still be on its way is waited for.
async fn has_arrived(writer: &mut dyn MailWriter, folder: &TargetFolder, sent: &Sent) -> Result<bool> {
    let mark = Mark::new(sent.mark.clone());
    let is_sent = |there: &Stored| there.digest.to_string() == sent.digest;
    if writer.stored(folder, Some(&mark)).await?.iter().any(is_sent) {
        return Ok(true);
    }
    tokio::time::sleep(folder.capabilities.lateness).await;
    Ok(writer.stored(folder, Some(&mark)).await?.iter().any(is_sent))
}
