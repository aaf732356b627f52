//! The examples do what they say.

use crate::{sample, scene::Scene};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tegu_migrate::{
    Account,
    mbox::tree::decode_component,
    sources::{self, MailFiles},
    targets,
};

#[path = "../../examples/item_source.rs"]
#[allow(dead_code, reason = "a program's main")]
mod item_source;
#[path = "../../examples/mail_source.rs"]
#[allow(dead_code, reason = "a program's main")]
mod mail_source;
#[path = "../../examples/mail_target.rs"]
#[allow(dead_code, reason = "a program's main")]
mod mail_target;

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

/// Runs an example twice: the second time everything is there.
fn run_twice(scene: &Scene, name: &str, arguments: [&str; 3]) {
    for _ in 0..2 {
        let output = Command::new(example(name))
            .args(arguments)
            .current_dir(scene.root.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let report = fs::read(scene.path("out/report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["complete"], true, "{report}");
    }
}

fn anna() -> Account {
    Account::new("anna@example.test")
}

fn letter(subject: &str) -> Vec<u8> {
    format!("From: boris@example.test\r\nSubject: {subject}\r\n\r\nbody\r\n").into_bytes()
}

/// The messages of each folder, as the suite of sources takes them.
fn mailbox(folders: &[(&[&str], &[&str])]) -> BTreeMap<Vec<String>, Vec<Vec<u8>>> {
    let folder = |(path, subjects): &(&[&str], &[&str])| {
        let path = path.iter().map(|level| (*level).to_owned()).collect();
        (path, subjects.iter().map(|subject| letter(subject)).collect())
    };
    folders.iter().map(folder).collect()
}

#[tokio::test]
async fn a_mail_source_of_ones_own() {
    let scene = Scene::new();
    for subject in ["first", "second"] {
        scene.write(
            &format!("archive/anna@example.test/{subject}.eml"),
            letter(subject),
        );
    }
    let known = mailbox(&[(&["Archive"], &["first", "second"])]);
    let archive = mail_source::Archive(scene.path("archive"));
    sources::conformance::mail(&archive, &anna(), &known).await;
    run_twice(&scene, "mail_source", ["archive", "out", "anna@example.test"]);
    let moved = MailFiles::new("{mail}", scene.path("out/mail"));
    sources::conformance::mail(&moved, &anna(), &known).await;
}

#[tokio::test]
async fn a_mail_target_of_ones_own() {
    let scene = Scene::new();
    targets::conformance::mail(&mail_target::Store(scene.path("empty")), &anna()).await;
    let known = mailbox(&[(&["Inbox"], &["first", "second"]), (&["A/B", "2024"], &["third"])]);
    for (name, subjects) in [("Inbox", &["first", "second"][..]), ("A%2FB/2024", &["third"])] {
        let separator = "From boris@example.test Mon Jan  1 00:00:00 2024\n";
        let mbox = subjects.iter().map(|subject| {
            let text = String::from_utf8(letter(subject)).unwrap().replace('\r', "");
            format!("{separator}{}\n", text.replacen('\n', "\nStatus: RO\n", 1))
        });
        scene.write(&format!("export/anna/{name}.mbox"), mbox.collect::<String>());
    }
    run_twice(&scene, "mail_target", ["export", "out", "anna@example.test"]);
    let mut stored = BTreeMap::new();
    for folder in fs::read_dir(scene.path("out/store/anna@example.test")).unwrap() {
        let folder = folder.unwrap();
        let path = decode_component(&folder.file_name().into_string().unwrap());
        let count = fs::read_dir(folder.path()).unwrap().count();
        let message = |number| fs::read(folder.path().join(format!("{number}.eml"))).unwrap();
        let messages: Vec<Vec<u8>> = (0..count).map(message).collect();
        stored.insert(path.split('\0').map(str::to_owned).collect(), messages);
    }
    let source = MailFiles::new("{alias}", scene.path("export"));
    sources::conformance::mail(&source, &anna(), &stored).await;
    assert_eq!(
        stored.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_source_of_contacts_of_ones_own() {
    let scene = Scene::new();
    let table =
        "anna@example.test;7;Boris, Jr;boris@example.test\nother@example.test;8;Olga;olga@example.test\n";
    scene.write("customers.csv", table);
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:customer-7\r\nFN:Boris\\, Jr\r\nN:Boris\\, Jr;;;;\r\n\
                EMAIL:boris@example.test\r\nEND:VCARD\r\n";
    let known = [(("Customers".to_owned(), "7".to_owned()), card.as_bytes().to_vec())];
    let customers = item_source::Customers(scene.path("customers.csv"));
    sources::conformance::items(&customers, &anna(), &known.into()).await;
    run_twice(
        &scene,
        "item_source",
        ["customers.csv", "out", "anna@example.test"],
    );
    let moved = crate::scene::tree(&scene.path("out/contacts/anna@example.test"));
    let moved: Vec<&[u8]> = moved.values().map(Vec::as_slice).collect();
    assert_eq!(moved, [card.as_bytes()], "{moved:?}");
}

/// Runs the service, and returns the last line that a listener was told, and how many before it.
fn listen(scene: &Scene, stop: bool) -> (serde_json::Value, usize) {
    let mut child = Command::new(example("embed_service"))
        .arg(scene.path("organisation/migrate.toml"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let (mut first, mut rest) = (String::new(), String::new());
    said.read_line(&mut first).unwrap();
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
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().success(), !stop);
    assert_eq!(rest == "complete: true; adds up: true\n", !stop, "{rest}");
    let last = told.pop().unwrap();
    (last, told.len())
}

#[test]
fn a_service_tells_and_stops_and_goes_on() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    let (last, _) = listen(&scene, true);
    let error = last["error"].as_str().unwrap_or_default();
    assert!(
        last["event"] == "finished" && error.contains("cancelled"),
        "{last}"
    );
    let (last, events) = listen(&scene, false);
    assert!(last["event"] == "finished" && last["error"].is_null(), "{last}");
    assert!(events >= 5, "{events}");
    let report = fs::read(scene.path("bundle/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["complete"], true);
}
