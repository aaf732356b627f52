//! Processes that share a journal.

use crate::scene::{Scene, counts, tree};
use std::{sync::Arc, time::Duration};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Config, Entity, ErrorKind, Event, Limits, Migration,
    MigrationBuilder, Policy, Result, Worked,
    journal::{JobFilter, Journal, MemoryJournal},
    message::{Listed, Spool},
    sources::{
        ItemFiles, LdifDirectory, MailFiles, MailFolder, MailReader, MailSource, Read, SourceCapabilities,
    },
    targets::Bundle,
};
use tegu_testkit::{
    Postgres,
    proxy::{Fault, Proxy},
};

const MESSAGES: usize = 40;

/// An account with forty messages.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.head("job");
    for number in 0..MESSAGES {
        let mail = format!("From: a@b.test\r\nSubject: {number}\r\n\r\nbody\r\n");
        scene.write(&format!("mail/anna/INBOX/{number}.eml"), mail);
    }
    scene
}

/// A job for it, whose journal is shared.
fn job(scene: &Scene, journal: &Arc<dyn Journal>, out: &str, bundle: &str) -> MigrationBuilder {
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
    let mut limits = Limits::default();
    limits.lease_seconds = 1;
    Migration::builder("shared", scene.path(out), directory)
        .mail(
            MailFiles::new("mail/{alias}", scene.root.path()),
            Bundle::new(scene.path(bundle)),
        )
        .limits(limits)
        .journal(journal.clone())
}

/// Begins a pass with `job` and stops before anything moves.
async fn begin(job: MigrationBuilder) {
    let stopped = CancellationToken::new();
    stopped.cancel();
    let error = job.build().run(&stopped).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn a_worker_with_another_configuration_is_refused() {
    let scene = scene();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let job = |out: &str, bundle: &str| job(&scene, &journal, out, bundle);
    let cancel = CancellationToken::new();
    assert_eq!(
        job("early", "bundle").build().work(&cancel).await.unwrap(),
        Worked::NotBegun
    );
    begin(job("first", "bundle")).await;

    let contacts = || ItemFiles::contacts("contacts/{alias}", scene.root.path());
    let mut strict = Policy::default();
    strict.exclude_accounts.insert("anna@*".into());
    let directory = LdifDirectory::new(scene.path("password"), ["example.test"], "tegu").unwrap();
    let elsewhere = Migration::builder("shared", scene.path("d"), directory)
        .mail(
            MailFiles::new("mail/{alias}", scene.root.path()),
            Bundle::new(scene.path("bundle")),
        )
        .journal(journal.clone());
    let files = |template: &str| MailFiles::new(template, scene.root.path());
    let bundle = || Bundle::new(scene.path("bundle"));
    for (name, worker) in [
        ("mail", job("a", "a")),
        ("mail", job("b", "bundle").mail(files("mail/{mail}"), bundle())),
        (
            "mail.source",
            job("c", "bundle").mail(files("mail/{alias}").converted(), bundle()),
        ),
        ("directory", elsewhere),
        (
            "contacts",
            job("e", "bundle").contacts(contacts(), Bundle::contacts(scene.path("bundle"))),
        ),
        ("policy.exclude_accounts", job("f", "bundle").policy(strict)),
        ("deletions", job("g", "bundle").deletions(true)),
        ("verify", job("h", "bundle").verify(tegu_migrate::Verify::None)),
    ] {
        let error = worker.build().work(&cancel).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}: {error}");
        assert!(
            error.to_string().contains(&format!("`{name}` is ")),
            "{name}: {error}"
        );
    }
    assert!(!scene.path("bundle/mail").exists(), "nothing moved");

    assert_eq!(
        job("i", "bundle").build().work(&cancel).await.unwrap(),
        Worked::Through
    );
    let jobs = journal.jobs(JobFilter::CurrentPass, None).await.unwrap();
    assert!(
        jobs.iter()
            .all(|status| status.worker.is_some() && status.attempts == 1)
    );
}

