//! What an account's folders, calendars and address books are called on the target.

use super::IMAP;
use crate::{
    Entity, Result,
    journal::{ContainerKey, Journal, RECORDS, Records},
};
use tegu_imap::MailboxName;
use tegu_transfer::job::job_key;

/// The folders of an account whose mail has moved: their paths on the source, and their names on the target, as its mail route noted them.
pub(crate) async fn folders(journal: &dyn Journal, account: &str) -> Result<Vec<(Vec<String>, String)>> {
    let key = job_key(Entity::Mail, account);
    let mut all = Vec::new();
    for log in journal.logs(&key).await? {
        if log.kind == RECORDS {
            let scope = ContainerKey::of_log(&key, &log);
            let target = Records::read(journal, &scope).await?.target;
            all.extend(target.map(|name| (scope.path, name)));
        } else if log.kind == IMAP {
            let mailbox = MailboxName::from_wire(&log.name);
            let record = super::record(&journal.read(&key, &log).await?, &key, &mailbox)?;
            let Some(pair) = record.pair() else { continue };
            let levels = mailbox.levels(record.delimiter());
            let levels = levels.iter().map(|level| level.as_str().to_owned()).collect();
            all.push((levels, pair.name.label()));
        }
    }
    // A name that is no text cannot stand in a script.
    let is_text = |name: &str| MailboxName::from_label(name).is_ok_and(|mailbox| mailbox.as_str() == name);
    all.retain(|(_, name)| is_text(name));
    Ok(all)
}

/// The calendars or address books of an account that have moved: their names on the source, and their URLs.
pub(crate) async fn collections(
    journal: &dyn Journal,
    entity: Entity,
    account: &str,
) -> Result<Vec<(Vec<String>, String)>> {
    let key = job_key(entity, account);
    let mut all = Vec::new();
    for log in journal
        .logs(&key)
        .await?
        .into_iter()
        .filter(|log| log.kind == RECORDS)
    {
        let scope = ContainerKey::of_log(&key, &log);
        let target = Records::read(journal, &scope).await?.target;
        all.extend(target.map(|url| (scope.path, url)));
    }
    Ok(all)
}
