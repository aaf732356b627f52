//! Microsoft's schema as a judge of requests and answers. It is not part of the project.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder that `TEGU_EWS_REFERENCE` names, with Microsoft's schema and documented messages. Says loudly when it is unset: a test that is
/// skipped otherwise looks like a passed one.
pub fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("TEGU_EWS_REFERENCE");
    if folder.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        eprintln!(
            "SKIPPED: {test} tests nothing, because TEGU_EWS_REFERENCE names no folder with Microsoft's schema"
        );
    }
    folder.map(Into::into)
}

/// What the schema says of pairs of request and answer: the faults found, and how many messages were judged.
///
/// # Panics
///
/// When Python or lxml is missing.
pub fn judge(exchanges: &[(String, String)], reference: &Path) -> (Vec<String>, usize) {
    let mut child = Command::new("/usr/bin/python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge/schema.py"))
        .arg(reference.join("schema"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start python3; as root, run `ci/install-debian`");
    let mut input = String::new();
    for (request, response) in exchanges {
        input.push_str(&serde_json::json!({"request": request, "response": response}).to_string());
        input.push('\n');
    }
    let mut stdin = child.stdin.take().expect("write to python3");
    stdin.write_all(input.as_bytes()).expect("write to python3");
    drop(stdin);
    let output = child.wait_with_output().expect("wait for python3");
    assert!(
        output.status.success(),
        "the schema was not read: is the Debian package `python3-lxml` there? As root, run `ci/install-debian`"
    );
    let text = String::from_utf8(output.stdout).expect("read the verdict");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines
        .pop()
        .and_then(|line| line.strip_prefix("judged ")?.parse().ok());
    (lines, count.expect("a number of messages judged"))
}
