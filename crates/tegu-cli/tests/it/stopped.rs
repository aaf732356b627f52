//! Ctrl-C and SIGTERM end a command alike: at a safe point, and with what the last pass found.

#![cfg(unix)]

use crate::{TEGU, sample, scene::Scene};
use std::{
    io::{BufRead, BufReader, Read as _},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

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
        send(signal, &child);
        // The next pass is an hour away.
        assert_eq!(child.wait().unwrap().code(), Some(3), "{signal}");
    }
}

/// A server that never answers holds up a run; whoever asks for a second time does not wait for it.
#[test]
fn the_second_signal_ends_a_run_at_once() {
    for signal in ["INT", "TERM"] {
        let scene = Scene::new();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        scene.write("password", "x");
        let config = scene.head("job")
            + &format!(
                "[mail]\nsource = {{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', password = {{ file = 'password' }} }}\n\
                 target = {{ kind = 'bundle' }}\n",
                server.local_addr().unwrap().port()
            );
        scene.write("job.toml", config);
        let mut child = Command::new(TEGU)
            .args(["run", "job.toml"])
            .current_dir(scene.root.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It waits for the greeting.
        let held = server.accept().unwrap();
        send(signal, &child);
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("once more to stop at once") {
            line.clear();
            assert!(errors.read_line(&mut line).unwrap() > 0, "{signal}: it ended");
        }
        send(signal, &child);
        assert_eq!(child.wait().unwrap().code(), Some(1), "{signal}");
        let mut rest = String::new();
        errors.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "{signal}: it came to its own end");
        drop(held);
    }
}
