//! Records that somebody else wrote: read or refused. What is written is read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use tegu_fuzz::now;
use tegu_journal::{Claim, ContainerKey, Job, JobKey, Journal as _, Kind, MemoryJournal, Records};

fuzz_target!(|octets: &[u8]| {
    let Some(found) = Records::decode(octets) else {
        return;
    };
    let kind = Kind::from_static("mail");
    let journal = MemoryJournal::new();
    let job = Job::new(JobKey::new(kind.clone(), "anna"), &()).expect("nothing has a form in JSON");
    now(journal.begin(&"settings".into(), &[job])).expect("an empty journal takes jobs");
    let Ok(Claim::Job(lease)) = now(journal.claim("worker", Duration::from_secs(60))) else {
        panic!("there is a job");
    };
    let container = ContainerKey::new(kind, "anna", vec!["INBOX".to_owned()]);
    let records = Records::new(&journal, &lease);
    if let Some(name) = &found.target {
        now(records.target(&container, name)).expect("a name is written");
    }
    let all = found.records.clone().into_iter().collect::<Vec<_>>();
    now(records.resolve(&container, &all, &found.doubts)).expect("records and doubts are written");
    if let Some(intent) = &found.intent {
        now(records.begin(&container, intent)).expect("an intent is written");
    }
    assert_eq!(
        now(records.open(&container)).expect("what was written is read"),
        found
    );
});
