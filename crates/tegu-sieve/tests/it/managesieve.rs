//! Uploads to real servers: Dovecot and Cyrus.

use tegu_net::{Credentials, Endpoint, Tls};
use tegu_outcome::{ErrorKind, State};
use tegu_sieve::managesieve::{Activation, Client, ScriptName, Upload, check, upload};
use tegu_sieve::rule::{Action, Condition, Folder, Recipient, Rule};
use tegu_sieve::translate::{Owner, Server, Translator};
use tegu_testkit::proxy::{Direction, Fault, Proxy};
use tegu_testkit::{Cyrus, Dovecot};

pub(super) fn endpoint(port: u16, ca: &std::path::Path) -> Endpoint {
    let tls = Tls::default().trust_pem(&std::fs::read(ca).unwrap()).unwrap();
    Endpoint::new(&format!("sieve://localhost:{port}"))
        .unwrap()
        .tls(tls)
}

fn anna() -> Credentials {
    Credentials::password("anna", Dovecot::password().to_owned())
}

/// A script for what the server offers.
fn script(server: Server, subject: &str) -> String {
    let rule = Rule::new("Rule")
        .when(Condition::SubjectContains(vec![subject.to_owned()]))
        .then(Action::MoveToFolder(Folder::path(["Projects"])))
        .then(Action::RedirectTo(vec![Recipient::smtp("b@x.example")]))
        .then(Action::MarkAsRead);
    let translation = Translator::new(server)
        .owner(Owner::new(["anna@corp.example"]))
        .translate(&[rule], None);
    assert!(translation.is_active(), "{translation:?}");
    translation.text()
}

/// What both servers do alike.
async fn a_round(endpoint: &Endpoint, name: &str) {
    let mut client = Client::connect(endpoint, &anna()).await.unwrap();
    let server = client.capabilities().server();
    assert!(server.has("fileinto"), "{:?}", client.capabilities());
    let ours = Some(name);
    let name = ScriptName::new(name).unwrap();
    let first = Upload::new(name.clone(), script(server.clone(), "one"));

    let planned = check(&mut client, &first).await.unwrap();
    assert_eq!((planned.state, planned.active), (State::Moved, None));
    assert_eq!(client.list().await.unwrap(), []);

    let done = upload(&mut client, &first).await.unwrap();
    assert_eq!(
        (done.state, done.active, done.findings[0].code.as_ref()),
        (State::Moved, None, "SIEVE-NOT-ACTIVE")
    );
    assert_eq!(client.get(&name).await.unwrap(), first.text);
    let again = upload(&mut client, &first).await.unwrap();
    assert_eq!((again.state, again.active), (State::Present, None));

    // Another text of ours takes the place of the first, and runs only if asked.
    let second = Upload::new(name.clone(), script(server.clone(), "two")).activation(Activation::Activate);
    let done = upload(&mut client, &second).await.unwrap();
    assert_eq!(
        (done.state, done.active.as_deref(), done.findings.len()),
        (State::Moved, ours, 0)
    );
    let done = upload(&mut client, &first).await.unwrap();
    assert_eq!((done.state, done.active.as_deref()), (State::Moved, ours));

    // A script that its owner has edited stays, and so does one that was never ours.
    client
        .put(&name, &(second.text.clone() + "keep;\r\n"))
        .await
        .unwrap();
    let edited = upload(&mut client, &first).await.unwrap_err();
    assert_eq!(edited.kind(), ErrorKind::Refused);
    assert!(edited.to_string().contains("edited"), "{edited}");
    let own = ScriptName::new("own").unwrap();
    client.put(&own, "keep;\r\n").await.unwrap();
    let foreign = upload(&mut client, &Upload::new(own.clone(), first.text.clone()))
        .await
        .unwrap_err();
    assert!(foreign.to_string().contains("not ours"), "{foreign}");

    // The owner's own script goes on running.
    client.set_active(&own).await.unwrap();
    let third =
        Upload::new(ScriptName::new("tegu").unwrap(), first.text.clone()).activation(Activation::Activate);
    for state in [State::Moved, State::Present] {
        let done = upload(&mut client, &third).await.unwrap();
        assert_eq!((done.state, done.active.as_deref()), (state, Some("own")));
        assert_eq!(done.findings[0].code, "SIEVE-OTHER-ACTIVE");
    }

    // The server's own words, and the line.
    let refused = upload(
        &mut client,
        &Upload::new(ScriptName::new("bad").unwrap(), "keep;\r\nnonsense;\r\n"),
    )
    .await
    .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(
        tegu_sieve::script::error_line(refused.message()),
        Some(2),
        "{refused}"
    );
    assert!(!client.list().await.unwrap().iter().any(|one| one.name == "bad"));
    client.logout().await.unwrap();

    let wrong = Client::connect(endpoint, &Credentials::password("anna", "wrong".to_owned()))
        .await
        .unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Authentication, "{wrong}");
}

