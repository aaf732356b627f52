//! The ledger of letters: read, cut off or refused, each time the same; what is delivered stays delivered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::{frugal, scratch};
use tegu_report::letter::{Deliveries, Sent};

fuzz_target!(|data: &[u8]| {
    let job = scratch("job");
    let folder = job.join("letters");
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    let path = folder.join("delivered.jsonl");
    std::fs::write(&path, data).expect("a scratch file");
    let Ok(mut ledger) = frugal(data.len(), || Deliveries::open(&job)) else {
        return;
    };
    let cut = std::fs::read(&path).expect("the ledger");
    assert!(data.starts_with(&cut) && (cut.is_empty() || cut.ends_with(b"\n")));
    let before = ledger.unsettled("anna").map(|sent| format!("{sent:?}"));
    drop(ledger);
    ledger = Deliveries::open(&job).expect("what was opened can be opened");
    assert_eq!(ledger.unsettled("anna").map(|sent| format!("{sent:?}")), before);
    ledger
        .sends("anna", Sent::new("id", "mark", "digest"))
        .expect("a line is written");
    drop(ledger);
    ledger = Deliveries::open(&job).expect("what was written can be opened");
    assert!(ledger.unsettled("anna").is_some());
    ledger
        .settle("anna", "id".to_owned(), true)
        .expect("a line is written");
    drop(ledger);
    let ledger = Deliveries::open(&job).expect("what was written can be opened");
    assert!(ledger.has("anna", "id"));
});
