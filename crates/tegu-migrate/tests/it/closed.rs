//! When a run returns, nothing of it holds the journal any more.

use crate::{mail::fill, scene::Scene};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tegu_migrate::{
    BoxFuture, CancellationToken, Error, ErrorKind, ImapServer, Login, Migration, Result, SecretRef,
    imap::{Endpoint, Security},
    journal::{
        Book, Claim, Job, JobKey, JobStatus, Journal, Lease, MemoryJournal, Outcome, Pass, RedbJournal, Which,
    },
    source, target,
};
use tegu_testkit::Dovecot;

fn directory(scene: &Scene) -> source::LdifDirectory {
    source::LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_journal_can_be_opened_again_at_once() {
    let scene = Scene::new();
    scene.head("job");
    scene.write(
        "mail/anna/INBOX.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: a\n\nbody\n\n",
    );
    for round in 0..5 {
        let out = scene.path("job");
        let files = source::MailFiles::new("mail/{alias}", scene.root.path());
        let migration = Migration::builder("closed", &out, directory(&scene))
            .mail(files, target::Bundle::new(&out))
            .build();
        migration.run(&CancellationToken::new()).await.unwrap();
        drop(migration);
        RedbJournal::open(scene.path("job/journal.redb")).unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
}

/// A journal that breaks after so many writes.
#[derive(Debug)]
struct Breaking {
    inner: MemoryJournal,
    writes: AtomicU32,
    kind: ErrorKind,
}

impl Breaking {
    fn after(writes: u32, kind: ErrorKind) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryJournal::new(),
            writes: AtomicU32::new(writes),
            kind,
        })
    }
}

impl Journal for Breaking {
    fn describe(&self) -> String {
        "breaks".into()
    }

    fn begin<'a>(&'a self, plan: &'a str, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        self.inner.begin(plan, jobs)
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        self.inner.claim(worker, lease)
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.inner.renew(lease)
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        self.inner.finish(lease, outcome)
    }

    fn jobs<'a>(&'a self, which: Which, after: Option<&'a JobKey>) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        self.inner.jobs(which, after)
    }

    fn append<'a>(&'a self, lease: &'a Lease, book: &'a Book, octets: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        let left = self
            .writes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            return Box::pin(async { Err(Error::new(self.kind, "the disk is full")) });
        }
        self.inner.append(lease, book, octets)
    }

    fn read<'a>(&'a self, job: &'a JobKey, book: &'a Book) -> BoxFuture<'a, Result<Vec<u8>>> {
        self.inner.read(job, book)
    }

    fn books<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<Book>>> {
        self.inner.books(job)
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        self.inner.sync()
    }
}

/// The connections of a transfer write into the journal from tasks of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_that_fails_leaves_nobody_at_work() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 120, 7).await;
    let scene = Scene::new();
    scene.head("job");
    let server = |port| {
        let password = SecretRef::File(scene.path("password"));
        let endpoint = Endpoint::new("127.0.0.1", port, Security::PlainText);
        ImapServer::new(endpoint, Login::new("anna", password))
    };
    for round in 0..12 {
        let journal = Breaking::after(2 + round, ErrorKind::Journal);
        let left = Arc::downgrade(&journal);
        let migration = Migration::builder("closed", scene.path("job"), directory(&scene))
            .mail(
                source::ImapSource::new(server(source.port())),
                target::ImapTarget::new(server(target.port())),
            )
            .journal(journal)
            .build();
        let error = migration.run(&CancellationToken::new()).await.unwrap_err();
        drop(migration);
        assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
        assert_eq!(Weak::strong_count(&left), 0, "round {round}");
    }
}
