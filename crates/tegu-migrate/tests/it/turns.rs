//! Letters, delivered by several processes that share a journal: each arrives once.

use crate::scene::{Scene, tree};
use std::sync::Arc;
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Limits, Migration, Report, Result,
    journal::{Journal, MemoryJournal, PostgresJournal, PostgresOptions},
    letter::LettersConfig,
    message::Message,
    sources::{LdifDirectory, MailFiles, MailFolder},
    targets::{
        Access, Appended, Bundle, MailTarget, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder,
    },
};
use tegu_testkit::Postgres;
use tokio::sync::Notify;

fn scene() -> Scene {
    let scene = Scene::new();
    scene.head("job");
    for number in 0..5 {
        let mail = format!("From: a@b.test\r\nSubject: {number}\r\n\r\nbody\r\n");
        scene.write(&format!("mail/anna/INBOX/{number}.eml"), mail);
    }
    scene
}

fn job(scene: &Scene, journal: Arc<dyn Journal>, out: &str, target: impl MailTarget + 'static) -> Migration {
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
    let mut limits = Limits::default();
    limits.lease_seconds = 1;
    Migration::builder("letters", scene.path(out), directory)
        .mail(MailFiles::new("mail/{alias}", scene.root.path()), target)
        .limits(limits)
        .letters(LettersConfig::new("it@example.test", "IT desk").deliver(true))
        .journal(journal)
        .build()
}

/// How many letters lie in the bundle.
fn letters(scene: &Scene) -> usize {
    let files = tree(&scene.path("bundle"));
    let inbox = &files["mail/anna@example.test/INBOX.mbox"];
    let text = String::from_utf8_lossy(inbox);
    text.lines()
        .filter(|line| line.starts_with("Message-ID: <tegu-"))
        .count()
}

/// Delivered, and found delivered.
fn counted(reports: &[Report]) -> (u64, u64) {
    let rows = reports.iter().map(|report| report.letters.as_ref().unwrap());
    rows.fold((0, 0), |sum, row| {
        assert!(row.failed.is_empty(), "{row:?}");
        (sum.0 + row.delivered, sum.1 + row.present)
    })
}

/// Three runs at the same time, each with a directory of its own, and one that comes later.
async fn together(journals: &[Arc<dyn Journal>]) {
    let scene = scene();
    let bundle = || Bundle::new(scene.path("bundle"));
    let jobs: Vec<Migration> = journals
        .iter()
        .enumerate()
        .map(|(number, journal)| job(&scene, journal.clone(), &format!("job{number}"), bundle()))
        .collect();
    let [one, two, three, late] = &jobs[..] else {
        panic!("four")
    };
    let cancel = CancellationToken::new();
    let (one, two, three) = tokio::join!(one.run(&cancel), two.run(&cancel), three.run(&cancel));
    let reports = [one.unwrap(), two.unwrap(), three.unwrap()];
    assert_eq!(counted(&reports), (1, 2));
    assert_eq!(letters(&scene), 1);
    assert_eq!(counted(&[late.run(&cancel).await.unwrap()]), (0, 1));
    assert_eq!(letters(&scene), 1);
}

#[tokio::test]
async fn one_of_several_delivers_a_letter() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    together(&[journal.clone(), journal.clone(), journal.clone(), journal]).await;
}

#[tokio::test]
async fn one_of_several_delivers_a_letter_over_postgresql() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let mut journals: Vec<Arc<dyn Journal>> = Vec::new();
    for _ in 0..4 {
        let options = PostgresOptions::new(server.url(), "letters");
        journals.push(Arc::new(PostgresJournal::connect(options).await.unwrap()));
    }
    together(&journals).await;
}

/// A bundle that stops for good when a letter was stored.
#[derive(Debug)]
struct Stops {
    bundle: Bundle,
    stored: Arc<Notify>,
}

struct Writer {
    inner: Box<dyn MailWriter>,
    stored: Arc<Notify>,
}

impl MailTarget for Stops {
    fn describe(&self) -> String {
        MailTarget::describe(&self.bundle)
    }

    fn capabilities(&self) -> TargetCapabilities {
        MailTarget::capabilities(&self.bundle)
    }

    fn open<'a>(
        &'a self,
        account: &'a Account,
        access: Access,
    ) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        Box::pin(async move {
            let writer = Writer {
                inner: MailTarget::open(&self.bundle, account, access).await?,
                stored: self.stored.clone(),
            };
            Ok(Box::new(writer) as Box<dyn MailWriter>)
        })
    }
}

impl MailWriter for Writer {
    fn arrange<'a>(&'a mut self, folders: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        self.inner.arrange(folders)
    }

    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        self.inner.look(folder)
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        self.inner.prepare(folder)
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        self.inner.reopen(name)
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        self.inner.stored(folder, since)
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        self.inner.mark(folder)
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move {
            let answers = self.inner.append(folder, messages).await?;
            let is_letter = |message: &Message| {
                String::from_utf8_lossy(message.body.head()).contains("Message-ID: <tegu-")
            };
            if messages.iter().any(is_letter) {
                self.stored.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(answers)
        })
    }
}

/// A process dies after a letter arrived and before it said so; another one takes its turn.
#[tokio::test]
async fn a_letter_that_a_dead_process_delivered_is_not_delivered_again() {
    let scene = scene();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let stored = Arc::new(Notify::new());
    let stops = Stops {
        bundle: Bundle::new(scene.path("bundle")),
        stored: stored.clone(),
    };
    let first = job(&scene, journal.clone(), "job0", stops);
    let cancel = CancellationToken::new();
    tokio::select! {
        () = stored.notified() => {}
        ended = first.run(&cancel) => panic!("it came to its end: {}", ended.is_ok()),
    }
    drop(first);
    assert_eq!(letters(&scene), 1);
    let second = job(&scene, journal, "job1", Bundle::new(scene.path("bundle")));
    assert_eq!(counted(&[second.run(&cancel).await.unwrap()]), (0, 1));
    assert_eq!(letters(&scene), 1);
}
