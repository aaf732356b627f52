//! Other programs read the files of the writer, and count as we do: a file that only we can read would prove nothing.

use std::{path::Path, process::Command};
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Value};

fn mail(subject: &str) -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text(subject))
        .with(0x0e07, Value::Int(1))
        .with(0x0039, Value::Time(1_704_067_200))
        .with(0x0e06, Value::Time(1_704_067_260))
        .with(0x0c1a, Value::text("Ivan"))
        .with(0x0c1e, Value::text("SMTP"))
        .with(0x0c1f, Value::text("ivan@example.org"))
        .with(0x1000, Value::text("Hello\r\n"))
        .with(0x3fde, Value::Int(65001))
        .to(1, "Anna", "anna@example.org")
}

fn mailbox() -> Mailbox {
    let data: Vec<u8> = (0..20_480_u32).map(|octet| (octet % 251) as u8).collect();
    Mailbox::new()
        .folder(
            Folder::new("Inbox")
                .item(mail("one"))
                .item(mail("two").attach(Attachment::file("data.bin", "application/octet-stream", data)))
                .folder(Folder::new("Below").item(mail("three").attach(Attachment::message(mail("four"))))),
        )
        .folder(Folder::new("Empty"))
}

fn run(program: &str, package: &str, arguments: &[&str], directory: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| {
            panic!("{program} (Debian package {package}, see ci/install-debian): {error}")
        });
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}\n{text}",
        output.status
    );
    text
}

fn files(directory: &Path, name: &str) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            count += files(&path, name);
        } else if path
            .file_name()
            .is_some_and(|found| found.to_string_lossy().starts_with(name))
        {
            count += 1;
        }
    }
    count
}

#[test]
fn readpst_and_pff_tools_read_what_the_writer_writes() {
    if tegu_testkit::skip_servers() {
        return;
    }
    for layout in [Layout::Unicode, Layout::Ansi, Layout::Unicode4k] {
        for crypt in [0, 1, 2] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path();
            std::fs::write(path.join("a.pst"), mailbox().crypt(crypt).write(layout)).unwrap();
            let info = run("pffinfo", "pff-tools", &["a.pst"], path);
            let bits = if layout == Layout::Ansi {
                "32-bit"
            } else {
                "64-bit"
            };
            assert!(info.contains(bits), "{info}");
            run(
                "pffexport",
                "pff-tools",
                &["-q", "-m", "items", "-t", "out", "a.pst"],
                path,
            );
            assert_eq!(files(&path.join("out.export"), "OutlookHeaders.txt"), 4);
            std::fs::create_dir(path.join("mail")).unwrap();
            run(
                "readpst",
                "pst-utils",
                &["-e", "-D", "-j", "0", "-o", "mail", "a.pst"],
                path,
            );
            let below = path.join("mail");
            let mails: usize = (1..=9)
                .map(|number| files(&below, &format!("{number}.eml")))
                .sum();
            assert_eq!(mails, 3, "{layout:?} {crypt}");
        }
    }
}
