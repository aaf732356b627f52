//! The ledger of letters that were delivered.

use std::fs;
use tegu_report::{
    ErrorKind,
    letter::{Deliveries, Sent},
};

#[test]
fn it_comes_back_and_half_a_line_does_not() {
    let scratch = tempfile::tempdir().unwrap();
    let sent = |id: &str| Sent::new(id, "7:1", format_args!("{id}{id}"));
    let mut ledger = Deliveries::open(scratch.path()).unwrap();
    ledger.sends("anna", sent("1")).unwrap();
    ledger.settle("anna", "1".into(), true).unwrap();
    ledger.sends("anna", sent("2")).unwrap();
    ledger.sends("boris", sent("1")).unwrap();
    ledger.settle("boris", "1".into(), false).unwrap();
    let path = scratch.path().join("letters/delivered.jsonl");
    let mut text = fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"account\":\"ver");
    fs::write(&path, text).unwrap();

    let mut ledger = Deliveries::open(scratch.path()).unwrap();
    assert!(ledger.has("anna", "1") && !ledger.has("anna", "2") && !ledger.has("boris", "1"));
    assert_eq!(ledger.unsettled("anna"), Some(&sent("2")));
    assert_eq!(ledger.unsettled("boris"), None);
    ledger.settle("anna", "2".into(), true).unwrap();
    assert!(Deliveries::open(scratch.path()).unwrap().has("anna", "2"));

    fs::write(&path, "no line of ours\n").unwrap();
    assert_eq!(
        Deliveries::open(scratch.path()).unwrap_err().kind(),
        ErrorKind::Journal
    );
}
