//! Commands that only the program has, and what all commands have in common.

use crate::{TEGU, scene::Scene};
use std::{
    fs,
    process::{Command, Output},
};

fn tegu(scene: &Scene, words: &[&str]) -> Output {
    Command::new(TEGU)
        .args(words)
        .current_dir(scene.root.path())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn init_writes_the_documented_file_and_leaves_an_existing_one_alone() {
    let scene = Scene::new();
    let made = tegu(&scene, &["init"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("tegu plan migrate.toml"));
    assert_eq!(
        fs::read_to_string(scene.path("migrate.toml")).unwrap(),
        tegu_migrate::config::SAMPLE
    );

    let made = tegu(&scene, &["init", "with.toml", "--schema", "with.json"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let with = fs::read_to_string(scene.path("with.toml")).unwrap();
    let (first, rest) = with.split_once("\n\n").unwrap();
    assert_eq!(
        (first, rest),
        ("#:schema ./with.json", tegu_migrate::config::SAMPLE)
    );
    assert_eq!(
        fs::read_to_string(scene.path("with.json")).unwrap(),
        tegu_migrate::config::SCHEMA
    );
    tegu_migrate::Config::from_file(scene.path("with.toml")).unwrap();

    scene.write("job.toml", "mine");
    let refused = tegu(&scene, &["init", "job.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("job.toml") && said.lines().count() == 1, "{said}");
    assert_eq!(fs::read(scene.path("job.toml")).unwrap(), b"mine");

    let made = tegu(&scene, &["init", "--json", "other.toml"]);
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(told["configuration"], "other.toml");
}

#[test]
fn the_demo_writes_a_report_for_a_machine() {
    let scene = Scene::new();
    let ran = tegu(&scene, &["demo", "--json"]);
    assert_eq!(ran.status.code(), Some(3), "{}", text(&ran.stderr));
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(report["accounts"].as_array().unwrap().len(), 14);
    assert!(scene.path("tegu-demo/bundle/report.html").exists());
}

#[test]
fn every_command_explains_itself() {
    let scene = Scene::new();
    let version = tegu(&scene, &["--version"]);
    assert_eq!(
        text(&version.stdout),
        concat!("tegu ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let help = text(&tegu(&scene, &["--help"]).stdout);
    for command in [
        "demo",
        "init",
        "check",
        "plan",
        "run",
        "follow",
        "work",
        "verify",
        "status",
        "wave",
        "report",
        "export",
        "imap",
        "mbox",
        "ldap",
        "dav",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        let asked = tegu(&scene, &[command, "--help"]);
        let said = text(&asked.stdout);
        assert_eq!(asked.status.code(), Some(0), "{command}");
        assert!(said.contains("--json") && said.contains("Example"), "{said}");
        assert!(said.contains(&format!("\n  tegu {command}")), "{said}");
    }
    // Without a command it says what there is.
    let nothing = tegu(&scene, &[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("Usage: tegu"));
    let close = tegu(&scene, &["verfy", "job.toml"]);
    assert_eq!(close.status.code(), Some(2));
    assert!(text(&close.stderr).contains("verify"));
}
