//! A run does all that its configuration promises: letters, stages and routing sheets, without the example's help.

use crate::{
    calendars::calendar,
    scene::{Scene, problems, tree},
};
use std::{fs, time::Duration};
use tegu_migrate::{
    CancellationToken, Config, ErrorKind, Event, Migration, MigrationBuilder, Report, Schedule,
    letter::LettersConfig,
    routing::{Server, Servers, Stage, Stages, Wave},
    sources::{LdifDirectory, MailFiles},
    targets::Bundle,
};

const MORE: &str = "[mail]\nsource = { kind = 'files', path = 'mail/{alias}' }\ntarget = { kind = 'bundle' }\n\
     [letters]\nfrom = 'it@example.test'\nname = 'IT desk'\ndeliver = true\n\
     [coexistence]\nexchange = 'exchange.test'\ntegu = 'mail.test'\ntegu_domain = 'tegu.example.test'\n\
     [[waves]]\nname = 'pilot'\naccounts = ['anna@*']\n[[waves]]\nname = 'everybody'\naccounts = ['*']\n";

fn message(subject: &str) -> String {
    format!("From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: {subject}\n\nbody\n\n")
}

/// A job with one message, one original that waits for a person, a wave and a letter.
fn job(scene: &Scene) -> Migration {
    let head = scene.head("job");
    scene.write("mail/anna/INBOX.mbox", message("one"));
    let config = format!("{head}{MORE}");
    let config = Config::from_toml(&config, scene.root.path().to_owned()).unwrap();
    config.into_migration().unwrap()
}

fn letters_in(scene: &Scene) -> usize {
    let inbox = fs::read_to_string(scene.path("job/mail/anna@example.test/INBOX.mbox")).unwrap();
    inbox.matches("Subject: Your mailbox has moved").count()
}

fn stage(scene: &Scene) -> Stage {
    let stages = Stages::read_from(&scene.path("job")).unwrap();
    stages.stage("anna@example.test")
}

fn delivered(report: &Report) -> (u64, u64, u64) {
    let letters = report.letters.as_ref().unwrap();
    assert!(letters.failed.is_empty(), "{letters:?}");
    (letters.written, letters.delivered, letters.present)
}

#[tokio::test]
async fn a_run_delivers_letters_and_writes_stages_and_sheets() {
    let scene = Scene::new();
    let migration = job(&scene);
    let mut events = migration.events();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));

    assert_eq!(delivered(&report), (1, 1, 0));
    assert!(scene.path("job/letters/anna@example.test.eml").exists());
    assert_eq!(letters_in(&scene), 1);
    assert_eq!(stage(&scene), Stage::Following);
    let row = report.coexistence.as_ref().unwrap();
    assert_eq!(
        (row.stages["following"], row.sheets.as_deref()),
        (1, Some("routing"))
    );
    let transport = fs::read_to_string(scene.path("job/routing/transport")).unwrap();
    assert!(transport.contains("anna@example.test smtp:[exchange.test]:25\n"));

    // The report that lies in the job's directory says so, too.
    let read = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert_eq!(
        (&read.letters, &read.coexistence),
        (&report.letters, &report.coexistence)
    );
    drop(migration);
    let mut told = (false, false);
    while let Some(event) = events.next().await {
        match event {
            Event::SheetsMade { proved } => told.0 = proved,
            Event::LettersWritten { delivered, .. } => told.1 = delivered == 1,
            _ => {}
        }
    }
    assert_eq!(told, (true, true));
}

#[tokio::test]
async fn each_pass_delivers_what_is_new_to_do_and_nothing_twice() {
    let scene = Scene::new();
    let migration = job(&scene);
    let mut passes = Vec::new();
    let schedule = Schedule::every(Duration::ZERO).passes(3);
    let each = |report: &Report| {
        passes.push(delivered(report));
        match passes.len() {
            // More mail alone makes no new letter.
            1 => scene.write("mail/anna/INBOX.mbox", message("one") + &message("two")),
            _ => scene.write("mail/anna/INBOX/cut.eml", "Subject: cut\r\n\r\nno end"),
        }
    };
    migration
        .follow(schedule, &CancellationToken::new(), each)
        .await
        .unwrap();
    assert_eq!(passes, [(1, 1, 0), (1, 0, 1), (1, 1, 0)]);
    assert_eq!(letters_in(&scene), 2);
    assert_eq!(stage(&scene), Stage::Following);
}

