//! A system clock that jumps by days, back and forth, while mail moves and leases are short.

use crate::{TEGU, crowd, scene::Scene};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tegu_migrate::{Entity, Report};
use tegu_testkit::Dovecot;

const ACCOUNTS: usize = 4;
const MESSAGES: usize = 50;

/// The library that tells a process another time.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap();
    let places = folders.map(|folder| folder.unwrap().path().join("faketime/libfaketimeMT.so.1"));
    let mut places = places.filter(|place| place.exists());
    places.next().expect("libfaketime (Debian package faketime)")
}

/// By a process whose clock is true.
fn today() -> String {
    let output = Command::new("date").args(["-u", "+%F"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_clock_that_jumps_changes_nothing() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target) = (Dovecot::start(), Dovecot::start());
    crowd::fill(source.port(), ACCOUNTS, MESSAGES, 20_000);
    let scene = Scene::new();
    crowd::write(&scene, ACCOUNTS);
    let config = format!(
        "{}[mail]\nsource = {}\ntarget = {}\n[limits]\naccounts = 2\nbackoff_ms = 50\nlease_seconds = 1\n",
        crowd::head("job"),
        crowd::end(source.port(), "messages_per_second = 40"),
        crowd::end(target.port(), "")
    );
    scene.write("job.toml", config);
    let clock = scene.path("clock");
    fs::write(&clock, "+0").unwrap();
    let started = Instant::now();
    let mut child = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .stdout(Stdio::null())
        .stderr(fs::File::create(scene.path("log")).unwrap())
        .spawn()
        .unwrap();
    let ended = ["+3d", "-3d", "+0", "-2d", "+9d", "+1d"]
        .iter()
        .cycle()
        .find_map(|jump| {
            let part = scene.path("clock.part");
            fs::write(&part, jump).unwrap();
            fs::rename(&part, &clock).unwrap();
            thread::sleep(Duration::from_millis(130));
            assert!(started.elapsed() < Duration::from_secs(120), "it does not end");
            child.try_wait().unwrap()
        });
    let log = fs::read_to_string(scene.path("log")).unwrap();
    assert_eq!(ended.unwrap().code(), Some(0), "{log}");
    assert!(
        started.elapsed() > Duration::from_secs(3),
        "it was over before a lease was"
    );
    let report = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert!(report.complete && report.balances());
    let mail = report.entity(Entity::Mail).unwrap().counts;
    let all = (ACCOUNTS * MESSAGES) as u64;
    assert_eq!((mail.source, mail.moved), (all, all), "as of a clean run");
    // The process saw the clock jump: its messages in the log, or its report, are of other days.
    let ends = [&report.started, &report.finished].map(|at| at.chars().take(10).collect::<String>());
    assert!(
        ends[0] != ends[1] || ends[0] != today(),
        "the clock stood still for it: {ends:?}"
    );
    crowd::assert_same(source.port(), target.port(), ACCOUNTS);
}
