//! Uploads of calendars that are killed.

use crate::{
    TEGU,
    calendars::{Calendars, ends},
};
use std::{
    process::{Command, Stdio},
    time::Duration,
};
use tegu_migrate::{Entity, dav::client::Kind};
use tegu_testkit::Radicale;

#[tokio::test]
async fn a_killed_upload_ends_like_a_clean_one() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    let job = Calendars::new(&server.url()).await;
    let uids: Vec<String> = (0..60).map(|n| format!("uid-{n:02}")).collect();
    job.source("Work", &uids.iter().map(String::as_str).collect::<Vec<_>>());
    job.source("Home", &["x", "y"]);
    job.scene.write("job.toml", &job.config);
    for kill in 1..=12 {
        let mut child = Command::new(TEGU)
            .arg("run")
            .arg(job.scene.path("job.toml"))
            .current_dir(job.scene.root.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(150 * kill + kill * 7 % 11)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let report = job.run().await;
    let [moved, present, manual, excluded] = ends(&report, Entity::Calendars);
    assert_eq!(
        (moved + present, manual, excluded),
        (62, 0, 0),
        "{:#?}",
        report.worklist
    );
    let mut expected = uids;
    expected.extend(["x".to_owned(), "y".to_owned()]);
    let collections = job.client.collections(Kind::Calendars).await.unwrap();
    let mut resources = 0;
    for collection in &collections {
        resources += job.client.list(collection).await.unwrap().len();
    }
    assert_eq!(
        (job.uids().await, resources, collections.len()),
        (expected, 62, 2),
        "each stands there once"
    );
}
