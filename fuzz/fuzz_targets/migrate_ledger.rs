//! Logs of a journal that somebody else wrote: read or refused, alone and as a whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use std::time::Duration;
use tegu_fuzz::now;
use tegu_migrate::imap::MailboxName;
use tegu_migrate::imap::ledger::Ledger as _;
use tegu_migrate::journal::{Claim, Job, JobKey, Journal as _, Kind, LogName, MemoryJournal, RECORDS};
use tegu_migrate::ledger::{FINDINGS, IMAP, ImapLedger, PROOFS, export};
use tegu_migrate::{Account, Entity};

fuzz_target!(|octets: &[u8]| {
    let journal = Arc::new(MemoryJournal::new());
    let account = Account::new("anna@example.test");
    let job = Job::new(
        JobKey::new(Kind::from_static(Entity::Mail.name()), &account.id),
        &account,
    )
    .expect("an account has a form in JSON");
    now(journal.begin(&"settings".into(), std::slice::from_ref(&job))).expect("an empty journal takes jobs");
    let Ok(Claim::Job(lease)) = now(journal.claim("worker", Duration::from_secs(60))) else {
        panic!("there is a job");
    };
    let inbox = MailboxName::new("INBOX").expect("a name");
    for kind in [IMAP, PROOFS, FINDINGS, RECORDS] {
        let log = LogName::new(kind, inbox.raw());
        now(journal.append(&lease, &log, octets)).expect("octets are octets");
    }
    let _ = now(ImapLedger::read_only(journal.clone(), job.key().clone()).read(&inbox));
    let mut lines = Vec::new();
    let _ = now(export(journal.as_ref(), &mut lines));
    assert!(lines.is_empty() || lines.ends_with(b"\n"));
});
