//! Books of a journal that somebody else wrote: read or refused, alone and as a whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tegu_migrate::imap::MailboxName;
use tegu_migrate::imap::ledger::Ledger as _;
use tegu_migrate::journal::{
    Book, BookKind, Claim, ImapLedger, Job, Journal as _, MemoryJournal, Records, Scope, export,
};
use tegu_migrate::{Account, Entity};

/// A journal in memory has nothing to wait for.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fuzz_target!(|octets: &[u8]| {
    let journal = Arc::new(MemoryJournal::new());
    let job = Job::new(Entity::Mail, Account::new("anna@example.test"));
    now(journal.begin("plan", std::slice::from_ref(&job))).expect("an empty journal takes jobs");
    let Ok(Claim::Job(lease)) = now(journal.claim("worker", Duration::from_secs(60))) else {
        panic!("there is a job");
    };
    let scope = Scope::new(Entity::Mail, job.account.id.clone(), vec!["INBOX".into()]);
    let inbox = MailboxName::new("INBOX").expect("a name");
    let books = BookKind::ALL.map(|kind| Book::new(kind, inbox.raw()));
    for book in books.iter().chain([&scope.book()]) {
        now(journal.append(&lease, book, octets)).expect("octets are octets");
    }
    let _ = now(Records::read(journal.as_ref(), &scope));
    let _ = now(ImapLedger::read_only(journal.clone(), job.key()).read(&inbox));
    let mut lines = Vec::new();
    let _ = now(export(journal.as_ref(), &mut lines));
    assert!(lines.is_empty() || lines.ends_with(b"\n"));
});
