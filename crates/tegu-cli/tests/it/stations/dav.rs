//! `tegu dav`: what the commands print, what they leave, how they end.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tegu_testkit::Radicale;

use crate::TEGU;
use front::{Fault, Front};

#[path = "../../../../tegu-dav/tests/it/front.rs"]
#[allow(dead_code, reason = "the tests of tegu-dav use the rest")]
mod front;

fn run(name: &str, arguments: &[&str]) -> (i32, Output) {
    let output = Command::new(TEGU)
        .args(["dav", name])
        .args(arguments)
        .env("TEGU_DAV_PASSWORD", Radicale::password())
        .output()
        .unwrap();
    (output.status.code().unwrap(), output)
}

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tegu-dav/tests/data")
        .join(name)
        .display()
        .to_string()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

const GOOD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
     DTSTART:20260105T100000Z\r\nSUMMARY:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTAMP:20260101T000000Z\r\n\
     DTSTART:20100105T100000Z\r\nSUMMARY:old\r\nATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:ATTACHMENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn good() -> String {
    GOOD.replace("ATTACHMENT", &"QUJD".repeat(100))
}

#[test]
fn wrong_arguments_and_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("garbage.ics"), b"\x00\x01 nothing of the kind").unwrap();
    for name in ["import", "convert", "weigh"] {
        assert_eq!(run(name, &["--nonsense"]).0, 2, "{name}");
        assert_eq!(run(name, &[]).0, 2, "{name}");
    }
    assert_eq!(run("weigh", &[&path("missing.ics")]).0, 1);
    assert_eq!(run("convert", &[&path("missing.ics"), "--to", &path("out")]).0, 1);
    assert_eq!(run("convert", &[&path("garbage.ics"), "--to", &path("out")]).0, 3);
    let missing = path("missing.ics");
    assert_eq!(
        run(
            "import",
            &["--calendar", &missing, "--to", "http://a@127.0.0.1:1/"]
        )
        .0,
        1
    );
    assert_eq!(run("import", &["--calendar", &missing, "--to", "nonsense"]).0, 2);
    assert_eq!(
        run(
            "import",
            &[
                "--calendar",
                &missing,
                "--to",
                "http://a@127.0.0.1:1/",
                "--archive-before",
                "May"
            ]
        )
        .0,
        2
    );
}