#[tokio::test]
async fn a_wave_moves_with_its_sheets_and_those_who_are_done_are_left_alone() {
    let scene = Scene::new();
    let migration = job(&scene);
    let cancel = CancellationToken::new();
    let early = migration.advance_wave("pilot", Stage::CutOver).await;
    assert_eq!(early.unwrap_err().kind(), ErrorKind::Config);
    assert!(!scene.path("job").exists(), "nothing was written");

    migration.run(&cancel).await.unwrap();
    let waves = migration.advance_wave("pilot", Stage::CutOver).await.unwrap();
    assert!(waves.holds());
    assert_eq!(
        waves.proof.unwrap().destinations["anna@example.test"],
        Server::Tegu
    );
    assert_eq!(waves.waves[0].stages[&Stage::CutOver], 1);
    assert!(scene.path("job/waves/pilot/exchange.ps1").exists());

    // The last pass, by the same migration, writes the sheets of the new stage.
    migration.run(&cancel).await.unwrap();
    let transport = fs::read_to_string(scene.path("job/routing/transport")).unwrap();
    assert!(transport.contains("anna@example.test smtp:[mail.test]:25\n"));

    // A migration that is followed sees a stage that somebody else has set.
    let mut stages = Stages::read_from(&scene.path("job")).unwrap();
    stages.advance(["anna@example.test"], Stage::Done).unwrap();
    stages.write_to(&scene.path("job")).unwrap();
    let report = migration.run(&cancel).await.unwrap();
    assert!(report.accounts.is_empty());
    assert!(
        report
            .exceptions
            .iter()
            .any(|row| row.scope.contains("anna@example.test"))
    );
}

fn built(scene: &Scene) -> MigrationBuilder {
    scene.head("job");
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
    Migration::builder("built", scene.path("job"), directory)
        .waves([Wave::new("everybody", ["*"])])
        .coexistence(Servers::new("exchange.test", "mail.test", "tegu.example.test").unwrap())
        .letters(LettersConfig::new("it@example.test", "IT desk").deliver(true))
}

#[tokio::test]
async fn the_builder_promises_the_same() {
    let scene = Scene::new();
    scene.write("mail/anna/INBOX.mbox", message("one"));
    let migration = built(&scene)
        .mail(
            MailFiles::new("mail/{alias}", scene.root.path()),
            Bundle::new(scene.path("job")),
        )
        .build();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    assert_eq!(delivered(&report), (1, 1, 0));
    assert_eq!(stage(&scene), Stage::Following);
    assert!(scene.path("job/routing/routing.csv").exists());
}

#[tokio::test]
async fn letters_that_could_not_be_delivered_are_refused_before_anything_moves() {
    let scene = Scene::new();
    let error = built(&scene)
        .build()
        .run(&CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("letters"), "{error}");
    assert!(!scene.path("job").exists());
}

/// What is deleted on the source while it is followed stays on the target, unless deletions are asked for.
#[tokio::test]
async fn following_deletes_only_where_that_is_asked_for() {
    for deletions in [false, true] {
        let scene = Scene::new();
        let head = scene.head("job");
        scene.write("calendars/anna/Work.ics", calendar(&[("one", "1"), ("two", "2")]));
        let config = format!(
            "deletions = {deletions}\n{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\n\
             target = {{ kind = 'bundle' }}\n"
        );
        let config = Config::from_toml(&config, scene.root.path().to_owned()).unwrap();
        let migration = config.into_migration().unwrap();
        let mut deleted = Vec::new();
        let each = |report: &Report| {
            deleted.extend(report.containers().flat_map(|row| row.deleted.clone()));
            scene.write("calendars/anna/Work.ics", calendar(&[("one", "1")]));
        };
        let schedule = Schedule::every(Duration::ZERO).passes(2);
        migration
            .follow(schedule, &CancellationToken::new(), each)
            .await
            .unwrap();
        let files = tree(&scene.path("job/calendars"));
        let stands = |uid: &str| {
            let line = format!("UID:{uid}\r\n");
            let text = |content: &Vec<u8>| String::from_utf8_lossy(content).contains(&line);
            files.values().any(text)
        };
        assert!(stands("one"));
        assert_eq!(stands("two"), !deletions, "deletions = {deletions}");
        assert_eq!(deleted.len(), usize::from(deletions));
    }
}