#[tokio::test]
async fn two_organisations_of_one_name_are_told_apart() {
    let (one, other) = (scene(), scene());
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let cancel = CancellationToken::new();
    job(&one, &journal, "job", "job")
        .build()
        .run(&cancel)
        .await
        .unwrap();
    for refused in [
        job(&other, &journal, "job", "job")
            .build()
            .run(&cancel)
            .await
            .map(drop),
        job(&other, &journal, "job", "job")
            .build()
            .work(&cancel)
            .await
            .map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains("`directory` is "), "{error}");
    }
    assert!(!other.path("job/mail").exists());
    let verified = job(&one, &journal, "job", "job")
        .build()
        .verify(&cancel)
        .await
        .unwrap();
    assert!(verified.holds() && verified.proved == MESSAGES as u64);
}

/// Files whose last folder is never listed.
#[derive(Debug)]
struct Stuck(MailFiles);

struct StuckReader(Box<dyn MailReader>);

impl MailSource for Stuck {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn settings(&self) -> String {
        self.0.settings()
    }

    fn capabilities(&self) -> SourceCapabilities {
        self.0.capabilities()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async move {
            let reader: Box<dyn MailReader> = Box::new(StuckReader(self.0.open(account).await?));
            Ok(reader)
        })
    }
}

impl MailReader for StuckReader {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        self.0.folders()
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        if folder.path == ["Sent"] {
            return Box::pin(std::future::pending());
        }
        self.0.list(folder)
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        self.0.read(folder, messages, spool)
    }
}

/// What a process moved before it was killed was moved in this pass, too.
#[tokio::test]
async fn what_is_taken_over_counts_as_moved_in_this_pass() {
    let scene = scene();
    scene.write(
        "mail/anna/Sent/1.eml",
        "From: a@b.test\r\nSubject: sent\r\n\r\nbody\r\n",
    );
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let stuck = Stuck(MailFiles::new("mail/{alias}", scene.root.path()));
    let first = job(&scene, &journal, "job", "job")
        .mail(stuck, Bundle::new(scene.path("job")))
        .build();
    let mut events = first.events();
    let cancel = CancellationToken::new();
    let some = async {
        let mut ended = 0;
        while let Some(event) = events.next().await {
            ended += usize::from(matches!(
                event,
                Event::ItemFinished {
                    entity: Entity::Mail,
                    ..
                }
            ));
            if ended == MESSAGES {
                return;
            }
        }
    };
    tokio::select! {
        () = some => {}
        run = first.run(&cancel) => panic!("it came to its end: {}", run.is_ok()),
    }
    drop(first);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let second = job(&scene, &journal, "job", "job").build();
    let report = second.run(&cancel).await.unwrap();
    let mail = report.entity(Entity::Mail).unwrap();
    let all = MESSAGES as u64 + 1;
    assert_eq!((mail.counts.moved, mail.moved_now), (all, all));
    let jobs = journal.jobs(JobFilter::CurrentPass, None).await.unwrap();
    assert_eq!(
        (jobs[0].epoch, jobs[0].attempts),
        (2, 1),
        "a kill is no failed attempt"
    );
    let third = second.run(&cancel).await.unwrap();
    assert_eq!(third.entity(Entity::Mail).unwrap().moved_now, 0);
}

#[tokio::test]
async fn a_database_that_is_down_at_the_start_is_waited_for() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = scene();
    let server = Postgres::start();
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into(), Fault::Refuse);
    scene.write("database-password", Postgres::password());
    let config = format!(
        "{}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
         [journal]\npostgres = 'postgres://tegu@127.0.0.1:{}/tegu?sslmode=disable'\n\
         password = {{ file = 'database-password' }}\n[limits]\nlease_seconds = 3\n",
        scene.head("job"),
        proxy.port()
    );
    let config = Config::from_toml(&config, scene.root.path().to_owned()).unwrap();
    let migration = config.into_migration().unwrap();
    let mut events = migration.events();
    let cancel = CancellationToken::new();
    let back = async {
        while let Some(event) = events.next().await {
            if let Event::JournalAway { error } = event {
                proxy.set(Fault::None);
                return error;
            }
        }
        panic!("it did not wait");
    };
    let (report, error) = tokio::join!(migration.run(&cancel), back);
    assert!(error.contains("journal"), "{error}");
    assert_eq!(counts(&report.unwrap(), Entity::Mail).moved, MESSAGES as u64);
    assert!(!tree(&scene.path("job")).is_empty());
}
