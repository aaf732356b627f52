//! A tree as Dovecot keeps it, before the real Dovecot.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tegu_mbox::read::{Options, Slice};
use tegu_mbox::tree::{Layout, Limits, walk};
use tegu_mbox::write;
use tegu_mbox::{Envelope, Flags, Variant};

fn run(program: &str, arguments: &[&str], root: &Path, input: &[u8]) -> String {
    use std::io::Write as _;

    let mut child = Command::new(program)
        .args(arguments)
        .env("HOME", root)
        .env("USER", "nobody")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} (Debian package dovecot-core): {error}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Gives the tree to the user that Dovecot runs as; without root that is the user of the test anyway.
fn hand_over(root: &Path) {
    if run("id", &["-u"], root, b"").trim() == "0" {
        run("chmod", &["755", root.to_str().unwrap()], root, b"");
        run(
            "chown",
            &["-R", "nobody:nogroup", root.to_str().unwrap()],
            root,
            b"",
        );
    }
}

fn configuration(root: &Path, location: &str) -> String {
    let id = |flag| run("id", &[flag], root, b"").trim().to_owned();
    let (user, group) = match id("-u").as_str() {
        "0" => ("65534".to_owned(), "65534".to_owned()),
        user => (user.to_owned(), id("-g")),
    };
    let root = root.display();
    format!(
        "mail_location = mbox:{root}/mail{location}\nbase_dir = {root}/run\nstate_dir = {root}/run\n\
         log_path = /dev/stderr\nmail_uid = {user}\nmail_gid = {group}\nfirst_valid_uid = 1\nssl = no\n\
         namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n"
    )
}

#[test]
fn dovecot_reads_what_is_placed_for_it_and_its_trees_are_read() {
    if std::env::var_os("TEGU_TEST_SKIP_SERVERS").is_some() {
        eprintln!("SKIPPED: TEGU_TEST_SKIP_SERVERS is set");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let folders: Vec<Vec<String>> = [&["Отчёты"][..], &["Projects", "R&D"], &["Projects", "2024"]]
        .iter()
        .map(|path| path.iter().map(|&part| part.to_owned()).collect())
        .collect();
    let placement = Layout::Dovecot.place(&root.join("mail"), &folders);
    for placed in &placement.folders {
        fs::create_dir_all(placed.file.parent().unwrap()).unwrap();
        // Dovecot quotes nothing and takes nothing away, so only what needs no quoting is the same for both.
        write::create(&placed.file, Variant::Mboxo, |writer| {
            let message = format!("Subject: in {}\n\ntext\n", placed.path.join("/"));
            writer.write(&Envelope::new("a@b", Some(1_704_067_200)), message.as_bytes())
        })
        .unwrap();
    }
    let file = root.join("dovecot.conf");
    fs::write(&file, configuration(root, "")).unwrap();
    hand_over(root);
    let doveadm = |arguments: &[&str], input: &[u8]| {
        let arguments = [&["-c", file.to_str().unwrap()], arguments].concat();
        run("doveadm", &arguments, root, input)
    };
    let mut listed: Vec<String> = doveadm(&["mailbox", "list"], b"")
        .lines()
        .map(str::to_owned)
        .collect();
    listed.sort();
    assert_eq!(
        listed,
        ["INBOX", "Projects", "Projects/2024", "Projects/R&D", "Отчёты"]
    );
    let fetched = doveadm(
        &[
            "fetch",
            "mailbox date.received hdr.subject",
            "mailbox",
            "*",
            "all",
        ],
        b"",
    );
    for path in ["Отчёты", "Projects/R&D", "Projects/2024"] {
        assert!(fetched.contains(&format!("hdr.subject: in {path}")), "{fetched}");
    }
    assert!(
        fetched.contains("date.received: 2024-01-01 00:00:00"),
        "{fetched}"
    );

    // What Dovecot itself makes and writes.
    doveadm(&["mailbox", "create", "Входящие/Новые"], b"");
    doveadm(
        &["save", "-m", "Входящие/Новые"],
        b"Subject: saved\r\n\r\nFrom now on\r\n",
    );
    doveadm(
        &[
            "flags",
            "add",
            "\\Seen \\Flagged Work",
            "mailbox",
            "Входящие/Новые",
            "all",
        ],
        b"",
    );
    let tree = walk(&root.join("mail"), &Limits::default()).unwrap();
    assert_eq!(tree.layout, Layout::Dovecot);
    let paths: Vec<_> = tree.folders.iter().map(|folder| folder.path.join("/")).collect();
    assert_eq!(
        paths,
        ["Projects/2024", "Projects/R&D", "Входящие/Новые", "Отчёты"]
    );
    let content = fs::read(&tree.folders[2].file).unwrap();
    let messages: Vec<_> = Slice::new(&content, Options::default())
        .map(Result::unwrap)
        .collect();
    let message = messages.last().unwrap();
    assert!(
        message.content().ends_with(b"\nFrom now on\n"),
        "{}",
        String::from_utf8_lossy(&content)
    );
    let flags = Flags::from_headers(&message.content());
    assert_eq!(flags.to_imap(), ["\\Seen", "\\Flagged", "Work"]);
}
