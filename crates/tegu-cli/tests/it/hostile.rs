//! A disk that is full, a directory that cannot be written, a journal that is not ours: clear errors, and nothing is lost.

use crate::{
    TEGU,
    scene::{Scene, tree},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

/// Runs the sample organisation with files of at most so many blocks of 512 octets, as on a disk that is full.
fn run_within(scene: &Scene, blocks: u64) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    Command::new("/bin/sh")
        .args(["-c", &script, "sh"])
        .arg(TEGU)
        .args(["demo", "--out"])
        .arg(scene.root.path())
        .output()
        .unwrap()
}

fn parts(scene: &Scene) -> Vec<std::collections::BTreeMap<String, Vec<u8>>> {
    let parts = ["mail", "calendars", "contacts", "worklist", "directory"].into_iter();
    let tree = |part: &str| {
        let mut tree = tree(&scene.path("bundle").join(part));
        tree.retain(|name, _| !name.ends_with(".part"));
        tree
    };
    parts.map(tree).collect()
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let (clean, full) = (Scene::new(), Scene::new());
    let whole = Command::new(TEGU)
        .args(["demo", "--out"])
        .arg(clean.root.path())
        .output()
        .unwrap();
    assert_eq!(whole.status.code(), Some(3));
    // The organisation itself must fit; its largest file is an mbox.
    let largest = tree(&clean.path("organisation"))
        .values()
        .map(|file| file.len() as u64)
        .max()
        .unwrap();
    let first = largest / 512 + 2;
    let mut failures = 0;
    for blocks in [first, first + 20, first + 60, first + 120, first + 200] {
        let output = run_within(&full, blocks);
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(1) {
            failures += 1;
            let error = told
                .lines()
                .find(|line| line.starts_with("error: "))
                .unwrap_or_default();
            assert!(error.contains("File too large"), "{blocks}: {told}");
        } else {
            assert_eq!(output.status.code(), Some(3), "{blocks}: {told}");
        }
    }
    assert!(failures >= 2, "{failures}");
    let output = Command::new(TEGU)
        .args(["demo", "--out"])
        .arg(full.root.path())
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(parts(&full) == parts(&clean), "as of one clean run");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let scene = Scene::new();
    let made = Command::new(TEGU)
        .args(["demo", "--out"])
        .arg(scene.root.path())
        .output()
        .unwrap();
    assert_eq!(made.status.code(), Some(3));
    fs::remove_dir_all(scene.path("bundle")).unwrap();
    fs::set_permissions(scene.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Who is root may write everywhere. A copy, since nobody may read the folder of a build.
    let program = scene.path("migrate");
    fs::copy(TEGU, &program).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .arg("run")
        .arg(scene.path("organisation/migrate.toml"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("Permission denied") && told.contains("bundle"),
        "{told}"
    );
}

#[test]
fn a_journal_that_is_damaged_or_foreign_is_refused() {
    let scene = Scene::new();
    let run = || {
        Command::new(TEGU)
            .args(["demo", "--out"])
            .arg(scene.root.path())
            .output()
            .unwrap()
    };
    assert_eq!(run().status.code(), Some(3));
    let journal = scene.path("bundle/journal.redb");
    let whole = fs::read(&journal).unwrap();
    let before = parts(&scene);
    let mut damaged = whole.clone();
    let middle = damaged.len() / 3;
    damaged[middle..].iter_mut().for_each(|octet| *octet ^= 0x5a);
    for content in [
        damaged,
        b"a diary, and nothing else".repeat(500),
        whole[..whole.len() / 2].to_vec(),
    ] {
        fs::write(&journal, &content).unwrap();
        let output = run();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let error = told
            .lines()
            .find(|line| line.starts_with("error: "))
            .unwrap_or_default();
        assert!(
            error.contains("the journal") && error.contains("journal.redb"),
            "{told}"
        );
        assert!(parts(&scene) == before, "nothing is touched");
    }
    fs::write(&journal, whole).unwrap();
    assert_eq!(
        run().status.code(),
        Some(3),
        "the journal itself is good as it was"
    );
    assert!(parts(&scene) == before);
}
