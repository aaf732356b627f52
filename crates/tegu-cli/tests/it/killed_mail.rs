//! Mail between real IMAP servers, killed and started again.

use crate::{
    TEGU,
    imap::{end, fill, flat, route},
    oracle,
    scene::Scene,
};
use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};
use tegu_testkit::Dovecot;

#[tokio::test]
async fn killed_between_two_servers() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    fill(source.port(), 250, 5).await;
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("job.toml", route(&head, &end(source.port()), &end(target.port())));
    let start = || {
        let mut command = Command::new(TEGU);
        command
            .arg("run")
            .arg(scene.path("job.toml"))
            .stdout(Stdio::null())
            .stderr(fs::File::create(scene.path("log")).unwrap())
            .spawn()
            .unwrap()
    };
    let mut kills = 0;
    let mut wait = 60;
    let status = loop {
        let mut child = start();
        thread::sleep(Duration::from_millis(wait));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
            }
        }
        // Ever later, so that each phase is hit, and in the end a run comes through.
        wait += 25;
    };
    let log = fs::read_to_string(scene.path("log")).unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(kills > 3, "{kills}");
    let expected = flat(&oracle::mailbox(source.port(), "anna"));
    assert_eq!(
        flat(&oracle::mailbox(target.port(), "anna")),
        expected,
        "after {kills} kills: nothing lost, nothing twice"
    );
    let report = fs::read(scene.path("job/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let mail = report["entities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["entity"] == "mail")
        .unwrap();
    assert_eq!(
        (&mail["source"], &mail["moved"]),
        (&250.into(), &250.into()),
        "as of one clean run"
    );
}
