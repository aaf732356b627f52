//! A disk that is full, and one that cannot be written: the run says so, nothing is lost, and with room again it ends like a
//! clean one.

use crate::{
    TEGU,
    killed::sums,
    sample,
    scene::{Scene, tree},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A small file system of its own.
struct Disk(PathBuf);

impl Disk {
    /// `None` where nothing may be mounted; the test then says so.
    fn of(path: PathBuf, octets: u64) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let size = format!("size={octets}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&path)
            .output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("SKIPPED: a disk of its own can be mounted by root only");
        }
        mounted.then_some(Self(path))
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.0).status();
        assert!(status.unwrap().success(), "{options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn write(scene: &Scene) {
    sample::write(&scene.path("organisation")).unwrap();
    let config = fs::read_to_string(scene.path("organisation/migrate.toml")).unwrap();
    let config = config.replace("../bundle", "../disk/bundle");
    scene.write("organisation/migrate.toml", config);
}

fn run(scene: &Scene) -> Output {
    let config = scene.path("organisation/migrate.toml");
    Command::new(TEGU).arg("run").arg(config).output().unwrap()
}

/// A clean run's result, to compare with.
fn clean() -> Scene {
    let scene = Scene::new();
    write(&scene);
    let output = run(&scene);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    scene
}

fn assert_same(scene: &Scene, clean: &Scene) {
    let bundle = |scene: &Scene, part: &str| scene.path(&format!("disk/bundle/{part}"));
    for part in ["mail", "calendars", "contacts", "worklist", "directory"] {
        let found = tree(&bundle(scene, part));
        let half = found.keys().find(|name| name.ends_with(".part"));
        assert_eq!(half, None, "half a file is left");
        assert_eq!(found, tree(&bundle(clean, part)), "{part}");
    }
    let reports = [scene, clean].map(|scene| sums(&bundle(scene, "report.json")));
    assert_eq!(reports[0], reports[1]);
    let listed = |scene: &Scene| {
        fs::read_to_string(bundle(scene, "worklist.csv"))
            .unwrap()
            .lines()
            .count()
    };
    assert_eq!(listed(scene), listed(clean));
}

fn assert_told(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = said.lines().find(|line| line.contains(why));
    assert!(
        line.is_some_and(|line| line.contains("disk/bundle")),
        "{why}, and where: {said}"
    );
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_full_disk() {
    let scene = Scene::new();
    let Some(disk) = Disk::of(scene.path("disk"), 4_096) else {
        return;
    };
    write(&scene);
    let mut full = 0;
    // Each time there is a little more room, so that it ends at every kind of file.
    let sizes = (1..).map(|step: u64| 16_384 + step * step * 6_000);
    for size in sizes {
        let output = run(&scene);
        if output.status.code() == Some(3) {
            break;
        }
        assert_told(&output, "No space left on device");
        full += 1;
        disk.remount(&format!("size={size}"));
    }
    assert!(full > 8, "{full}");
    println!("{full} runs ended at a full disk");
    assert_same(&scene, &clean());
}

#[test]
fn a_disk_that_cannot_be_written() {
    let scene = Scene::new();
    let Some(disk) = Disk::of(scene.path("disk"), 64 << 20) else {
        return;
    };
    write(&scene);
    disk.remount("ro");
    assert_told(&run(&scene), "Read-only file system");
    disk.remount("rw");
    assert_eq!(run(&scene).status.code(), Some(3));
    let before = tree(Path::new(&scene.path("disk/bundle/mail")));
    // A finished job whose disk has become read-only.
    disk.remount("ro");
    assert_told(&run(&scene), "Read-only file system");
    disk.remount("rw");
    assert_eq!(tree(&scene.path("disk/bundle/mail")), before);
    assert_eq!(run(&scene).status.code(), Some(3));
    assert_same(&scene, &clean());
}
