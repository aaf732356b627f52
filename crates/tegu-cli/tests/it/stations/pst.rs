//! `tegu pst`.

use crate::TEGU;
use serde_json::Value as Json;
use std::{
    path::Path,
    process::{Command, Output},
};
use tegu_testkit::pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Value};

fn tegu(arguments: &[&str], directory: &Path) -> (i32, Output) {
    let output = Command::new(TEGU)
        .arg("pst")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    (output.status.code().unwrap(), output)
}

fn mail(subject: &str) -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text(subject))
        .with(0x0042, Value::text("Иван"))
        .with(0x0065, Value::text("ivan@example.org"))
        .with(0x0e06, Value::Time(1_704_067_200))
        .with(0x1000, Value::text("text\r\n"))
}

/// Two messages that move, and one for a person; a name that would speak to the terminal.
fn sample(directory: &Path) {
    let folder = Folder::new("In\u{1b}[2J\u{202e}box")
        .item(mail("one"))
        .item(mail("two"))
        .item(mail("ole").attach(Attachment::new(Data::Ole(vec![1, 2, 3]))));
    let octets = Mailbox::new().folder(folder).write(Layout::Unicode);
    std::fs::write(directory.join("a.pst"), octets).unwrap();
}

#[test]
fn a_file_is_counted_and_written() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    sample(at);
    let (code, output) = tegu(&["scan", "a.pst", "--json"], at);
    let scan: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code, &scan["items"]), (0, &3.into()), "{scan}");
    let (code, _) = tegu(&["scan", "a.pst", "--verdicts"], at);
    assert_eq!(code, 3);
    let (code, output) = tegu(
        &["export", "a.pst", "--to", "out", "--kinds", "mail", "--json"],
        at,
    );
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (code, &report["counts"]["manual"], &report["counts"]["expected"]),
        (3, &1.into(), &3.into()),
        "{report}"
    );
    for arguments in [&["scan", "a.pst"][..], &["export", "a.pst", "--to", "out"]] {
        let (_, output) = tegu(arguments, at);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            let hidden = text.chars().find(|c| *c != '\n' && tegu_outcome::is_hidden(*c));
            assert_eq!(hidden, None, "{text:?}");
        }
    }
}

#[test]
fn wrong_arguments_and_files() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    sample(at);
    std::fs::write(at.join("text"), "no such file").unwrap();
    for (arguments, status) in [
        (&["scan"][..], 2),
        (&["scan", "a.pst", "--code-page", "1"], 2),
        (&["export", "a.pst"], 2),
        (&["export", "a.pst", "--to", "out", "--kinds", "music"], 2),
        (&["scan", "nowhere.pst"], 1),
        (&["scan", "text"], 1),
    ] {
        assert_eq!(tegu(arguments, at).0, status, "{arguments:?}");
    }
}
