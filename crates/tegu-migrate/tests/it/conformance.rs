//! The conformance suites, run against an IMAP server.

use crate::scene::Scene;
use tegu_migrate::imap::Endpoint;
use tegu_migrate::{
    Account, ImapServer, Login, SecretRef,
    sources::{self, ImapSource},
    targets::{self, ImapTarget},
};
use tegu_testkit::Dovecot;

fn anna() -> Account {
    Account::new("anna@example.test")
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
