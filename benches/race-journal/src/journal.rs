//! tegu-journal's own.

use crate::Store;
use std::{path::Path, time::Duration};
use tegu_journal::{Claim, Job, JobKey, Journal as _, Kind, Lease, LogName, Outcome, RedbJournal};
use tokio::runtime::{Builder, Runtime};

pub(crate) struct Redb {
    runtime: Runtime,
    journal: RedbJournal,
    lease: Option<Lease>,
}

impl Redb {
    pub(crate) fn open(directory: &Path, accounts: u32) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let journal = RedbJournal::open(directory.join("journal.redb")).expect("a journal");
        let payload = "x".repeat(150);
        let job = |number: u32| {
            Job::new(
                JobKey::new(Kind::from_static("mail"), number.to_string()),
                &payload,
            )
        };
        let jobs = (0..accounts)
            .map(|number| job(number).expect("a job"))
            .collect::<Vec<_>>();
        runtime
            .block_on(journal.begin(&"settings".into(), &jobs))
            .expect("a pass");
        Self {
            runtime,
            journal,
            lease: None,
        }
    }
}

impl Store for Redb {
    fn append(&mut self, folder: u32, _: u32, octets: &[u8]) {
        let log = LogName::new(Kind::from_static("imap"), format!("Folder {folder:02}"));
        let lease = self.lease.as_ref().expect("an account was begun");
        self.runtime
            .block_on(self.journal.append(lease, &log, octets))
            .expect("a write");
    }

    fn row(&mut self, _: u32, octets: &[u8]) {
        if let Some(lease) = self.lease.take() {
            let done = Outcome::Done(octets.to_vec());
            return self
                .runtime
                .block_on(self.journal.finish(&lease, &done))
                .expect("a write");
        }
        let claim = self
            .runtime
            .block_on(self.journal.claim("worker", Duration::from_secs(60)));
        let Ok(Claim::Job(lease)) = claim else {
            panic!("a job is left")
        };
        self.lease = Some(lease);
    }

    fn sync(&mut self) {
        self.runtime.block_on(self.journal.sync()).expect("a flush");
    }
}

impl Drop for Redb {
    fn drop(&mut self) {
        self.runtime
            .block_on(self.journal.compact())
            .expect("a small file");
    }
}
