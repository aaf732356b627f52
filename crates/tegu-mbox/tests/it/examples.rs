//! The examples do what they promise.

#[path = "../../examples/read_mbox.rs"]
#[allow(dead_code, reason = "a program's main")]
mod read_mbox;
#[path = "../../examples/write_mbox.rs"]
#[allow(dead_code, reason = "a program's main")]
mod write_mbox;

#[test]
fn messages_are_joined_and_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, text) in [
        (
            "1.eml",
            "Date: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: a\n\nFrom now on\n",
        ),
        ("2.eml", "Subject: b\n\n>From x\n"),
    ] {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        files.push(file);
    }
    let to = dir.path().join("all.mbox");
    assert!(write_mbox::join(&to, &files).unwrap().is_empty());
    let lines = read_mbox::list(&to).unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains(" 1704067200 "), "{lines:?}");
    assert!(lines[1].contains("MBOX-QUOTING-AMBIGUOUS"), "{lines:?}");
}
