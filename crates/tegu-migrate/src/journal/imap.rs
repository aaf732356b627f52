use super::{Book, BookKind, JobKey, Journal, Lease, Records, Scope, codec};
use crate::{
    Digest, Error, ErrorKind, Finding, Result, State,
    worker::{AtWork, Gate},
};
use std::{collections::HashMap, sync::Arc};
use tegu_imap::{
    MailboxName, Uid,
    ledger::{BoxFuture, Entry, Ledger, Record},
};

/// tegu-imap's ledger of one account, kept in a journal.
#[derive(Clone, Debug)]
pub struct ImapLedger {
    journal: Arc<dyn Journal>,
    key: JobKey,
    lease: Option<Arc<Lease>>,
    /// Dropped after the journal.
    _at_work: Option<AtWork>,
}

impl ImapLedger {
    /// The ledger of the job that is held.
    pub fn new(journal: Arc<dyn Journal>, lease: Arc<Lease>) -> Self {
        Self {
            key: lease.key().clone(),
            journal,
            lease: Some(lease),
            _at_work: None,
        }
    }

    /// The ledger of a job that a crew works on, which waits for whoever has it.
    pub(crate) fn of(gate: &Gate) -> Self {
        Self {
            _at_work: Some(gate.at_work.clone()),
            ..Self::new(gate.journal.clone(), gate.lease.clone())
        }
    }

    /// The ledger of a job, to be read only.
    pub fn read_only(journal: Arc<dyn Journal>, key: JobKey) -> Self {
        Self {
            journal,
            key,
            lease: None,
            _at_work: None,
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

/// What is known of a mail folder's messages, whichever way they moved, by their identity on the source.
pub(crate) async fn messages(journal: &dyn Journal, scope: &Scope) -> Result<HashMap<String, super::Record>> {
    let job = scope.job();
    let mut known = Records::read(journal, scope).await?.records;
    for book in journal.books(&job).await? {
        let name = MailboxName::from_wire(&book.name);
        if book.kind != BookKind::Imap || !is_called(&name, &scope.container) {
            continue;
        }
        let octets = journal.read(&job, &book).await?;
        let mut record = Record::new();
        codec::decode(&octets, |entry| record.apply(entry)).ok_or_else(|| damaged(&job, name.as_str()))?;
        let Some(generation) = record.pair().map(|pair| pair.source.get()) else {
            continue;
        };
        let id = |uid: Uid| format!("{generation}:{}", uid.get());
        for (uid, standing) in record.standing() {
            let moved = standing.state == tegu_imap::State::Moved;
            let mut record = super::Record::new(if moved { State::Moved } else { State::Present });
            record.digest = standing
                .digest
                .map(|digest| Digest::from_bytes(*digest.as_bytes()));
            record.bytes = standing.octets;
            known.insert(id(uid), record);
        }
        for (uid, state, code, text) in record.staying() {
            let manual = state == tegu_imap::State::Manual;
            let mut record = super::Record::new(if manual { State::Manual } else { State::Failed });
            record.findings.push(Finding::lossy(code.to_owned(), text));
            known.insert(id(uid), record);
        }
    }
    Ok(known)
}

/// Whether a mailbox has this path, by whichever character its server parts levels; a dot may stand below the inbox.
fn is_called(name: &MailboxName, path: &[String]) -> bool {
    let name = name.as_str();
    ["/", ".", "\\"]
        .iter()
        .any(|delimiter| path.join(delimiter) == name)
        || name
            .strip_prefix("INBOX.")
            .is_some_and(|below| path.join(".") == below)
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

    /// Does nothing: who runs the migration flushes the journal for all accounts together, every second and at the end. What
    /// is forgotten when the power fails in between is recognised on the target by its content.
    fn sync(&self) -> BoxFuture<'_, tegu_imap::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
