//! The database of a journal in one file, damaged anywhere: it is opened and can be read, or it is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use std::time::Duration;
use tegu_fuzz::{now, scratch};
use tegu_journal::{Claim, Job, JobFilter, JobKey, Journal as _, Kind, LogName, Outcome, RedbJournal};

/// A journal with a job that is done, one that is leased, and logs.
fn sound() -> &'static [u8] {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let path = scratch("sound.redb");
        let _ = std::fs::remove_file(&path);
        let journal = RedbJournal::open(&path).expect("a new journal");
        let kind = Kind::from_static("mail");
        let jobs = ["anna", "boris"]
            .map(|name| Job::new(JobKey::new(kind.clone(), name), &name).expect("a name has a form in JSON"));
        now(journal.begin(&"settings".into(), &jobs)).expect("an empty journal takes jobs");
        for number in 0..2 {
            let Ok(Claim::Job(lease)) = now(journal.claim("worker", Duration::from_secs(60))) else {
                panic!("there is a job")
            };
            for name in [&b"INBOX"[..], b"\xff"] {
                now(journal.append(&lease, &LogName::new(kind.clone(), name), b"octets\n"))
                    .expect("octets are octets");
            }
            if number == 0 {
                now(journal.finish(&lease, &Outcome::Done(b"{}".to_vec()))).expect("the lease is good");
            }
        }
        drop(journal);
        std::fs::read(&path).expect("the journal's file")
    })
}

fuzz_target!(init: {
    // The library panics at some kinds of damage, and opening catches that: only a panic that comes through is a finding.
    std::panic::set_hook(Box::new(|_| ()));
    sound();
}, |data: &[u8]| {
    // Four octets each: where, and what stands there instead.
    let mut file = sound().to_vec();
    let mut used = file.len().min(1 << 16);
    for edit in data.chunks_exact(4) {
        let [high, low, first, second] = edit else { continue };
        let at = (usize::from(*high) << 8 | usize::from(*low)) % used.max(1);
        file[at] = *first;
        // Numbers of more than one octet, and ever further pages.
        if let Some(next) = file.get_mut(at + 1) {
            *next ^= *second;
        }
        used = (used + 4096).min(file.len());
    }
    let path = scratch("damaged.redb");
    let _ = std::fs::remove_file(path.with_extension("redb.log"));
    std::fs::write(&path, file).expect("a scratch file");
    let Ok(journal) = RedbJournal::open(&path) else { return };
    let Ok(jobs) = now(journal.jobs(JobFilter::All, None)) else { return };
    for status in jobs {
        for log in now(journal.logs(status.job.key())).unwrap_or_default() {
            let _ = now(journal.read(status.job.key(), &log));
        }
    }
    let _ = now(journal.claim("worker", Duration::from_secs(60)));
});
