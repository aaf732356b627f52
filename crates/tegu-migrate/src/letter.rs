//! A short letter to each owner, delivered into the new mailbox.

pub use crate::shared::LettersConfig;
use crate::{
    Account, Entity, Error, ErrorKind, Migration, Report, Result,
    error::cancelled,
    message::{Flags, InternalDate, Message},
    report::{LetterFailure, LettersReport},
    shared::Shared,
    sources::MailFolder,
    targets::{Access, MailTarget, Mark},
};
use std::collections::HashMap;
pub use tegu_report::letter::{Attachments, Deliveries, Letter, LetterWriter, Letters, Sent};
use tokio_util::sync::CancellationToken;

impl Migration {
    /// Delivers the letters of a report into the inboxes on the target. A [`run`](Self::run) of a job with
    /// [letters](crate::MigrationBuilder::letters) does this by itself.
    ///
    /// The same letter is never delivered twice: `letters/delivered.jsonl` remembers it, and a process that was killed in between looks
    /// first. Accounts that are not finished get their letter once they are. Call this from one process at a time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for a job without mail, [`ErrorKind::Cancelled`], [`ErrorKind::Io`], and a directory that cannot be
    /// read. A letter that cannot be delivered is no error: the answer names it.
    pub async fn deliver_letters(
        &self,
        letters: &Letters,
        report: &Report,
        cancel: &CancellationToken,
    ) -> Result<LettersReport> {
        let data = self.shared.directory.read().await?;
        self.shared
            .deliver_letters(letters, report, &data.accounts, cancel)
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
        cancel: &CancellationToken,
    ) -> Result<LettersReport> {
        let route = self.route(Entity::Mail);
        let Some(target) = route.and_then(|route| route.mailboxes()) else {
            return Err(Error::config(
                "letters: the job moves no mail, so there is nowhere to deliver to",
            ));
        };
        let mut deliveries = Deliveries::open(&self.out)?;
        let accounts: HashMap<&str, &Account> = accounts
            .iter()
            .map(|account| (account.mail.as_str(), account))
            .collect();
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
            match put(&letter, account, target, &mut deliveries).await {
                Ok(true) => delivered.delivered += 1,
                Ok(false) => delivered.present += 1,
                Err(error) if error.kind() == ErrorKind::Io => return Err(error),
                Err(error) => delivered.failed.push(LetterFailure::new(&account.mail, error)),
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
    deliveries: &mut Deliveries,
) -> Result<bool> {
    if deliveries.has(&account.id, &letter.id) {
        return Ok(false);
    }
    let inbox = MailFolder::named(vec!["INBOX".into()]);
    let mut writer = target.open(account, Access::Write).await?;
    writer.arrange(std::slice::from_ref(&inbox)).await?;
    let folder = writer.prepare(&inbox).await?;
    if let Some(sent) = deliveries.unsettled(&account.id).cloned() {
        let stored = writer.stored(&folder, Some(&Mark::new(sent.mark))).await?;
        let arrived = stored.iter().any(|there| there.digest.to_string() == sent.digest);
        deliveries.settle(&account.id, sent.id.clone(), arrived)?;
        if arrived && sent.id == letter.id {
            return Ok(false);
        }
    }
    let now = InternalDate::new(jiff::Timestamp::now().as_second(), 0);
    let message = Message::new(Flags::default(), Some(now), letter.message.clone());
    let digest = message.body.digest()?;
    let mark = writer.mark(&folder).await?;
    let sent = Sent::new(&letter.id, mark.as_str(), digest);
    deliveries.sends(&account.id, sent)?;
    writer.append(&folder, std::slice::from_ref(&message)).await?;
    let stored = writer.stored(&folder, Some(&mark)).await?;
    if !stored.iter().any(|there| there.digest == digest) {
        let why = "the target does not give the letter back as it was written";
        return Err(Error::new(ErrorKind::Refused, why).at_target());
    }
    deliveries.settle(&account.id, letter.id.clone(), true)?;
    Ok(true)
}
