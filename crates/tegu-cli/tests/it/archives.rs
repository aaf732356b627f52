//! Mail archives, killed and started again: trees of mbox files to a server, and a server's mailbox to such a tree.

use crate::{
    TEGU,
    imap::{end, fill, route},
    oracle,
    scene::Scene,
};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};
use tegu_testkit::Dovecot;

/// (SHA-256 of the content with CRLF, place of its `From_` line) of each message of each mbox file, as a few lines of
/// Python read mboxrd: they share no line with ours.
const READER: &str = r#"
import hashlib, json, os, re, sys
found = []
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        if not name.endswith(".mbox"):
            continue
        data = open(os.path.join(folder, name), "rb").read()
        for message in re.split(rb"(?m)^From [^\n]*\n", data)[1:]:
            assert message.endswith(b"\n")
            message = re.sub(rb"(?m)^>(>*From )", rb"\1", message[:-1])
            message = re.sub(rb"\r?\n", b"\r\n", message)
            found.append(hashlib.sha256(message).hexdigest())
json.dump(sorted(found), sys.stdout)
"#;

fn digests(tree: &Path) -> Vec<String> {
    let output = Command::new("python3")
        .args(["-c", READER])
        .arg(tree)
        .output()
        .expect("python3 (Debian package python3)");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn held(mailbox: &oracle::Mailbox) -> Vec<String> {
    let mut all: Vec<_> = mailbox
        .values()
        .flatten()
        .map(|message| message.0.clone())
        .collect();
    all.sort();
    all
}

/// Runs the program again and again and kills it ever later, until a run comes through.
fn kill_until_done(config: &Path) -> (i32, Option<i32>) {
    let (mut kills, mut wait) = (0, 40);
    loop {
        let mut child = Command::new(TEGU)
            .arg("run")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(wait));
        if let Some(status) = child.try_wait().unwrap() {
            return (kills, status.code());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        wait += 20 + wait / 20;
    }
}

/// A tree as Thunderbird keeps it, with quoted lines, flags and messages that are there twice.
fn thunderbird(scene: &Scene, messages: usize) {
    let message = |number: usize| {
        let flags = ["0000", "0001", "0003", "0005"][number % 4];
        let day = 1 + number % 28;
        format!(
            "From - Mon Jan {day:02} 00:00:00 2024\r\nX-Mozilla-Status: {flags}\r\nSubject: {}\r\n\r\n\
             text\r\n>From here\r\n>>From there\r\n{}\r\n",
            number / 2,
            "line\r\n".repeat(number * 7 % 400)
        )
    };
    for (file, from, to) in [
        ("Inbox", 0, messages / 2),
        ("Inbox.sbd/Работа", messages / 2, messages * 3 / 4),
        ("Inbox.sbd/Work.sbd/R&D", messages * 3 / 4, messages),
    ] {
        let content: String = (from..to).map(message).collect();
        scene.write(&format!("mail/anna/{file}"), content);
        scene.write(&format!("mail/anna/{file}.msf"), "index");
    }
}

#[test]
fn a_tree_to_a_server_killed_and_started_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Dovecot::start();
    let scene = Scene::new();
    let head = scene.head("job");
    thunderbird(&scene, 400);
    // The reader below wants a file's own ending.
    let copy = tempfile::tempdir().unwrap();
    for (number, file) in ["Inbox", "Inbox.sbd/Работа", "Inbox.sbd/Work.sbd/R&D"]
        .iter()
        .enumerate()
    {
        let content = fs::read_to_string(scene.path(&format!("mail/anna/{file}"))).unwrap();
        // CRLF before the next From_ line is the blank line there.
        fs::write(
            copy.path().join(format!("{number}.mbox")),
            content.replace("\r\n", "\n"),
        )
        .unwrap();
    }
    let expected = digests(copy.path());
    let source = "{ kind = 'files', path = 'mail/{alias}' }";
    scene.write("job.toml", route(&head, source, &end(target.port())));
    let (kills, status) = kill_until_done(&scene.path("job.toml"));
    assert_eq!(status, Some(0));
    assert!(kills > 2, "{kills}");
    let mailbox = oracle::mailbox(target.port(), "anna");
    assert_eq!(
        held(&mailbox),
        expected,
        "after {kills} kills: nothing lost, nothing twice"
    );
    let names: Vec<_> = mailbox
        .iter()
        .filter(|(_, messages)| !messages.is_empty())
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let all: Vec<_> = mailbox.values().flatten().collect();
    let flagged = |name: &str| {
        all.iter()
            .filter(|message| message.1.contains(&name.to_owned()))
            .count()
    };
    assert_eq!(
        (flagged("\\seen"), flagged("\\answered"), flagged("\\flagged")),
        (300, 100, 100)
    );
    assert!(
        all.iter()
            .all(|message| (1_704_067_200..1_706_486_401).contains(&message.2)),
        "envelope dates"
    );
    let again = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&again.stdout).contains("moved in this run: 0;"));
    assert_eq!(held(&oracle::mailbox(target.port(), "anna")), expected);
}

#[tokio::test]
async fn a_server_to_a_tree_killed_and_started_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let source = Dovecot::start();
    fill(source.port(), 250, 11).await;
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "job.toml",
        route(&head, &end(source.port()), "{ kind = 'bundle' }"),
    );
    let (kills, status) = kill_until_done(&scene.path("job.toml"));
    // A message whose last line has no end cannot stand in an mbox file: it is left for a person.
    assert!(matches!(status, Some(0 | 3)), "{status:?}");
    assert!(kills > 2, "{kills}");
    let report = fs::read(scene.path("job/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let rows = report["entities"].as_array().unwrap();
    let mail = rows.iter().find(|row| row["entity"] == "mail").unwrap();
    let (moved, manual) = (mail["moved"].as_u64().unwrap(), mail["manual"].as_u64().unwrap());
    assert_eq!(moved + manual, 250);
    let mut expected = held(&oracle::mailbox(source.port(), "anna"));
    let found = digests(&scene.path("job/mail"));
    assert_eq!(found.len() as u64, moved, "after {kills} kills");
    for digest in &found {
        let at = expected
            .iter()
            .position(|own| own == digest)
            .expect("a message of the source, once");
        expected.remove(at);
    }
    assert_eq!(expected.len() as u64, manual);
}
