//! Messages that no process should hold, and sources and targets that can do less than others.

use crate::{
    killed::example,
    mail::{end, route},
    scene::{Scene, counts, problems, tree},
};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Entity, Migration, Report, Result,
    message::{Flags, InternalDate, Listed, Message, Spool},
    source::{LdifDirectory, MailFiles, MailFolder, MailReader, MailSource, Read, SourceCapabilities},
    target::{Bundle, MailTarget, MailWriter, TargetCapabilities},
};
use tegu_testkit::Dovecot;

/// So many octets has the large message.
const LARGE: usize = 300 << 20;
/// So many a process may have in memory that moves it.
const MOST: u64 = 96 << 20;
/// So long it may take, on a machine that does other things besides.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 150 } else { 60 });

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
    let mut child = Command::new(example())
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

/// A source whose messages have other identities each time it is asked.
#[derive(Debug)]
struct Restless {
    messages: &'static [&'static str],
    first: u64,
}

impl MailSource for Restless {
    fn describe(&self) -> String {
        "restless".into()
    }

    fn capabilities(&self) -> SourceCapabilities {
        let mut capabilities = SourceCapabilities::everything();
        capabilities.stable_ids = false;
        capabilities
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        let reader: Box<dyn MailReader> = Box::new(Self { ..*self });
        Box::pin(async move { Ok(reader) })
    }
}

impl MailReader for Restless {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        Box::pin(async { Ok(vec![MailFolder::named(vec!["Letters".into()])]) })
    }

    fn list<'a>(&'a mut self, _: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        let listed = (0..self.messages.len() as u64)
            .map(|n| Listed::new((self.first + n).to_string(), 10, n))
            .collect();
        Box::pin(async move { Ok(listed) })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a MailFolder,
        messages: &'a [Listed],
        _: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        let read = messages.iter().map(|message| {
            let date = Some(InternalDate::new(5, 0));
            let body = self.messages[message.locator as usize];
            Read::Message(
                Message::new(Flags::from_names(["\\Seen"]), date, body),
                Vec::new(),
            )
        });
        let read = read.collect();
        Box::pin(async move { Ok(read) })
    }
}

async fn run(scene: &Scene, source: impl MailSource + 'static, target: impl MailTarget + 'static) -> Report {
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
    let migration = Migration::builder("test", scene.path("job"), directory)
        .mail(source, target)
        .build();
    let cancel = CancellationToken::new();
    let report = migration.run(&cancel).await.unwrap();
    assert!(report.balances() && report.complete, "{:?}", problems(&report));
    let proof = migration.verify(&cancel).await.unwrap();
    assert!(proof.holds(), "{proof:#?}");
    report
}

#[tokio::test]
async fn without_identities_a_message_is_known_by_its_content() {
    let scene = Scene::new();
    scene.head("job");
    let bundle = || Bundle::new(scene.path("job"));
    let twice = &["Subject: a\n\nx\n", "Subject: b\n\nx\n", "Subject: a\n\nx\n"];
    let source = |messages, first| Restless { messages, first };
    let first = run(&scene, source(twice, 0), bundle()).await;
    assert_eq!(counts(&first, Entity::Mail).moved, 3);
    let before = tree(&scene.path("job/mail"));
    let again = run(&scene, source(twice, 100), bundle()).await;
    assert_eq!(counts(&again, Entity::Mail).moved, 3);
    assert_eq!(again.entity(Entity::Mail).unwrap().moved_now, 0);
    assert_eq!(tree(&scene.path("job/mail")), before);
    let more = &[
        "Subject: c\n\nx\n",
        "Subject: a\n\nx\n",
        "Subject: a\n\nx\n",
        "Subject: a\n\nx\n",
    ];
    let third = run(&scene, source(more, 200), bundle()).await;
    assert_eq!(third.entity(Entity::Mail).unwrap().moved_now, 2);
}

/// A bundle that can do less.
#[derive(Debug)]
struct Less(Bundle, fn(&mut TargetCapabilities));

impl MailTarget for Less {
    fn describe(&self) -> String {
        "less".into()
    }

    fn capabilities(&self) -> TargetCapabilities {
        let mut capabilities = MailTarget::capabilities(&self.0);
        self.1(&mut capabilities);
        capabilities
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        MailTarget::open(&self.0, account)
    }
}

#[tokio::test]
async fn nothing_moves_to_where_it_cannot_be_proved() {
    let scene = Scene::new();
    scene.head("job");
    scene.write(
        "mail/anna/a.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nStatus: RO\nSubject: a\n\nx\n\n",
    );
    for (can, code) in [
        (
            (|can: &mut TargetCapabilities| can.reads_back = false) as fn(&mut TargetCapabilities),
            "MAIL-NO-PROOF",
        ),
        (|can| can.dates = false, "MAIL-DATE"),
        (|can| can.flags = false, "MAIL-FLAGS"),
    ] {
        let source = MailFiles::new("mail/{alias}", scene.path(""));
        let report = run(&scene, source, Less(Bundle::new(scene.path("job")), can)).await;
        assert_eq!(counts(&report, Entity::Mail).manual, 1, "{code}");
        let codes: Vec<_> = report.worklist[0]
            .findings
            .iter()
            .map(|finding| finding.code.as_ref())
            .collect();
        assert!(codes.contains(&code), "{codes:?}");
        assert!(report.worklist[0].original.is_some());
        fs::remove_dir_all(scene.path("job")).unwrap();
    }
}
