//! Messages that no process should hold.

use crate::{
    TEGU,
    imap::{end, route},
    scene::{Scene, counts},
};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tegu_migrate::Entity;
use tegu_testkit::Dovecot;

/// So many octets has the large message: less where nothing is optimised, which is slow to make as well.
const LARGE: usize = if cfg!(debug_assertions) {
    128 << 20
} else {
    300 << 20
};
/// So many a process may have in memory that moves it.
const MOST: u64 = 96 << 20;
/// So long it may take, on a machine that does other things besides.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 60 });

/// An mbox file of a small, a large and a small message.
fn write_mbox(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = BufWriter::new(File::create(path).unwrap());
    let small = |file: &mut BufWriter<File>, name: &str| {
        write!(
            file,
            "From a@b Mon Jan  1 00:00:00 2024\nSubject: {name}\n\ntext\n\n"
        )
        .unwrap();
    };
    small(&mut file, "before");
    let head = "From a@b Tue Jan  2 00:00:00 2024\nStatus: RO\nSubject: large\n\n";
    file.write_all(head.as_bytes()).unwrap();
    let lines = format!(
        "{}>From the middle of it\n",
        format!("{}\n", "0123456789abcdefghi".repeat(4)).repeat(1000)
    );
    for _ in 0..LARGE / lines.len() + 1 {
        file.write_all(lines.as_bytes()).unwrap();
    }
    file.write_all(b"\n").unwrap();
    small(&mut file, "after");
    file.flush().unwrap();
}

/// SHA-256 of each file without its `From_` lines, and with each line ending in LF.
const ORACLE: &str = r"
import hashlib, sys
for path in sys.argv[1:]:
    digest = hashlib.sha256()
    for line in open(path, 'rb'):
        if not line.startswith(b'From '):
            digest.update(line.replace(b'\r\n', b'\n'))
    print(digest.hexdigest())
";

fn same_messages(one: &Path, other: &Path) -> bool {
    let output = Command::new("python3")
        .args(["-c", ORACLE])
        .args([one, other])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let digests: Vec<&str> = text.lines().collect();
    digests.len() == 2 && digests[0] == digests[1]
}

/// Runs a job in a process of its own; returns what it needed at most, in octets, and how long it took.
fn run_alone(scene: &Scene, config: &str) -> (u64, Duration) {
    scene.write("large.toml", config);
    let begun = Instant::now();
    let mut child = Command::new(TEGU)
        .args(["run", "large.toml"])
        .current_dir(scene.root.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let code = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let pages = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(pages.unwrap_or_default() << 10);
        match child.try_wait().unwrap() {
            Some(status) => break status.code(),
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    assert_eq!(code, Some(0), "everything moves");
    (most, begun.elapsed())
}

#[test]
fn a_large_message_needs_little_memory() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let scene = Scene::new();
    let up = scene.head("up");
    let source = scene.path("mail/anna/Big.mbox");
    write_mbox(&source);
    let files = "{ kind = 'files', path = 'mail/{alias}', variant = 'mboxrd' }";
    let server = end(server.port());
    let down = route(&scene.head("down"), &server, "{ kind = 'bundle' }");
    for (way, config) in [("up", route(&up, files, &server)), ("down", down)] {
        let (most, took) = run_alone(&scene, &config);
        println!("{way}: {} MiB at most, {took:.1?}", most >> 20);
        assert!(most > 0 && most < MOST, "{way}: {} MiB", most >> 20);
        assert!(took < LONGEST, "{way}: {took:?}");
        let spooled = fs::read_dir(scene.path(way)).unwrap();
        let names = spooled.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(
            !names.into_iter().any(|name| name.starts_with(".tmp")),
            "the spool has no names"
        );
    }
    let arrived = scene.path("down/mail/anna@example.test/Big.mbox");
    assert!(same_messages(&arrived, &source));
    let sidecar = fs::read_to_string(scene.path("down/mail/anna@example.test/Big.mbox.jsonl")).unwrap();
    assert!(sidecar.lines().nth(1).unwrap().contains("Seen"), "{sidecar}");
}

#[tokio::test]
async fn a_large_message_that_cannot_move_is_kept_whole() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let scene = Scene::new();
    let head = scene.head("job");
    let mut body = b"Subject: nul\r\n\r\n".to_vec();
    body.extend(b"0123456789abcdef0123456789abcdef\r\n".repeat(90_000));
    body.push(0);
    scene.write("mail/anna/Letters/large.eml", &body);
    let files = "{ kind = 'files', path = 'mail/{alias}' }";
    let report = scene
        .run(&route(&head, files, &end(server.port())))
        .await
        .unwrap();
    assert_eq!(counts(&report, Entity::Mail).manual, 1);
    assert_eq!(report.worklist[0].findings[0].code, "MAIL-NUL");
    let kept = fs::read(
        scene
            .path("job")
            .join(report.worklist[0].original.as_ref().unwrap()),
    )
    .unwrap();
    assert!(kept == body, "{} octets of {}", kept.len(), body.len());
}
