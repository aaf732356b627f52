//! `tegu mbox`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::TEGU;

const F: &str = "From a@example.org Mon Jan  1 00:00:00 2024\n";

fn run(directory: &Path, arguments: &str) -> (i32, Output) {
    let output = Command::new(TEGU)
        .arg("mbox")
        .args(arguments.split(' '))
        .current_dir(directory)
        .output()
        .unwrap();
    (output.status.code().unwrap(), output)
}

#[track_caller]
fn expect(directory: &Path, arguments: &str, status: i32) -> String {
    let (found, output) = run(directory, arguments);
    assert_eq!(found, status, "{arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn sample() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = format!(
        "{F}Subject: a\n\nx\n\n{F}Subject: b\n\n>>From y\n\nFrom now on\n\n{F}Subject: c\r\n\r\nz\r\n\n"
    );
    fs::write(dir.path().join("in.mbox"), &file).unwrap();
    (dir, file)
}

#[test]
fn split_and_joined_it_is_the_same() {
    let (dir, _) = sample();
    let at = dir.path();
    assert_eq!(expect(at, "count in.mbox", 0), "3\n");
    let said = expect(at, "split in.mbox --to out --read mboxrd", 0);
    assert_eq!(said, "source 3 done 3 manual 0 failed 0\n");
    let second = fs::read(at.join("out/00000002.eml")).unwrap();
    assert_eq!(second, b"Subject: b\n\n>From y\n\nFrom now on\n");
    expect(at, "join out --to again.mbox --variant mboxrd", 0);
    // Strictly quoted now; the envelopes are those of the source.
    let again = fs::read_to_string(at.join("again.mbox")).unwrap();
    assert_eq!(again.matches(F).count(), 3);
    assert!(again.contains("\n>From now on\n") && again.contains("\n>>From y\n"));
    let said = expect(at, "verify again.mbox --against in.mbox --read mboxrd", 0);
    assert!(said.ends_with("the same messages\n"), "{said}");
    // The same command again, over what is there.
    expect(at, "split in.mbox --to out --read mboxrd", 0);
    let left = fs::read_dir(at.join("out")).unwrap().count();
    assert_eq!(left, 4, "three messages and their envelopes");
}

#[test]
fn converted_to_every_variant_and_back() {
    let (dir, _) = sample();
    let at = dir.path();
    expect(
        at,
        "convert in.mbox --to cl2.mbox --variant mboxcl2 --read mboxrd",
        0,
    );
    expect(
        at,
        "convert cl2.mbox --to rd.mbox --variant mboxrd --read mboxcl2",
        0,
    );
    let cl2 = fs::read_to_string(at.join("cl2.mbox")).unwrap();
    assert!(cl2.contains("Content-Length: 21\n") && cl2.contains("\n>From y\n"));
    // What the lengths were is gone with them, and the first file stands again.
    let (first, last) = ("in.mbox", "rd.mbox");
    let said = expect(at, &format!("verify {last} --against {first} --read mboxrd"), 0);
    assert!(said.ends_with("the same messages\n"), "{said}");
    // Told from the lengths without a word.
    expect(at, "convert cl2.mbox --to again.mbox --variant mboxrd", 0);
    assert_eq!(
        fs::read(at.join("again.mbox")).unwrap(),
        fs::read(at.join("rd.mbox")).unwrap()
    );
    assert_eq!(
        expect(at, "verify cl2.mbox --against again.mbox", 0)
            .lines()
            .last(),
        Some("the same messages")
    );
    // mboxo cannot carry the line `From now on`.
    let (status, output) = run(at, "convert in.mbox --to o.mbox --variant mboxo --read mboxrd");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(status, 3);
    assert!(
        said.contains("MBOX-BODY-FROM") && said.contains("message at byte"),
        "{said}"
    );
    assert_eq!(expect(at, "count o.mbox", 0), "2\n");
}

#[test]
fn a_difference_is_a_failure_that_is_named() {
    let (dir, file) = sample();
    let at = dir.path();
    fs::write(at.join("other.mbox"), file.replace("\nx\n", "\ny\n")).unwrap();
    let (status, output) = run(at, "verify in.mbox --against other.mbox --read mboxrd");
    assert_eq!(status, 4);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("in.mbox: message at byte 0 ("), "{said}");
    assert!(said.contains("not in other.mbox"), "{said}");
}

#[test]
fn what_is_doubtful_is_left_for_a_person() {
    let (dir, _) = sample();
    let (status, output) = run(dir.path(), "verify in.mbox");
    assert_eq!(status, 3);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("MBOX-QUOTING-AMBIGUOUS"), "{said}");
}

/// What repeats is told once, with its number and the first places; all of it if asked.
#[test]
fn findings_that_repeat_are_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    fs::write(
        at.join("in.mbox"),
        format!("{F}Subject: b\n\n>From x\n\n").repeat(500),
    )
    .unwrap();
    let lines = |arguments: &str| {
        let (status, output) = run(at, arguments);
        assert_eq!(status, 3, "{arguments}: {output:?}");
        let lines: Vec<String> = String::from_utf8(output.stderr)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        (lines, output.stdout)
    };
    let (once, _) = lines("verify in.mbox");
    let place = format!(
        "500 messages, the first at byte 0, {0}, {1}; ",
        F.len() + 21,
        2 * (F.len() + 21)
    );
    assert!(
        once.len() == 1 && once[0].contains(&place) && once[0].contains("MBOX-QUOTING-AMBIGUOUS"),
        "{once:?}"
    );
    let (all, _) = lines("verify in.mbox --all");
    assert_eq!(all.len(), 500);
    assert!(all[499].contains("message at byte"), "{}", all[499]);
    let (_, json) = lines("verify in.mbox --json");
    let told: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        (&told["manual"], &told["same"]),
        (&500.into(), &serde_json::Value::Null)
    );
    assert_eq!(told["findings"].as_array().unwrap().len(), 500);
    assert_eq!(told["findings"][499]["code"], "MBOX-QUOTING-AMBIGUOUS");
}

