//! The examples do what they say.

use crate::{sample, scene::Scene};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// An example, which cargo builds together with the tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let example = folder.join("examples").join(name);
    assert!(
        example.exists(),
        "{} is built by `cargo build --examples`",
        example.display()
    );
    example
}

#[test]
fn a_vendors_own_protocol_goes_in_and_out() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    for _ in 0..2 {
        let output = Command::new(example("custom_source_target"))
            .arg(scene.path("organisation"))
            .args(["romashka.test", "vendor"])
            .current_dir(scene.root.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            told.matches("complete: true; adds up: true; proved again: true")
                .count(),
            2,
            "{told}"
        );
        assert!(
            told.starts_with("into the store: ") && !told.contains(" 0 messages"),
            "{told}"
        );
    }
}

/// Runs the service, and returns the last line that a listener was told, and how many before it.
fn listen(scene: &Scene, stop: bool) -> (serde_json::Value, usize) {
    let mut child = Command::new(example("embed_service"))
        .arg(scene.path("organisation/migrate.toml"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let address = first.trim().strip_prefix("listening on ").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut told = Vec::new();
    for line in lines {
        told.push(serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
        if stop && told.len() == 5 {
            stream.write_all(b"stop\n").unwrap();
        }
    }
    assert!(child.wait().unwrap().success());
    let last = told.pop().unwrap();
    (last, told.len())
}

#[test]
fn a_service_tells_and_stops_and_goes_on() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    let (last, _) = listen(&scene, true);
    assert_eq!(last["event"], "ended");
    assert!(
        last["error"]
            .as_str()
            .is_some_and(|error| error.contains("cancelled")),
        "{last}"
    );
    let (last, events) = listen(&scene, false);
    assert_eq!(
        (&last["event"], &last["complete"], &last["balances"]),
        (&"ended".into(), &true.into(), &true.into())
    );
    assert!(
        last["items"]["moved"].as_u64().unwrap() > 100 && events >= 5,
        "{events} {last}"
    );
}
