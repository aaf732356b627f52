//! Calendars that lose items on one side or the other.

use crate::calendars::{Calendars, calendar, edit, ends, standing, value};
use std::fs;
use tegu_dav::client::Kind;
use tegu_migrate::{Config, Entity, Report};
use tegu_testkit::{Radicale, Xandikos};

/// What a report says of items that are on the source no more.
fn deleted(report: &Report) -> Vec<(String, String)> {
    let rows = report.accounts.iter().flat_map(|account| &account.containers);
    let all = rows.flat_map(|row| &row.deleted);
    let mut all: Vec<_> = all
        .map(|gone| (gone.item.clone(), gone.finding.code.to_string()))
        .collect();
    all.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    all
}

async fn carry_deletions(url: &str) {
    let job = Calendars::new(url).await;
    let work = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    job.source("Work", &work);
    job.source("Home", &["x", "y"]);
    let first = job.run().await;
    assert_eq!(ends(&first, Entity::Calendars), [12, 0, 0, 0]);
    assert_eq!(deleted(&first), []);

    // One that the owner changed on the target, one that he deleted there, and one of his own.
    let found = standing(&job.client, Kind::Calendars).await;
    edit(
        &job.client,
        Kind::Calendars,
        &found["b"],
        calendar(&[("b", "B of Anna")]),
    )
    .await;
    let tag = found["c"].etag.as_deref().unwrap();
    assert!(job.client.delete(&found["c"].href, tag).await.unwrap());
    let calendars = job.client.collections(Kind::Calendars).await.unwrap();
    let home = calendars
        .iter()
        .find(|calendar| found["x"].href.starts_with(&calendar.href))
        .unwrap();
    job.client
        .put_new(home, "own.ics", calendar(&[("own", "own")]))
        .await
        .unwrap();

    // a, b and c are gone, d has moved to another calendar, and so has the whole calendar of x and y gone.
    job.source("Work", &work[4..]);
    job.source("Trips", &["d"]);
    fs::remove_file(job.scene.path("calendars/anna/Home.ics")).unwrap();
    let second = job.run().await;
    assert_eq!(
        ends(&second, Entity::Calendars),
        [7, 0, 0, 0],
        "{:#?}",
        second.worklist
    );
    let gone = deleted(&second);
    let codes: Vec<&str> = gone.iter().map(|(_, code)| code.as_str()).collect();
    let expected = [vec!["DAV-SOURCE-DELETED"; 4], vec!["DAV-SOURCE-GONE"]].concat();
    assert_eq!(
        codes, expected,
        "a, d, x and y; b stays, and c was gone: {gone:?}"
    );
    assert!(gone.iter().all(|(item, _)| item.contains(".ics/")), "{gone:?}");
    let stands = ["b", "d", "e", "f", "g", "h", "i", "j", "own"];
    assert_eq!(job.uids().await, stands);

    // Nothing is deleted twice, and what comes back is new.
    let third = job.run().await;
    assert_eq!(deleted(&third).len(), 1, "b is told each time");
    job.source("Work", &work[..3]);
    job.source("Home", &["x"]);
    let fourth = job.run().await;
    assert_eq!(
        fourth.entity(Entity::Calendars).unwrap().moved_now,
        3,
        "a, c and x"
    );
    assert_eq!(ends(&fourth, Entity::Calendars), [5, 0, 0, 0]);
    let found = standing(&job.client, Kind::Calendars).await;
    assert_eq!(value(&found["b"], "SUMMARY:"), "B of Anna");
    assert_eq!(job.uids().await, ["a", "b", "c", "d", "own", "x"]);

    // A source that has nothing at all deletes nothing.
    fs::remove_dir_all(job.scene.path("calendars/anna")).unwrap();
    assert_eq!(deleted(&job.run().await), []);
    assert_eq!(job.uids().await.len(), 6);
}

#[tokio::test]
async fn deletions_are_carried_to_radicale() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    carry_deletions(&server.url()).await;
}

#[tokio::test]
async fn deletions_are_carried_to_xandikos() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    carry_deletions(&server.url()).await;
}

async fn lose_a_calendar(url: &str) {
    let job = Calendars::new(url).await;
    job.source("Work", &["a", "b"]);
    job.source("Home", &["x"]);
    job.run().await;
    let found = standing(&job.client, Kind::Calendars).await;
    let calendars = job.client.collections(Kind::Calendars).await.unwrap();
    let work = calendars
        .iter()
        .find(|calendar| found["a"].href.starts_with(&calendar.href))
        .unwrap();
    assert!(job.client.delete(&work.href, "*").await.unwrap());

    job.source("Work", &["a", "b", "c"]);
    for pass in 1..=2 {
        let report = job.run().await;
        assert_eq!(ends(&report, Entity::Calendars), [1, 0, 0, 3], "pass {pass}");
        let left = job.client.collections(Kind::Calendars).await.unwrap();
        assert!(
            left.iter().all(|calendar| calendar.href != work.href),
            "pass {pass}: {left:?}"
        );
        assert_eq!(job.uids().await, ["x"]);
    }
}

#[tokio::test]
async fn a_calendar_that_its_owner_deleted_is_not_made_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (radicale, xandikos) = (Radicale::builder().users(["anna"]).start(), Xandikos::start());
    lose_a_calendar(&radicale.url()).await;
    lose_a_calendar(&xandikos.url()).await;
}

/// A whole calendar goes by one request where the server takes that; a run that knows nothing of it finds it by UID.
#[tokio::test]
async fn what_was_sent_as_a_whole_is_found_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    let job = Calendars::new(&server.url()).await;
    let uids: Vec<String> = (0..50).map(|n| format!("uid-{n}")).collect();
    let uids: Vec<&str> = uids.iter().map(String::as_str).collect();
    job.source("Work", &uids);
    assert_eq!(ends(&job.run().await, Entity::Calendars), [50, 0, 0, 0]);
    let found = standing(&job.client, Kind::Calendars).await;
    assert!(
        found["uid-7"].href.ends_with("/uid-7.ics"),
        "Radicale's own name: {}",
        found["uid-7"].href
    );
    // Replaced, proved and known under that name.
    let events: Vec<_> = uids
        .iter()
        .map(|uid| (*uid, if *uid == "uid-7" { "new" } else { *uid }))
        .collect();
    job.scene.write("calendars/anna/Work.ics", calendar(&events));
    let report = job.run().await;
    assert_eq!(report.entity(Entity::Calendars).unwrap().moved_now, 1);
    assert_eq!(standing(&job.client, Kind::Calendars).await.len(), 50);
    let migration = Config::from_toml(&job.config, job.scene.root.path().to_owned()).unwrap();
    let migration = migration.into_migration().unwrap();
    let proof = migration.verify(&Default::default()).await.unwrap();
    assert!(proof.holds() && proof.proved == 50, "{proof:#?}");
    drop(migration);

    let other = job.config.replace("out = 'job'", "out = 'other'");
    let fresh = job.scene.run(&other).await.unwrap();
    assert_eq!(ends(&fresh, Entity::Calendars), [0, 50, 0, 0]);
    assert_eq!(standing(&job.client, Kind::Calendars).await.len(), 50);
}
