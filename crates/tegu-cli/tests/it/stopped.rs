//! Ctrl-C and SIGTERM end a command alike: at a safe point, and with what the last pass found.

#![cfg(unix)]

use crate::{TEGU, sample, scene::Scene};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn both_signals_end_a_command_alike() {
    for signal in ["INT", "TERM"] {
        let scene = Scene::new();
        sample::write(&scene.path("organisation")).unwrap();
        let mut child = Command::new(TEGU)
            .args(["follow", "--every", "3600"])
            .arg(scene.path("organisation/migrate.toml"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("pass from "), "{first}");
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        // The next pass is an hour away.
        assert_eq!(child.wait().unwrap().code(), Some(3), "{signal}");
    }
}