#[test]
fn convert_leaves_resources_and_tells_of_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.ics");
    std::fs::write(&file, good()).unwrap();
    let out = dir.path().join("out");
    let (code, _) = run(
        "convert",
        &[file.to_str().unwrap(), "--to", out.to_str().unwrap()],
    );
    assert_eq!(code, 0);
    let told: Value = serde_json::from_slice(&std::fs::read(out.join("findings.json")).unwrap()).unwrap();
    assert_eq!((&told["written"], &told["manual"]), (&2.into(), &0.into()));
    for item in told["items"].as_array().unwrap() {
        assert!(out.join(item["file"].as_str().unwrap()).exists());
    }
    let out = dir.path().join("damaged");
    let (code, output) = run(
        "convert",
        &[&data("damaged.ics"), "--to", out.to_str().unwrap(), "--json"],
    );
    assert_eq!(code, 3);
    assert!(json(&output)["manual"].as_u64().unwrap() > 0);
    let told: Value = serde_json::from_slice(&std::fs::read(out.join("findings.json")).unwrap()).unwrap();
    for item in told["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["state"] == "manual")
    {
        assert!(out.join(item["file"].as_str().unwrap()).exists(), "{item}");
        assert!(
            item["findings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|finding| finding["severity"] == "lossy"),
            "{item}"
        );
    }
    let (code, output) = run("weigh", &[file.to_str().unwrap(), "--json"]);
    let weight = json(&output);
    assert_eq!((code, weight["bytes"].as_u64()), (0, Some(good().len() as u64)));
    let classes: u64 = weight["classes"]
        .as_object()
        .unwrap()
        .values()
        .map(|bytes| bytes.as_u64().unwrap())
        .sum();
    assert_eq!(classes, good().len() as u64);
}

#[test]
fn import_archives_externalises_follows_and_ends_honestly() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("a.ics"), good()).unwrap();
    let url = server
        .url()
        .replace("http://", &format!("http://{}@", Radicale::user()));
    let (file, ledger, store) = (path("a.ics"), path("ledger"), path("store"));
    let base = [
        "--calendar",
        &file,
        "--to",
        &url,
        "--collection",
        "work",
        "--ledger",
        &ledger,
        "--json",
    ];
    let with = |more: &[&str]| run("import", &[&base[..], more].concat());

    let (code, output) = with(&["--dry-run"]);
    assert_eq!(code, 0, "{output:?}");
    assert!(
        json(&output)["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["action"] == "put")
    );
    let (code, output) = with(&["--externalise", &store]);
    let first = json(&output);
    assert_eq!((code, &first["states"]["moved"]), (0, &2.into()), "{first}");
    assert!(first["balances"].as_bool().unwrap() && first["externalised"].as_u64().unwrap() > 300);
    assert_eq!(std::fs::read_dir(&store).unwrap().count(), 1);
    let (code, output) = with(&["--externalise", &store]);
    assert_eq!((code, &json(&output)["states"]["present"]), (0, &2.into()));

    std::fs::write(path("a.ics"), good().replace("SUMMARY:a", "SUMMARY:b")).unwrap();
    let (code, output) = with(&["--externalise", &store]);
    let changed = json(&output);
    assert_eq!(
        (code, &changed["states"]["moved"], &changed["states"]["present"]),
        (0, &1.into(), &1.into()),
        "{changed}"
    );

    let other = [
        "--calendar",
        &file,
        "--to",
        &url,
        "--collection",
        "new",
        "--json",
        "--archive-before",
        "2020-01-01",
    ];
    let (code, output) = run("import", &other);
    let archived = json(&output);
    assert_eq!(
        (
            code,
            &archived["states"]["moved"],
            &archived["states"]["excluded"]
        ),
        (0, &1.into(), &1.into()),
        "{archived}"
    );
    assert!(
        std::fs::read_to_string(path("a.archive.ics"))
            .unwrap()
            .contains("SUMMARY:old")
    );

    let contacts = data("outlook-ru.csv");
    let (code, output) = run(
        "import",
        &[
            "--contacts",
            &contacts,
            "--to",
            &url,
            "--collection",
            "people",
            "--json",
        ],
    );
    let people = json(&output);
    let manual = people["states"]["manual"].as_u64().unwrap();
    assert_eq!(code, if manual > 0 { 3 } else { 0 }, "{people}");
    assert!(people["states"]["moved"].as_u64().unwrap() > 0);

    let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let front = Front::start(server.port(), move |method, _| match method {
        "PUT" => Fault::Answer(broken),
        _ => Fault::Pass,
    });
    let url = front
        .url
        .replace("http://", &format!("http://{}@", Radicale::user()));
    let (code, output) = run(
        "import",
        &[
            "--calendar",
            &file,
            "--to",
            &url,
            "--collection",
            "broken",
            "--json",
        ],
    );
    assert_eq!((code, &json(&output)["states"]["failed"]), (4, &2.into()));
    let wrong = server
        .url()
        .replace("http://", &format!("http://{}@", Radicale::user()));
    let refused = Command::new(TEGU)
        .args(["dav", "import", "--calendar", &file, "--to", &wrong])
        .args(["--collection", "work"])
        .env("TEGU_DAV_PASSWORD", "wrong")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
}

const NEW_CARD: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:new\r\nFN:Anna\r\nGENDER:F\r\nEND:VCARD\r\n\
     BEGIN:VCARD\r\nVERSION:2.1\r\nN:Ivanov;Ivan\r\nTEL;WORK:1\r\nEND:VCARD\r\n";

#[test]
fn cards_leave_in_the_version_that_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cards.vcf");
    std::fs::write(&file, NEW_CARD).unwrap();
    for (more, expected) in [
        (&[][..], ["3.0", "4.0"]),
        (&["--vcard-version", "4.0"], ["4.0", "4.0"]),
        (&["--vcard-version", "3.0"], ["3.0", "3.0"]),
    ] {
        let out = dir.path().join(format!("out{}", more.concat()));
        let mut arguments = vec![file.to_str().unwrap(), "--to", out.to_str().unwrap()];
        arguments.extend(more);
        let (code, output) = run("convert", &arguments);
        assert_eq!(code, 0, "{output:?}");
        let cards = std::fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut versions: Vec<String> = cards
            .filter(|path| path.extension().is_some_and(|ending| ending == "vcf"))
            .map(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                let version = text.lines().find_map(|line| line.strip_prefix("VERSION:"));
                assert!(version != Some("3.0") || !text.contains("\nGENDER"), "{text}");
                version.unwrap().to_owned()
            })
            .collect();
        versions.sort();
        assert_eq!(versions, expected, "{more:?}");
    }
    let wrong = ["x.vcf", "--to", "y", "--vcard-version", "2.1"];
    assert_eq!(run("convert", &wrong).0, 2);
}

