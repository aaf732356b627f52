//! The LDIF reader takes any bytes without a panic, what it read is written and read again as itself, and nothing costs more than its size allows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_ldap::Directory;
use tegu_ldap::ldif::{Limits, Reader, Record, Writer};

/// A change may hold the same attribute in several steps, and an entry may name it in several cases; both stay.
fn again(record: &Record) -> Record {
    let mut writer = Writer::new(Vec::new()).expect("memory takes it");
    writer.record(record).expect("memory takes it");
    let bytes = writer.into_inner();
    let mut records = Reader::new(&bytes[..], Limits::default());
    let first = records.next().expect("one record").expect("a sound record");
    assert!(records.next().is_none(), "one record became several");
    first
}

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::default();
    limits.line_bytes = 4 << 10;
    limits.record_bytes = 16 << 10;
    limits.record_lines = 200;
    let mut entries = Vec::new();
    for record in Reader::new(data, limits).filter_map(Result::ok) {
        let skipped = matches!(&record, Record::Content(e) if e.withheld() > 0)
            || matches!(&record, Record::Change(c) if matches!(c.kind(), tegu_ldap::ldif::ChangeKind::Add(e) if e.withheld() > 0));
        if !skipped && !is_special(&record) {
            assert_eq!(again(&record), record);
        }
        if let Record::Content(entry) = record {
            entries.push(entry);
        }
    }
    let count = entries.len();
    let directory = Directory::from_entries(entries);
    assert_eq!(directory.len(), count);
    let options = tegu_ldap::check::CheckOptions::new();
    let findings = frugal(data.len(), || {
        let again: Directory = Reader::new(data, Limits::default())
            .filter_map(|record| record.and_then(Record::into_entry).ok())
            .fold(Directory::default(), |mut all, entry| {
                all.extend([entry]);
                all
            });
        tegu_ldap::check::run(&again, &options).len()
    });
    assert!(findings <= 100 * (1 + data.len()));
    for finding in tegu_ldap::check::run(&directory, &options) {
        assert_eq!(finding.to_string().lines().count(), 1);
    }
});

/// An entry whose first attribute is called like a keyword reads back as something else: LDIF has no way to say it.
fn is_special(record: &Record) -> bool {
    let Record::Content(entry) = record else {
        return false;
    };
    let first = entry
        .attributes()
        .next()
        .map(|a| a.name().as_str().to_ascii_lowercase());
    matches!(first.as_deref(), Some("control" | "changetype"))
}
