//! Where passwords come from: variables and private files, never arguments, and never the configuration.

use crate::TEGU;
use std::{
    fs,
    io::ErrorKind,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const SECRET: &str = "s3cret-of-anna";

/// Every command that signs in by its arguments, with the variable of its password. `AT` is where it would sign in.
const COMMANDS: [(&str, &str, &[&str]); 9] = [
    (
        "TEGU_FROM_PASSWORD",
        "imap",
        &["imap", "scan", "--url", "imap://annaAT/"],
    ),
    (
        "TEGU_FROM_PASSWORD",
        "imap",
        &[
            "imap",
            "copy",
            "--from",
            "imap://annaAT/",
            "--to",
            "imap://anna@127.0.0.1:1/",
            "--dry-run",
        ],
    ),
    (
        "TEGU_TO_PASSWORD",
        "imap",
        &[
            "imap",
            "copy",
            "--from",
            "imap://anna@127.0.0.1:1/",
            "--to",
            "imap://annaAT/",
            "--dry-run",
        ],
    ),
    (
        "TEGU_DAV_PASSWORD",
        "dav",
        &["dav", "import", "--calendar", "a.ics", "--to", "http://annaAT/"],
    ),
    (
        "TEGU_LDAP_PASSWORD",
        "ldap",
        &[
            "ldap",
            "plan",
            "--url",
            "ldap://AT",
            "--bind-dn",
            "cn=anna",
            "--base",
            "dc=x",
            "--profile",
            "tegu",
            "--domains",
            "x.test",
            "--out",
            "out",
            "--plain",
        ],
    ),
    (
        "TEGU_EWS_PASSWORD",
        "ews",
        &["ews", "scan", "--url", "http://AT/EWS/", "--user", "anna"],
    ),
    (
        "TEGU_EWS_PASSWORD",
        "ews",
        &[
            "ews",
            "export",
            "--url",
            "http://AT/EWS/",
            "--user",
            "anna",
            "--to",
            "out",
        ],
    ),
    (
        "TEGU_PASSWORD",
        "sieve",
        &["sieve", "put", "--url", "sieve://annaAT/", "--script", "a.sieve"],
    ),
    (
        "TEGU_PASSWORD",
        "sieve",
        &[
            "sieve",
            "translate",
            "--rules",
            "rules.json",
            "--server",
            "sieve://annaAT/",
            "--to",
            "out",
        ],
    ),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260105T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    for (name, text) in [("a.ics", event), ("a.sieve", "keep;\r\n"), ("rules.json", "[]")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn tegu(folder: &Path, words: &[String], variables: &[(String, &str)]) -> Command {
    let mut command = Command::new(TEGU);
    for (variable, ..) in COMMANDS {
        command
            .env_remove(variable)
            .env_remove(format!("{variable}_FILE"));
    }
    // The other side of a copy.
    command
        .env("TEGU_FROM_PASSWORD", "x")
        .env("TEGU_TO_PASSWORD", "x")
        .args(words)
        .envs(variables.iter().cloned())
        .current_dir(folder);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap() + &String::from_utf8(output.stdout.clone()).unwrap()
}

/// The command's words for a server that listens there, by a URL with a password where one is given.
fn words(words: &[&str], station: &str, port: u16, password: Option<&str>) -> Vec<String> {
    let who = match (station, password) {
        ("ldap" | "ews", Some(password)) => format!("anna:{password}@"),
        ("ldap" | "ews", None) => String::new(),
        (_, Some(password)) => format!(":{password}@"),
        (_, None) => "@".to_owned(),
    };
    let at = format!("{who}127.0.0.1:{port}");
    words.iter().map(|word| word.replace("AT", &at)).collect()
}

#[test]
fn a_password_in_an_argument_is_refused() {
    let folder = folder();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port();
    for (variable, station, command) in COMMANDS {
        // The variable does not make it better.
        for given in [&[][..], &[(variable.to_owned(), "x")]] {
            let words = words(command, station, port, Some(SECRET));
            let output = tegu(folder.path(), &words, given).output().unwrap();
            let said = said(&output);
            assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{command:?}: {said}");
            for says in [
                "all users of this machine",
                &format!("set {variable}, or {variable}_FILE"),
            ] {
                assert!(said.contains(says), "{command:?}: {said}");
            }
            assert!(!said.contains(SECRET), "{command:?}: {said}");
        }
    }
    let connected = server.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(connected, Err(ErrorKind::WouldBlock), "nothing is connected to");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_password_comes_from_a_private_file() {
    let folder = folder();
    let file = folder.path().join("password");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    for (variable, station, command) in COMMANDS {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        server.set_nonblocking(true).unwrap();
        let words = words(command, station, server.local_addr().unwrap().port(), None);
        // A variable without a value counts as none.
        let unset = (variable.to_owned(), "");
        let missing = said(
            &tegu(folder.path(), &words, std::slice::from_ref(&unset))
                .output()
                .unwrap(),
        );
        assert!(
            missing.contains(&format!(
                "set the environment variable {variable}, or {variable}_FILE"
            )),
            "{command:?}: {missing}"
        );
        let named = [unset, (format!("{variable}_FILE"), file.to_str().unwrap())];
        let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o640);
        let refused = tegu(folder.path(), &words, &named).output().unwrap();
        assert!(
            said(&refused).contains("others can read it (mode 640): chmod 600"),
            "{command:?}: {}",
            said(&refused)
        );
        assert!(!said(&refused).contains(SECRET));
        // What has a password signs in.
        mode(0o600);
        let mut child = tegu(folder.path(), &words, &named)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while server.accept().is_err() {
            let ended = child.try_wait().unwrap();
            assert_eq!(ended, None, "{command:?} ended without signing in");
            assert!(begun.elapsed() < Duration::from_secs(60), "{command:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