#[test]
fn an_address_book_of_version_3_for_a_server_that_knows_nothing_newer() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cards.vcf");
    std::fs::write(&file, NEW_CARD).unwrap();
    let to = server.url().replace("://", &format!("://{}@", Radicale::user()));
    let (code, output) = run(
        "import",
        &[
            "--contacts",
            file.to_str().unwrap(),
            "--to",
            &to,
            "--collection",
            "people",
            "--vcard-version",
            "3.0",
            "--json",
        ],
    );
    assert_eq!(code, 0, "{output:?}");
    assert_eq!(json(&output)["states"]["moved"], 2);
    let mut stored = Vec::new();
    let mut folders = vec![server.folder()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // What begins with a dot is the server's own.
            if path.file_name().unwrap().to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "vcf") {
                stored.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert_eq!(stored.len(), 2);
    assert!(
        stored.iter().all(|card| card.contains("VERSION:3.0")),
        "{stored:?}"
    );
    assert!(
        stored.iter().any(|card| card.contains("X-GENDER:F")),
        "{stored:?}"
    );
}

/// Names and texts of files, and what servers say, with sequences that move the cursor, retitle the window, or turn text around.
const FOREIGN: &str = "\u{1b}]0;x\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{2066}";

#[test]
fn foreign_text_reaches_the_terminal_without_control_characters() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let event = |uid: &str, start: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}{FOREIGN}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nSUMMARY:a{FOREIGN}\r\n\
             LOCATION:{FOREIGN}\r\nEND:VEVENT\r\n"
        )
    };
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:n{FOREIGN}\r\n{}{}{}END:VCALENDAR\r\n",
        event("1", "20260105T100000Z"),
        event("2", &format!("2026{FOREIGN}")),
        event("2", "20260105T100000Z"),
    );
    let file = dir.path().join(format!("calendar{FOREIGN}.ics"));
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let cards = dir.path().join(format!("cards{FOREIGN}.vcf"));
    std::fs::write(
        &cards,
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{FOREIGN}\r\nUID:{FOREIGN}\r\nBDAY:{FOREIGN}\r\nEND:VCARD\r\n"
        ),
    )
    .unwrap();
    let cards = cards.display().to_string();
    let to = dir.path().join("to").display().to_string();
    let absent = format!("{file}.absent");
    let server = Radicale::start();
    let front = Front::start(server.port(), |method, _| match method {
        "PUT" => Fault::Answer(
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 16\r\nConnection: close\r\n\r\nno\u{1b}]0;y\u{7}\u{1b}[2Jend",
        ),
        _ => Fault::Pass,
    });
    let url = front.url.replace("//", &format!("//{}@", Radicale::user()));
    let mut calls: Vec<(&str, Vec<&str>)> = Vec::new();
    for input in [&file, &cards, &absent] {
        calls.push(("weigh", vec![input]));
        calls.push(("weigh", vec![input, FOREIGN]));
        calls.push(("convert", vec![input, "--to", &to]));
        calls.push(("convert", vec![input, "--to", &file]));
    }
    calls.push(("import", vec![FOREIGN]));
    for (kind, input) in [
        ("--calendar", &file),
        ("--contacts", &cards),
        ("--calendar", &absent),
    ] {
        for more in [&["--one-by-one"][..], &["--dry-run"], &["--collection", FOREIGN]] {
            let mut words = vec![kind, input, "--to", &url];
            words.extend(more);
            calls.push(("import", words));
        }
    }
    let mut shown = 0;
    for (name, words) in calls {
        for json in [false, true] {
            let mut words = words.clone();
            words.extend(json.then_some("--json"));
            let (_, output) = run(name, &words);
            for text in [&output.stdout, &output.stderr] {
                let text = String::from_utf8(text.clone()).unwrap();
                shown += text.len();
                let hidden = text.chars().find(|c| tegu_outcome::is_hidden(*c) && *c != '\n');
                assert_eq!(hidden, None, "{name} {words:?}: {text:?}");
            }
            if json && !output.stdout.is_empty() {
                serde_json::from_slice::<Value>(&output.stdout).unwrap();
            }
        }
    }
    assert!(shown > 5_000, "{shown}");
}

#[cfg(unix)]
#[test]
fn what_is_written_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.ics");
    std::fs::write(&file, good()).unwrap();
    let to = dir.path().join("to");
    let (code, _) = run("convert", &[file.to_str().unwrap(), "--to", to.to_str().unwrap()]);
    assert_eq!(code, 0);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&to), 0o700);
    let files: Vec<PathBuf> = std::fs::read_dir(&to)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600));
    let ledger = dir.path().join("ledger");
    drop(tegu_dav::ledger::FileLedger::open(&ledger).unwrap());
    assert_eq!(mode(&ledger), 0o600);
}