#[test]
fn every_command_speaks_json() {
    let (dir, _) = sample();
    let at = dir.path();
    let json =
        |arguments: &str| -> serde_json::Value { serde_json::from_str(&expect(at, arguments, 0)).unwrap() };
    assert_eq!(json("count in.mbox --json")["messages"], 3);
    assert_eq!(json("split in.mbox --to out --read mboxrd --json")["done"], 3);
    assert_eq!(json("join out --to a.mbox --variant mboxrd --json")["source"], 3);
    assert_eq!(
        json("convert a.mbox --to b.mbox --variant mboxcl2 --own mboxrd --json")["done"],
        3
    );
    let same = json("verify b.mbox --against a.mbox --json");
    assert_eq!(
        (&same["same"], &same["files"][1]["messages"]),
        (&true.into(), &3.into())
    );
}

#[test]
fn a_tree_for_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    fs::create_dir_all(at.join("tree/Inbox.sbd")).unwrap();
    fs::write(at.join("tree/Inbox"), format!("{F}Subject: a\n\nx\n\n")).unwrap();
    fs::write(
        at.join("tree/Inbox.sbd/Work\u{1b}[2J"),
        format!("{F}Subject: a\n\nx\n\n"),
    )
    .unwrap();
    fs::write(at.join("tree/notes.doc"), "junk").unwrap();
    let said = expect(at, "inspect tree", 3);
    assert!(said.contains("1 messages  Inbox/Work[2J"), "{said}");
    assert!(said.ends_with("source 3 done 2 manual 1 failed 0\n"), "{said}");
}

#[test]
fn a_tree_as_json() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    fs::create_dir_all(at.join("tree/Inbox.sbd")).unwrap();
    fs::write(at.join("tree/Inbox"), format!("{F}Subject: a\n\nx\n\n")).unwrap();
    fs::write(at.join("tree/Inbox.msf"), "").unwrap();
    fs::write(
        at.join("tree/Inbox.sbd/Work"),
        format!("{F}Subject: a\n\n>From x\n\n"),
    )
    .unwrap();
    fs::write(at.join("tree/broken.mbox"), "junk").unwrap();
    fs::write(at.join("tree/notes.doc"), "junk").unwrap();
    let said = expect(at, "inspect tree --json", 4);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["layout"], "thunderbird");
    assert_eq!(said["folders"][1]["path"], serde_json::json!(["Inbox", "Work"]));
    assert_eq!(said["folders"][1]["doubts"][0]["what"], "quoted-once");
    assert_eq!(said["folders"][1]["findings"]["MBOX-QUOTING-AMBIGUOUS"], 1);
    assert!(
        said["folders"][2]["error"]
            .as_str()
            .unwrap()
            .contains("looks like text")
    );
    assert_eq!(
        (&said["done"], &said["manual"], &said["failed"]),
        (&1.into(), &2.into(), &1.into())
    );
}

#[test]
fn wrong_arguments_and_other_errors() {
    let (dir, _) = sample();
    let at = dir.path();
    for arguments in [
        "",
        "count",
        "count a b",
        "split in.mbox",
        "join x --to y",
        "convert in.mbox --to x --variant maildir",
        "verify in.mbox --to x",
        "inspect",
        "count in.mbox --bogus",
        "count in.mbox --read mboxo --own mboxo",
        "count in.mbox --to",
        "split in.mbox --to a --to b",
    ] {
        expect(at, arguments, 2);
    }
    expect(at, "count nowhere.mbox", 1);
    fs::write(at.join("x.pst"), "!BDN").unwrap();
    let (status, output) = run(at, "count x.pst");
    assert_eq!(status, 1);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: x.pst: ") && said.contains("PST"),
        "{said}"
    );
    assert!(expect(at, "--help", 0).contains("tegu mbox count inbox.mbox"));
}

#[test]
fn killed_and_started_again() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let message = format!("{F}Subject: s\n\n{}\n\n", "text\n".repeat(2000));
    fs::write(at.join("in.mbox"), message.repeat(2000)).unwrap();
    let mut kills = 0;
    for wait in [5, 20, 40, 80] {
        let mut child = Command::new(TEGU)
            .args([
                "mbox",
                "convert",
                "in.mbox",
                "--to",
                "out.mbox",
                "--variant",
                "mboxcl2",
            ])
            .current_dir(at)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
        assert!(
            !at.join("out.mbox").exists() || fs::metadata(at.join("out.mbox")).unwrap().len() > 20_000_000
        );
    }
    assert!(kills > 0);
    expect(at, "convert in.mbox --to out.mbox --variant mboxcl2", 0);
    assert_eq!(expect(at, "count out.mbox --read mboxcl2", 0), "2000\n");
}