#[tokio::test]
async fn dovecot() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::builder()
        .sieve()
        .config("plugin {\n  sieve_quota_max_scripts = 5\n}")
        .start();
    let endpoint = endpoint(server.sieve_port(), server.ca_pem());
    a_round(&endpoint, "tegu правила").await;

    // An administrator acts for a user.
    let admin = Credentials::password("admin", "adminp".to_owned()).authorize_as("boris");
    let mut client = Client::connect(&endpoint, &admin).await.unwrap();
    let text = script(client.capabilities().server(), "one");
    for number in 0..5 {
        let name = ScriptName::new(format!("s{number}")).unwrap();
        assert_eq!(
            upload(&mut client, &Upload::new(name, text.clone()))
                .await
                .unwrap()
                .state,
            State::Moved
        );
    }
    let full = upload(&mut client, &Upload::new(ScriptName::new("s5").unwrap(), text))
        .await
        .unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Limit, "{full}");
    let mut boris = Client::connect(
        &endpoint,
        &Credentials::password("boris", Dovecot::password().to_owned()),
    )
    .await
    .unwrap();
    assert_eq!(boris.list().await.unwrap().len(), 5);
}

#[tokio::test]
async fn bearer_tokens() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::builder().sieve().oauth().start();
    let endpoint = endpoint(server.sieve_port(), server.ca_pem());
    let good = Credentials::token("anna", Dovecot::token("anna", 600));
    let mut client = Client::connect(&endpoint, &good).await.unwrap();
    assert_eq!(client.list().await.unwrap(), []);
    let late = Client::connect(
        &endpoint,
        &Credentials::token("anna", Dovecot::token("anna", -600)),
    )
    .await
    .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Authentication, "{late}");
}

#[tokio::test]
async fn cyrus() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder().sieve().start();
    server.add_user("anna");
    // Cyrus 3.6 stores a script with another name than ASCII, and does not find it again.
    a_round(&endpoint(server.sieve_port(), server.ca_pem()), "tegu-rules").await;
}

/// Whatever moment the connection ends at: the script is there whole or not at all, nothing else runs, and the next upload ends as one whole
/// upload would have.
#[tokio::test]
async fn an_upload_is_cut_anywhere() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::builder().sieve().start();
    let direct =
        Endpoint::dangerously_without_tls(&format!("sieve://127.0.0.1:{}", server.sieve_port())).unwrap();
    let proxy = Proxy::start(([127, 0, 0, 1], server.sieve_port()).into(), Fault::None);
    let through = Endpoint::dangerously_without_tls(&format!("sieve://127.0.0.1:{}", proxy.port())).unwrap();
    let ours = ScriptName::new("tegu").unwrap();
    let texts = ["one", "two"].map(|word| script(Server::new("fileinto mailbox copy imap4flags"), word));
    let mut before = None;
    let mut cuts = 0;
    for at in (0..80).map(|step| step * 37) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            // Every upload is another text, so that there is something to do.
            let text = &texts[usize::from(before.as_ref() == Some(&texts[0]))];
            let upload_this = Upload::new(ours.clone(), text.clone()).activation(Activation::Activate);
            proxy.set(Fault::CutAfter { direction, bytes: at });
            if let Ok(mut client) = Client::connect(&through, &anna()).await {
                cuts += usize::from(upload(&mut client, &upload_this).await.is_err());
            }
            let mut client = Client::connect(&direct, &anna()).await.unwrap();
            let listed = client.list().await.unwrap();
            if listed.is_empty() {
                assert_eq!(before, None);
            } else {
                let there = client.get(&ours).await.unwrap();
                assert!(
                    there == *text || Some(&there) == before.as_ref(),
                    "whole, the new or the old one"
                );
            }
            let done = upload(&mut client, &upload_this).await.unwrap();
            assert_eq!(done.active.as_deref(), Some("tegu"));
            assert_eq!(client.get(&ours).await.unwrap(), *text);
            assert_eq!(client.list().await.unwrap().len(), 1);
            before = Some(text.clone());
        }
    }
    assert!(cuts > 30, "{cuts} uploads were cut");
}
