use super::{Book, BookKind, JobKey, Journal, Lease, codec};
use crate::{Error, ErrorKind, Result};
use std::sync::Arc;
use tegu_imap::{
    MailboxName,
    ledger::{BoxFuture, Entry, Ledger, Record},
};

/// tegu-imap's ledger of one account, kept in a journal.
#[derive(Clone, Debug)]
pub struct ImapLedger {
    journal: Arc<dyn Journal>,
    key: JobKey,
    lease: Option<Arc<Lease>>,
}

impl ImapLedger {
    /// The ledger of the job that is held.
    pub fn new(journal: Arc<dyn Journal>, lease: Arc<Lease>) -> Self {
        Self {
            key: lease.key().clone(),
            journal,
            lease: Some(lease),
        }
    }

    /// The ledger of a job, to be read only.
    pub fn read_only(journal: Arc<dyn Journal>, key: JobKey) -> Self {
        Self {
            journal,
            key,
            lease: None,
        }
    }

    async fn record(&self, mailbox: &MailboxName) -> Result<Record> {
        let book = self.journal.read(&self.key, &book(mailbox)).await?;
        let mut record = Record::new();
        codec::decode(&book, |entry| record.apply(entry))
            .ok_or_else(|| damaged(&self.key, &format!("the ledger of {mailbox}")))?;
        Ok(record)
    }

    async fn add(&self, mailbox: &MailboxName, entries: &[Entry]) -> Result<()> {
        let read_only = || {
            Error::new(
                ErrorKind::Journal,
                "writing a ledger that was opened for reading only",
            )
        };
        let lease = self.lease.as_ref().ok_or_else(read_only)?;
        let mut octets = Vec::with_capacity(48 * entries.len());
        codec::encode(entries, &mut octets);
        self.journal.append(lease, &book(mailbox), &octets).await
    }
}

fn book(mailbox: &MailboxName) -> Book {
    Book::new(BookKind::Imap, mailbox.raw())
}

/// What a journal holds makes no sense.
pub(super) fn damaged(key: &JobKey, what: &str) -> Error {
    let message = format!(
        "the journal is damaged: {what} ({} of {}) makes no sense",
        key.entity, key.account
    );
    Error::new(ErrorKind::Journal, message)
}

impl Ledger for ImapLedger {
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, tegu_imap::Result<Record>> {
        Box::pin(async move { self.record(mailbox).await.map_err(tegu_imap::Error::ledger) })
    }

    fn mailboxes(&self) -> BoxFuture<'_, tegu_imap::Result<Vec<MailboxName>>> {
        Box::pin(async move {
            let books = self
                .journal
                .books(&self.key)
                .await
                .map_err(tegu_imap::Error::ledger)?;
            let of_imap = books.iter().filter(|book| book.kind == BookKind::Imap);
            let mut names = of_imap
                .map(|book| MailboxName::from_wire(&book.name))
                .collect::<Vec<_>>();
            names.sort();
            Ok(names)
        })
    }

    fn write<'a>(
        &'a self,
        mailbox: &'a MailboxName,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, tegu_imap::Result<()>> {
        Box::pin(async move { self.add(mailbox, entries).await.map_err(tegu_imap::Error::ledger) })
    }

    fn sync(&self) -> BoxFuture<'_, tegu_imap::Result<()>> {
        Box::pin(async move { self.journal.sync().await.map_err(tegu_imap::Error::ledger) })
    }
}
