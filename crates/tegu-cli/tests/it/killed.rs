//! Killed at any instant and started again: the result is that of one clean run.

use crate::{
    TEGU,
    scene::{Scene, tree},
};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

fn start(out: &Path) -> Child {
    Command::new(TEGU)
        .args(["demo", "--out"])
        .arg(out)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_run_ends_like_a_clean_one() {
    let (clean, torn) = (Scene::new(), Scene::new());
    let begun = Instant::now();
    assert_eq!(start(clean.root.path()).wait().unwrap().code(), Some(3));
    let whole = begun.elapsed();

    // Kill at instants spread over the run, each time a little later, so that every phase is hit.
    let kills = 25;
    for kill in 1..=kills {
        let mut child = start(torn.root.path());
        thread::sleep(whole * kill / (kills + 5) + Duration::from_millis(u64::from(kill * 7 % 11)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(start(torn.root.path()).wait().unwrap().code(), Some(3));

    for part in ["mail", "calendars", "contacts", "worklist", "directory"] {
        let mut found = tree(&torn.path("bundle").join(part));
        found.retain(|name, _| !name.ends_with(".part"));
        assert_eq!(found, tree(&clean.path("bundle").join(part)), "{part}");
    }
    let [torn, clean] = [torn, clean].map(|scene| sums(&scene.path("bundle/report.json")));
    assert_eq!(torn, clean);
}

/// The sums of each kind of thing in a report: on the source, on the target, for a person, failed, left out.
pub(crate) fn sums(report: &Path) -> Vec<[u64; 5]> {
    let report = std::fs::read(report).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let rows = report["entities"].as_array().unwrap().iter();
    rows.map(|row| {
        let count = |key: &str| row[key].as_u64().unwrap();
        // What a kill left behind on the target is found there: moved or present, but there once.
        [
            count("source"),
            count("moved") + count("present"),
            count("manual"),
            count("failed"),
            count("excluded"),
        ]
    })
    .collect()
}
