//! Logs of all kinds are exported as lines of JSON, or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use tegu_fuzz::now;
use tegu_journal::{Claim, Exporter, Job, JobKey, Journal as _, Kind, LogName, MemoryJournal, RECORDS};

fuzz_target!(|octets: &[u8]| {
    let (name, octets) = octets.split_at(octets.len() / 4);
    let (lines, other) = (Kind::from_static("lines"), Kind::from_static("other"));
    for kind in [RECORDS, lines.clone(), other] {
        let journal = MemoryJournal::new();
        let account = String::from_utf8_lossy(name).into_owned();
        let job = Job::new(JobKey::new(lines.clone(), account), &octets).expect("octets have a form in JSON");
        now(journal.begin(&"settings".into(), &[job])).expect("an empty journal takes jobs");
        let Ok(Claim::Job(lease)) = now(journal.claim("worker", Duration::from_secs(60))) else {
            panic!("there is a job");
        };
        now(journal.append(&lease, &LogName::new(kind, name), octets)).expect("octets are octets");
        let mut out = Vec::new();
        let _ = now(Exporter::new()
            .json_lines(lines.clone(), "line")
            .write(&journal, &mut out));
        assert!(out.ends_with(b"\n"));
        let text = std::str::from_utf8(&out).expect("JSON is UTF-8");
        assert!(
            !text.contains(|c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))),
            "a terminal obeys nothing"
        );
        assert!(
            text.lines()
                .all(|line| line.starts_with('{') && line.ends_with('}'))
        );
    }
});
