//! The conformance suites of tegu-store.

use std::{collections::BTreeMap, fs, path::Path};
use tegu_mbox::store::{Bundle, ItemFiles, MailFiles};
use tegu_store::{Account, sources::conformance as sources, targets::conformance as targets};

fn anna() -> Account {
    Account::new("anna@example.test")
}

fn write(root: &Path, relative: &str, content: impl AsRef<[u8]>) {
    let path = root.join(relative);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
}

#[tokio::test]
async fn files() {
    let scratch = tempfile::tempdir().unwrap();
    let mbox = "From a@b Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n";
    write(scratch.path(), "mail/anna/Inbox.mbox", format!("{mbox}{mbox}"));
    write(
        scratch.path(),
        "mail/anna/Projects/Alpha.mbox",
        mbox.replace("body", "other"),
    );
    write(
        scratch.path(),
        "mail/anna/Letters/1.eml",
        "Subject: c\r\n\r\nbody\r\n",
    );
    let folder = |path: &[&str]| path.iter().map(|level| (*level).to_owned()).collect::<Vec<_>>();
    let known = [
        (folder(&["Inbox"]), vec![b"Subject: a\n\nbody\n".to_vec(); 2]),
        (
            folder(&["Projects", "Alpha"]),
            vec![b"Subject: a\n\nother\n".to_vec()],
        ),
        (folder(&["Letters"]), vec![b"Subject: c\r\n\r\nbody\r\n".to_vec()]),
    ];
    let source = MailFiles::new("mail/{alias}", scratch.path());
    sources::mail(&source, &anna(), &known.into()).await;

    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
    write(scratch.path(), "calendars/anna/Work.ics", event);
    let known = BTreeMap::from([(
        ("Work".to_owned(), "Work.ics".to_owned()),
        event.as_bytes().to_vec(),
    )]);
    let source = ItemFiles::calendars("calendars/{alias}", scratch.path());
    sources::items(&source, &anna(), &known).await;
}

#[tokio::test]
async fn a_bundle() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("job");
    targets::mail(&Bundle::new(&out), &anna()).await;
    targets::calendars(&Bundle::calendars(&out), &anna()).await;
}

#[tokio::test]
#[should_panic(expected = "the source lists the folders that there are")]
async fn a_folder_under_a_wrong_name_is_found_out() {
    let scratch = tempfile::tempdir().unwrap();
    let mbox = "From a@b Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n";
    write(scratch.path(), "mail/anna/Imbox.mbox", mbox);
    let known = [(vec!["Inbox".to_owned()], vec![b"Subject: a\n\nbody\n".to_vec()])];
    let source = MailFiles::new("mail/{alias}", scratch.path());
    sources::mail(&source, &anna(), &known.into()).await;
}
