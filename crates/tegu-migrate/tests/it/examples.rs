//! The examples do what they say.

use crate::{killed::example, scene::Scene};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
};

fn other(name: &str) -> PathBuf {
    example().with_file_name(name)
}

#[test]
fn a_vendors_own_protocol_goes_in_and_out() {
    let scene = Scene::new();
    for _ in 0..2 {
        let output = Command::new(other("custom_source_target"))
            .arg(scene.root.path())
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
    let mut child = Command::new(other("embed_service"))
        .arg(scene.root.path())
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
        last["items"]["moved"].as_u64().unwrap() > 100 && events > 20,
        "{events} {last}"
    );
}
