//! The conformance suites, run against the sources and targets that this crate brings.

use crate::scene::Scene;
use std::collections::BTreeMap;
use tegu_migrate::imap::Endpoint;
use tegu_migrate::{
    Account, ImapServer, Login, SecretRef,
    sources::{self, ImapSource, ItemFiles, MailFiles},
    targets::{self, Bundle, ImapTarget},
};
use tegu_testkit::Dovecot;

fn anna() -> Account {
    Account::new("anna@example.test")
}

#[tokio::test]
async fn files() {
    let scene = Scene::new();
    let mbox = "From a@b Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n";
    scene.write("mail/anna/Inbox.mbox", format!("{mbox}{mbox}"));
    scene.write("mail/anna/Projects/Alpha.mbox", mbox.replace("body", "other"));
    scene.write("mail/anna/Letters/1.eml", "Subject: c\r\n\r\nbody\r\n");
    let folder = |path: &[&str]| path.iter().map(|level| (*level).to_owned()).collect::<Vec<_>>();
    let known = [
        (folder(&["Inbox"]), vec![b"Subject: a\n\nbody\n".to_vec(); 2]),
        (
            folder(&["Projects", "Alpha"]),
            vec![b"Subject: a\n\nother\n".to_vec()],
        ),
        (folder(&["Letters"]), vec![b"Subject: c\r\n\r\nbody\r\n".to_vec()]),
    ];
    let source = MailFiles::new("mail/{alias}", scene.root.path());
    sources::conformance::mail(&source, &anna(), &known.into()).await;

    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
    scene.write("calendars/anna/Work.ics", event);
    let known = BTreeMap::from([(
        ("Work".to_owned(), "Work.ics".to_owned()),
        event.as_bytes().to_vec(),
    )]);
    let source = ItemFiles::calendars("calendars/{alias}", scene.root.path());
    sources::conformance::items(&source, &anna(), &known).await;
}

#[tokio::test]
async fn a_bundle() {
    let scene = Scene::new();
    let out = scene.path("job");
    targets::conformance::mail(&Bundle::new(&out), &anna()).await;
    targets::conformance::calendars(&Bundle::calendars(&out), &anna()).await;
}

#[tokio::test]
async fn an_imap_server() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let dovecot = Dovecot::start();
    let scene = Scene::new();
    scene.write("password", Dovecot::password());
    let server = || {
        let url = format!("imap://127.0.0.1:{}", dovecot.port());
        let login = Login::password("{alias}", SecretRef::File("password".into())).base(scene.root.path());
        ImapServer::new(Endpoint::dangerously_without_tls(&url).unwrap(), login)
    };
    targets::conformance::mail(&ImapTarget::new(server()), &anna()).await;
    let folder = |path: &[&str]| path.iter().map(|level| (*level).to_owned()).collect::<Vec<_>>();
    let subject =
        |subject: &str| format!("From: anna@example.test\r\nSubject: {subject}\r\n\r\nbody\r\n").into_bytes();
    let known = [
        (folder(&["INBOX"]), vec![]),
        (
            folder(&["Archive", "2024"]),
            ["first", "second", "third", "first"].map(subject).to_vec(),
        ),
        (folder(&["Projects"]), vec![]),
    ];
    sources::conformance::mail(&ImapSource::new(server()), &anna(), &known.into()).await;
}

#[tokio::test]
#[should_panic(expected = "the source lists the folders that there are")]
async fn a_folder_under_a_wrong_name_is_found_out() {
    let scene = Scene::new();
    let mbox = "From a@b Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n";
    scene.write("mail/anna/Imbox.mbox", mbox);
    let known = [(vec!["Inbox".to_owned()], vec![b"Subject: a\n\nbody\n".to_vec()])];
    let source = MailFiles::new("mail/{alias}", scene.root.path());
    sources::conformance::mail(&source, &anna(), &known.into()).await;
}
